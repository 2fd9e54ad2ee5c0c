/** Bytes of a trace to checked rows, many at once: a million lines are parsed in a second or two. Pure. */

import {hasKnownWords, problemOf} from '../../../trace/read.js';
import {SCHEMA, type TraceRow} from '../../../trace/rows.js';
import {PARSE_BYTES} from '../limits.js';
import {BlockLines} from './block-line.js';

const NEWLINE = 10;

/** Whole lines that are rows, and those rows. */
export interface Batch {
  /** The lines with their ends, and nothing else. */
  readonly bytes: Uint8Array;
  /** Where each row begins in `bytes`. */
  readonly offsets: readonly number[];
  readonly rows: readonly TraceRow[];
}

/** A trace that cannot be shown at all: why, in words. */
export class NoTrace extends Error {}

export class Lines {
  readonly #decoder = new TextDecoder();
  readonly #blocks = new BlockLines();
  readonly #onProblem: (line: number, what: string) => void;
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;
  #t = 0;

  /** `onProblem`: told of each line that is no row; it is left out. */
  constructor(onProblem: (line: number, what: string) => void) {
    this.#onProblem = onProblem;
  }

  /** The trace stops in the middle of a line. */
  get isCut(): boolean {
    return this.#rest.length > 0;
  }

  /** True: not a single line has come. */
  get isEmpty(): boolean {
    return this.#line === 0;
  }

  /** Rows that are whole with these bytes, in batches of at most PARSE_BYTES. Throws NoTrace. */
  *push(bytes: Uint8Array): Generator<Batch> {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    let from = 0;
    while (from < all.length) {
      const limit = Math.min(all.length, from + PARSE_BYTES);
      const last = all.lastIndexOf(NEWLINE, limit - 1);
      // A line longer than that is taken whole.
      const end = last >= from ? last : all.indexOf(NEWLINE, limit);
      if (end < 0) break;
      yield this.#batch(all.subarray(from, end + 1));
      from = end + 1;
    }
    this.#rest = all.slice(from);
  }

  /** Another trace follows. */
  reset(): void {
    this.#rest = new Uint8Array(0);
    this.#line = 0;
    this.#t = 0;
  }

  #batch(bytes: Uint8Array): Batch {
    const rows: TraceRow[] = [];
    const offsets: number[] = [];
    const text = this.#decoder.decode(bytes);
    // As fdl writes them, a character is a byte.
    const isAscii = text.length === bytes.length;
    let isAll = true;
    for (let from = 0, end = 0; from < bytes.length; from = end) {
      let row: TraceRow | null = this.#blocks.read(bytes, from);
      if (row !== null) {
        end = this.#blocks.end;
        row = this.#inOrder(row);
      } else {
        end = bytes.indexOf(NEWLINE, from) + 1;
        row = this.#checked(
          isAscii ? text.slice(from, end) : this.#decoder.decode(bytes.subarray(from, end)),
        );
      }
      if (row === null) {
        isAll = false;
        continue;
      }
      rows.push(row);
      offsets.push(from);
    }
    return isAll ? {bytes, offsets, rows} : packed(bytes, offsets, rows);
  }

  /** The next line's row; null: there is something wrong, which is told, or it is of a later version. Throws NoTrace. */
  #checked(line: string): TraceRow | null {
    const value = parsed(line);
    if (this.#line === 0) checkHeader(value);
    const problem = value === undefined ? 'it is not JSON' : problemOf(value);
    if (problem === null) {
      const row = this.#inOrder(value as TraceRow);
      return row === null || !hasKnownWords(row) ? null : row;
    }
    this.#line++;
    this.#onProblem(this.#line, problem);
    return null;
  }

  /** A row that has nothing wrong but perhaps its time. Throws NoTrace when it is the first one and no header of ours. */
  #inOrder(row: TraceRow): TraceRow | null {
    if (this.#line === 0) checkHeader(row);
    this.#line++;
    if (row.t >= this.#t) {
      this.#t = row.t;
      return row;
    }
    this.#onProblem(this.#line, 'its time is before that of the row above');
    return null;
  }
}

function checkHeader(value: unknown): void {
  const {k, schema} = (value ?? {}) as {readonly k?: unknown; readonly schema?: unknown};
  if (k !== 'trace') throw new NoTrace('This is not a trace of fdl: its first line is no header.');
  if (schema !== SCHEMA)
    throw new NoTrace(`This trace has schema ${String(schema)}, and this version of fdl shows ${SCHEMA}.`);
  const problem = problemOf(value);
  if (problem !== null) throw new NoTrace(`This is not a trace of fdl: line 1: ${problem}.`);
}

/** The lines of these rows without those between them. */
function packed(bytes: Uint8Array, offsets: readonly number[], rows: readonly TraceRow[]): Batch {
  const lines = offsets.map((from) => bytes.subarray(from, bytes.indexOf(NEWLINE, from) + 1));
  let length = 0;
  const packedOffsets = lines.map((line) => {
    length += line.length;
    return length - line.length;
  });
  return {bytes: joined(...lines), offsets: packedOffsets, rows};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, {length}) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
