/** Digests a stretch of a file block by block, in a worker thread; whoever wants a copy gets each block as it goes by. */

import {blockDigest, fragmentDigest, toHex} from '../protocol/digests.js';
import {readFully} from './read-fully.js';
import {scratchOf} from './scratch.js';
import {TaskControl} from './task-control.js';

const DIGEST_BYTES = 32;

export interface Stretch {
  readonly fd: number;
  /** Where it starts in the file behind `fd`, in bytes. */
  readonly position: number;
  readonly length: number;
  readonly blockBytes: number;
  /** `shared` of a TaskControl. */
  readonly control: SharedArrayBuffer;
}

export type DigestedBlocks =
  | {
      readonly kind: 'split';
      /** 32 bytes for each block. */
      readonly blockDigests: Uint8Array<ArrayBuffer>;
      /** Hex. */
      readonly fragmentDigest: string;
    }
  | {readonly kind: 'cancelled'}
  /** The file ends before the stretch does. */
  | {readonly kind: 'short'};

/** `take` gets each block, valid until it returns, and its offset within the stretch. Throws errno errors. */
export function digestBlocks(
  stretch: Stretch,
  take: (bytes: Uint8Array, offset: number) => void,
): DigestedBlocks {
  const {fd, position, length, blockBytes, control} = stretch;
  const state = new TaskControl(control);
  const blocks = Math.ceil(length / blockBytes);
  const blockDigests = new Uint8Array(blocks * DIGEST_BYTES);
  for (let block = 0; block < blocks; block++) {
    if (state.cancelled) return {kind: 'cancelled'};
    const offset = block * blockBytes;
    const bytes = scratchOf(Math.min(blockBytes, length - offset));
    if (readFully(fd, bytes, position + offset) < bytes.length) return {kind: 'short'};
    blockDigests.set(blockDigest(bytes), block * DIGEST_BYTES);
    take(bytes, offset);
    state.report(offset + bytes.length);
  }
  return {kind: 'split', blockDigests, fragmentDigest: toHex(fragmentDigest(blockDigests))};
}
