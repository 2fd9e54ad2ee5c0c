/**
 * Records of the resume log as bytes. Pure. A log is MAGIC and then records: u32 length | u32 CRC-32 of length and
 * payload | payload; the payload is one byte of kind and its body. All numbers big endian.
 */

import {crc32} from 'node:zlib';
import {LOG_RECORD_BYTES_MAX, PAGE_ITEMS_MAX} from '../../limits.js';
import type {Run} from '../../model.js';
import {DIGEST_BYTES} from '../../protocol/digests.js';
import {type LogHeader, type LogMark, parseHeader, parseMark} from './log-json.js';

/** First bytes of a log; the digit is the version of the format. */
export const LOG_MAGIC = Buffer.from('fdl-log1', 'latin1');

const FRAME_BYTES = 8;
const RUN_BYTES = 12;
const RUNS_PER_RECORD = Math.floor((LOG_RECORD_BYTES_MAX - 1) / RUN_BYTES);

export type LogRecord =
  /** First record: which version of the file this is. */
  | {readonly kind: 'header'; readonly header: LogHeader}
  /** The run that begins here trusts nothing stored so far: it counts when this or a later run has checked it. */
  | {readonly kind: 'doubted'}
  /** Digests of fragments `first` and following. */
  | {readonly kind: 'fragment-digests'; readonly first: number; readonly digests: Uint8Array}
  | {readonly kind: 'block-digests'; readonly fragment: number; readonly digests: Uint8Array}
  /** The writes of these blocks have returned. */
  | {readonly kind: 'stored'; readonly runs: readonly Run[]}
  /** These blocks turned out wrong. */
  | {readonly kind: 'removed'; readonly runs: readonly Run[]}
  /** A clean end: part and log are on the disk itself, and the part looked like this. Counts as the last record only. */
  | {readonly kind: 'closed'; readonly mark: LogMark};

const KINDS = [
  'header',
  'doubted',
  'fragment-digests',
  'block-digests',
  'stored',
  'removed',
  'closed',
] as const satisfies readonly LogRecord['kind'][];

/** One record, framed. Throws RangeError when it does not fit LOG_RECORD_BYTES_MAX: callers page. */
export function encodeRecord(record: LogRecord): Buffer {
  const body = bodyOf(record);
  const length = 1 + body.length;
  if (length > LOG_RECORD_BYTES_MAX) throw new RangeError(`a log record of ${length} bytes`);
  const frame = Buffer.alloc(FRAME_BYTES + length);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt8(KINDS.indexOf(record.kind), FRAME_BYTES);
  body.copy(frame, FRAME_BYTES + 1);
  frame.writeUInt32BE(checksum(frame.subarray(0, 4), frame.subarray(FRAME_BYTES)), 4);
  return frame;
}

/** Runs as however many records they need. */
export function encodeRuns(kind: 'stored' | 'removed', runs: readonly Run[]): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < runs.length; at += RUNS_PER_RECORD) {
    records.push(encodeRecord({kind, runs: runs.slice(at, at + RUNS_PER_RECORD)}));
  }
  return Buffer.concat(records);
}

/** Fragment digests as however many records they need. */
export function encodeFragmentDigests(digests: Uint8Array): Buffer {
  const records: Buffer[] = [];
  const page = PAGE_ITEMS_MAX * DIGEST_BYTES;
  for (let at = 0; at < digests.length; at += page) {
    const first = at / DIGEST_BYTES + 1;
    records.push(encodeRecord({kind: 'fragment-digests', first, digests: digests.subarray(at, at + page)}));
  }
  return Buffer.concat(records);
}

/**
 * The record at `at` of `bytes` and where it ends; `incomplete` when more bytes are needed, null when what is there is
 * no record: a torn write, or not a log at all.
 */
export function decodeRecord(
  bytes: Buffer,
  at: number,
): {readonly record: LogRecord; readonly end: number} | 'incomplete' | null {
  if (bytes.length - at < FRAME_BYTES) return 'incomplete';
  const length = bytes.readUInt32BE(at);
  if (length < 1 || length > LOG_RECORD_BYTES_MAX) return null;
  const end = at + FRAME_BYTES + length;
  if (bytes.length < end) return 'incomplete';
  const payload = bytes.subarray(at + FRAME_BYTES, end);
  if (bytes.readUInt32BE(at + 4) !== checksum(bytes.subarray(at, at + 4), payload)) return null;
  const record = recordOf(KINDS[payload.readUInt8(0)], payload.subarray(1));
  return record === null ? null : {record, end};
}

function checksum(length: Buffer, payload: Buffer): number {
  return crc32(payload, crc32(length));
}

function bodyOf(record: LogRecord): Buffer {
  switch (record.kind) {
    case 'header':
      return Buffer.from(JSON.stringify(record.header));
    case 'doubted':
      return Buffer.alloc(0);
    case 'closed':
      return Buffer.from(JSON.stringify(record.mark));
    case 'fragment-digests':
      return numbered(record.first, record.digests);
    case 'block-digests':
      return numbered(record.fragment, record.digests);
    case 'stored':
    case 'removed':
      return runsBody(record.runs);
  }
}

function recordOf(kind: LogRecord['kind'] | undefined, body: Buffer): LogRecord | null {
  switch (kind) {
    case 'header':
      return withValue(parseHeader(body), (header) => ({kind, header}));
    case 'doubted':
      return body.length === 0 ? {kind} : null;
    case 'closed':
      return withValue(parseMark(body), (mark) => ({kind, mark}));
    case 'fragment-digests':
      return withValue(splitNumbered(body), ({number, digests}) => ({kind, first: number, digests}));
    case 'block-digests':
      return withValue(splitNumbered(body), ({number, digests}) => ({kind, fragment: number, digests}));
    case 'stored':
    case 'removed':
      return withValue(splitRuns(body), (runs) => ({kind, runs}));
    case undefined:
      return null;
  }
}

function withValue<T>(value: T | null, make: (value: T) => LogRecord): LogRecord | null {
  return value === null ? null : make(value);
}

function numbered(number: number, digests: Uint8Array): Buffer {
  const body = Buffer.alloc(4 + digests.length);
  body.writeUInt32BE(number, 0);
  body.set(digests, 4);
  return body;
}

/** The digests are copied: `body` is a view of a read buffer. */
function splitNumbered(body: Buffer): {readonly number: number; readonly digests: Uint8Array} | null {
  if (body.length < 4 || (body.length - 4) % DIGEST_BYTES !== 0) return null;
  return {number: body.readUInt32BE(0), digests: Uint8Array.from(body.subarray(4))};
}

function runsBody(runs: readonly Run[]): Buffer {
  const body = Buffer.alloc(runs.length * RUN_BYTES);
  runs.forEach(({fragment, first, end}, index) => {
    body.writeUInt32BE(fragment, index * RUN_BYTES);
    body.writeUInt32BE(first, index * RUN_BYTES + 4);
    body.writeUInt32BE(end, index * RUN_BYTES + 8);
  });
  return body;
}

function splitRuns(body: Buffer): Run[] | null {
  if (body.length % RUN_BYTES !== 0) return null;
  return Array.from({length: body.length / RUN_BYTES}, (_, index) => ({
    fragment: body.readUInt32BE(index * RUN_BYTES),
    first: body.readUInt32BE(index * RUN_BYTES + 4),
    end: body.readUInt32BE(index * RUN_BYTES + 8),
  }));
}
