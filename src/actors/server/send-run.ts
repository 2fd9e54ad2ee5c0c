/** Sends a run of blocks: reads the next one while the one before leaves, whole blocks only, in order. */

import {HEADER_BYTES} from '../../limits.js';
import {writeHeader} from '../../protocol/frame-reader.js';
import type {EndStatus} from '../../protocol/messages.js';
import {FRAME_TYPES} from '../../protocol/messages.js';
import type {SendingBuffers} from './block-buffers.js';
import type {OpenFragment} from './fragment-store.js';
import type {FrameWriter} from './frame-writer.js';

export interface RunToSend {
  readonly id: number;
  readonly fragment: OpenFragment;
  /** Bytes of the fragment and of a full block. */
  readonly length: number;
  readonly blockBytes: number;
  readonly firstBlock: number;
  readonly count: number;
}

export interface SendingPorts {
  readonly buffers: SendingBuffers;
  readonly writer: FrameWriter;
  /** Looked at between blocks. */
  isCancelled(): boolean;
  /** A block of so many bytes was given to the socket. */
  sent(bytes: number): void;
}

/** Resolves when the last block was given to the socket; the `end` that follows it is the caller's. */
export async function sendRun(run: RunToSend, ports: SendingPorts): Promise<EndStatus> {
  for (let block = run.firstBlock; block < run.firstBlock + run.count; block++) {
    const buffer = await ports.buffers.acquire();
    if (buffer === null) return {kind: 'cancelled'};
    if (ports.isCancelled()) {
      ports.buffers.release(buffer);
      return {kind: 'cancelled'};
    }
    const offset = block * run.blockBytes;
    const length = Math.min(run.blockBytes, run.length - offset);
    const read = await run.fragment.read(buffer.subarray(HEADER_BYTES, HEADER_BYTES + length), offset);
    if (read.kind === 'refused') {
      ports.buffers.release(buffer);
      return {kind: 'error', refusal: read.refusal};
    }
    writeHeader(buffer, {type: FRAME_TYPES.data, length, id: run.id, index: block});
    // Not awaited: the next block is read meanwhile, into the other buffer.
    void ports.writer.data(buffer.subarray(0, HEADER_BYTES + length)).then((left) => {
      if (left) ports.buffers.release(buffer);
      else ports.buffers.abandon();
    });
    ports.sent(length);
  }
  return {kind: 'ok'};
}
