/** Frames: their fixed header, and the reader of control frames. A peer can make us hold one control frame, no more. */

import {FdlError} from '../errors.js';
import {BLOCK_BYTES, CONTROL_BYTES_FIRST, CONTROL_BYTES_MAX, HEADER_BYTES} from '../limits.js';
import {foreignProtocol} from './foreign.js';
import {FRAME_TYPES, type FrameHeader} from './messages.js';

const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(FRAME_TYPES));
/** Types from here on are replies: only servers send them. */
const FIRST_REPLY_TYPE = 0x80;
const UINT32_MAX = 0xffff_ffff;

/** A control frame as it came: its payload is not decoded yet, and is the receiver's own memory. */
export interface ControlFrame {
  readonly header: FrameHeader;
  readonly payload: Uint8Array;
}

/**
 * Reads the 16 bytes of a header (u8 type, u8 flags, u16 reserved, u32 length, u32 id, u32 index; big endian).
 * Throws FdlError `protocol-violation` on an unknown type, flags or reserved bytes in use, or a length that no
 * frame of this type has; so nothing is allocated for what will be refused. Bytes of a known other protocol are
 * called by its name.
 */
export function parseHeader(bytes: Uint8Array): FrameHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const header: FrameHeader = {
    type: view.getUint8(0),
    length: view.getUint32(4),
    id: view.getUint32(8),
    index: view.getUint32(12),
  };
  const problem = reservedProblem(view) ?? headerProblem(header);
  if (problem === null) return header;
  const foreign = foreignProtocol(bytes);
  throw violation(foreign === null ? problem : `the peer speaks ${foreign}, not fdl`);
}

/** Writes a header into the first 16 bytes of `target`. A header that `parseHeader` would refuse is a RangeError. */
export function writeHeader(target: Uint8Array, header: FrameHeader): void {
  const problem = headerProblem(header) ?? rangeProblem(header);
  if (problem !== null) throw new RangeError(problem);
  const view = new DataView(target.buffer, target.byteOffset, HEADER_BYTES);
  view.setUint8(0, header.type);
  view.setUint8(1, 0);
  view.setUint16(2, 0);
  view.setUint32(4, header.length);
  view.setUint32(8, header.id);
  view.setUint32(12, header.index);
}

function reservedProblem(view: DataView): string | null {
  const isZero = view.getUint8(1) === 0 && view.getUint16(2) === 0;
  return isZero ? null : 'reserved bytes of a header are in use';
}

function headerProblem({type, length, index}: FrameHeader): string | null {
  if (!KNOWN_TYPES.has(type)) return `unknown frame type ${type}`;
  if (type === FRAME_TYPES.data) {
    return length >= 1 && length <= BLOCK_BYTES ? null : `a data frame of ${length} bytes`;
  }
  if (length < 1 || length > CONTROL_BYTES_MAX) return `a control frame of ${length} bytes`;
  return index === 0 ? null : 'a control frame with a block index';
}

function rangeProblem({id, index}: FrameHeader): string | null {
  return isUint32(id) && isUint32(index) ? null : 'id and index are 32 bits each';
}

function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= UINT32_MAX;
}

function violation(problem: string): FdlError {
  return new FdlError('protocol-violation', problem);
}

/** What the reader waits for next. After a violation the stream cannot be understood any more: broken for good. */
type Reading =
  | {readonly kind: 'header'; filled: number}
  | {readonly kind: 'payload'; readonly header: FrameHeader; payload: Buffer; filled: number}
  | {readonly kind: 'broken'; readonly error: FdlError};

/** Cuts the stream of a client (after its magic bytes) into control frames, whatever pieces it comes in. */
export class ControlReader {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #reading: Reading = {kind: 'header', filled: 0};

  /**
   * The frames that `chunk` completes, in order. Nothing returned or kept refers to `chunk`. Throws FdlError
   * `protocol-violation` as soon as a header is wrong, and again ever after: close the connection.
   */
  push(chunk: Uint8Array): ControlFrame[] {
    const frames: ControlFrame[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      const taken = this.#take(rest, frames);
      rest = rest.subarray(taken);
    }
    return frames;
  }

  #take(bytes: Uint8Array, frames: ControlFrame[]): number {
    const reading = this.#reading;
    if (reading.kind === 'broken') throw reading.error;
    if (reading.kind === 'header') return this.#takeHeader(reading, bytes);
    const {header} = reading;
    const part = bytes.subarray(0, header.length - reading.filled);
    reading.payload = withRoom(reading.payload, reading.filled, reading.filled + part.length, header.length);
    reading.payload.set(part, reading.filled);
    reading.filled += part.length;
    if (reading.filled === header.length) {
      frames.push({header, payload: reading.payload.subarray(0, header.length)});
      this.#reading = {kind: 'header', filled: 0};
    }
    return part.length;
  }

  #takeHeader(reading: {filled: number}, bytes: Uint8Array): number {
    const part = bytes.subarray(0, HEADER_BYTES - reading.filled);
    this.#header.set(part, reading.filled);
    reading.filled += part.length;
    if (reading.filled === HEADER_BYTES) this.#reading = this.#payloadOf();
    return part.length;
  }

  #payloadOf(): Reading {
    try {
      const header = parseHeader(this.#header);
      if (header.type >= FIRST_REPLY_TYPE) throw violation(`a client sent a frame of type ${header.type}`);
      const first = Math.min(header.length, CONTROL_BYTES_FIRST);
      return {kind: 'payload', header, payload: Buffer.allocUnsafe(first), filled: 0};
    } catch (error) {
      if (!(error instanceof FdlError)) throw error;
      this.#reading = {kind: 'broken', error};
      throw error;
    }
  }
}

/** `buffer` if it holds `needed` bytes, else a larger one with the first `filled` bytes; never more than `most`. */
function withRoom(buffer: Buffer, filled: number, needed: number, most: number): Buffer {
  if (buffer.length >= needed) return buffer;
  const larger = Buffer.allocUnsafe(Math.min(most, Math.max(needed, 2 * buffer.length)));
  larger.set(buffer.subarray(0, filled));
  return larger;
}
