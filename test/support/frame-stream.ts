/**
 * Cuts one direction of an `fdl/1` connection into frames, for a proxy that looks at them and may change them.
 * Control frames are held until whole (at most 64 KiB); payload of data frames passes through in pieces.
 * On the first thing that is no frame it steps aside: everything from there on passes as it is.
 */

import {BLOCK_BYTES, CONTROL_BYTES_MAX, HEADER_BYTES} from '../../src/limits.js';
import {FRAME_TYPES, type FrameHeader} from '../../src/protocol/messages.js';

/** Changes a piece of a data frame's payload in place; `offset` is where the piece starts in the payload. */
export type ChangePayload = (piece: Buffer, offset: number) => void;

export interface FrameHandler {
  /** A whole control frame. Returns what is to travel instead; undefined lets it pass. */
  control(header: FrameHeader, payload: Buffer): readonly Buffer[] | undefined;
  /** The start of a data frame; `headerBytes` may be changed. Returns what is to be done to its payload. */
  data(header: FrameHeader, headerBytes: Buffer): ChangePayload | undefined;
}

type State =
  | {readonly kind: 'preface'; left: number}
  | {readonly kind: 'header'}
  | {readonly kind: 'control'; readonly header: FrameHeader}
  | {readonly kind: 'data'; left: number; offset: number; readonly change: ChangePayload | undefined}
  | {readonly kind: 'raw'};

export class FrameStream {
  #state: State;
  readonly #handler: FrameHandler;
  /** Bytes of a header or control frame that is not whole yet. */
  #held: Buffer = Buffer.alloc(0);
  /** Own frames that wait for the end of the data frame under way. */
  #injected: Buffer[] = [];

  /** `prefaceBytes` travel before the first frame: the magic of a client. */
  constructor(prefaceBytes: number, handler: FrameHandler) {
    this.#state = prefaceBytes > 0 ? {kind: 'preface', left: prefaceBytes} : {kind: 'header'};
    this.#handler = handler;
  }

  /** Takes what arrived and returns what is to travel on, in order. Changes `chunk` in place. */
  push(chunk: Buffer): Buffer[] {
    const out: Buffer[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      const used = this.#step(rest, out);
      rest = rest.subarray(used);
      if (this.#atBoundary()) out.push(...this.#injected.splice(0));
    }
    return out;
  }

  /** Puts an own frame between two others; returns it when it can travel at once. */
  inject(frame: Buffer): Buffer[] {
    if (this.#atBoundary()) return [frame];
    this.#injected.push(frame);
    return [];
  }

  #atBoundary(): boolean {
    return this.#state.kind === 'header' && this.#held.length === 0;
  }

  #step(bytes: Buffer, out: Buffer[]): number {
    const state = this.#state;
    switch (state.kind) {
      case 'raw':
        out.push(bytes);
        return bytes.length;
      case 'preface': {
        const piece = bytes.subarray(0, state.left);
        state.left -= piece.length;
        out.push(piece);
        if (state.left === 0) this.#state = {kind: 'header'};
        return piece.length;
      }
      case 'header':
        return this.#hold(bytes, HEADER_BYTES, (whole) => this.#begin(whole, out));
      case 'control':
        return this.#hold(bytes, HEADER_BYTES + state.header.length, (whole) =>
          this.#endControl(state.header, whole, out),
        );
      case 'data': {
        const piece = bytes.subarray(0, state.left);
        state.change?.(piece, state.offset);
        state.left -= piece.length;
        state.offset += piece.length;
        out.push(piece);
        if (state.left === 0) this.#state = {kind: 'header'};
        return piece.length;
      }
    }
  }

  /** Adds to what is held until it is `length` bytes long, then hands it on. Returns the bytes used. */
  #hold(bytes: Buffer, length: number, whole: (held: Buffer) => void): number {
    const used = Math.min(bytes.length, length - this.#held.length);
    this.#held = Buffer.concat([this.#held, bytes.subarray(0, used)]);
    if (this.#held.length === length) whole(this.#held);
    return used;
  }

  #begin(bytes: Buffer, out: Buffer[]): void {
    const header = {
      type: bytes.readUInt8(0),
      length: bytes.readUInt32BE(4),
      id: bytes.readUInt32BE(8),
      index: bytes.readUInt32BE(12),
    };
    if (header.type === FRAME_TYPES.data && header.length <= BLOCK_BYTES) {
      this.#held = Buffer.alloc(0);
      const change = this.#handler.data(header, bytes);
      out.push(bytes);
      this.#state =
        header.length === 0 ? {kind: 'header'} : {kind: 'data', left: header.length, offset: 0, change};
    } else if (KNOWN_TYPES.has(header.type) && header.length <= CONTROL_BYTES_MAX) {
      this.#state = {kind: 'control', header};
      if (header.length === 0) this.#endControl(header, bytes, out);
    } else {
      this.#held = Buffer.alloc(0);
      this.#state = {kind: 'raw'};
      out.push(bytes);
    }
  }

  #endControl(header: FrameHeader, whole: Buffer, out: Buffer[]): void {
    this.#held = Buffer.alloc(0);
    this.#state = {kind: 'header'};
    out.push(...(this.#handler.control(header, whole.subarray(HEADER_BYTES)) ?? [whole]));
  }
}

const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(FRAME_TYPES));
