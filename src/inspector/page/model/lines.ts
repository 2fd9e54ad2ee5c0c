/** Bytes of a trace to checked rows, many at once: a million lines are parsed in a second or two. Pure. */

import {hasKnownWords, problemOf} from '../../../trace/read.js';
import {SCHEMA, type TraceRow} from '../../../trace/rows.js';
import {CHUNK_BYTES} from '../limits.js';

const NEWLINE = 10;
const COMMA = 0x2c;
const OPENING = 0x5b;
const CLOSING = 0x5d;

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

  /** Rows that are whole with these bytes, in batches of at most CHUNK_BYTES. Throws NoTrace. */
  *push(bytes: Uint8Array): Generator<Batch> {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    let from = 0;
    while (from < all.length) {
      const limit = Math.min(all.length, from + CHUNK_BYTES);
      const last = all.lastIndexOf(NEWLINE, limit - 1);
      // A line longer than a chunk is taken whole.
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
    const offsets = lineOffsets(bytes);
    const values = this.#parsedAtOnce(bytes, offsets);
    if (values?.length !== offsets.length) return this.#byLine(bytes, offsets);
    const firstLine = this.#line;
    const t = this.#t;
    for (const value of values) {
      if (this.#problem(value) === null && hasKnownWords(value as TraceRow)) continue;
      this.#line = firstLine;
      this.#t = t;
      return this.#byLine(bytes, offsets);
    }
    return {bytes, offsets, rows: values as TraceRow[]};
  }

  /** One call for many lines is several times quicker than one each. Null: something in it is not JSON. */
  #parsedAtOnce(bytes: Uint8Array, offsets: readonly number[]): unknown[] | null {
    const list = new Uint8Array(bytes.length + 1);
    list.set(bytes, 1);
    // What ends a line stands one further on in the list.
    for (const offset of offsets) list[offset] = COMMA;
    list[0] = OPENING;
    list[bytes.length] = CLOSING;
    try {
      return JSON.parse(this.#decoder.decode(list)) as unknown[];
    } catch {
      return null;
    }
  }

  /** Something in here is wrong, or of a later version: what is right and known is taken out of it. */
  #byLine(bytes: Uint8Array, lineOffsets: readonly number[]): Batch {
    const rows: TraceRow[] = [];
    const offsets: number[] = [];
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const [index, offset] of lineOffsets.entries()) {
      const line = bytes.subarray(offset, lineOffsets[index + 1] ?? bytes.length);
      const value = parsed(this.#decoder.decode(line));
      const problem = this.#problem(value);
      if (problem !== null) {
        this.#onProblem(this.#line, problem);
        continue;
      }
      if (!hasKnownWords(value as TraceRow)) continue;
      rows.push(value as TraceRow);
      offsets.push(length);
      parts.push(line);
      length += line.length;
    }
    return {bytes: joined(...parts), offsets, rows};
  }

  /** What is wrong with the next line; null: nothing. Throws NoTrace when the first one is no header of ours. */
  #problem(value: unknown): string | null {
    this.#line++;
    if (this.#line === 1) return this.#headerProblem(value);
    if (value === undefined) return 'it is not JSON';
    const problem = problemOf(value);
    if (problem !== null) return problem;
    const {t} = value as TraceRow;
    if (t < this.#t) return 'its time is before that of the row above';
    this.#t = t;
    return null;
  }

  #headerProblem(value: unknown): null {
    const {k, schema} = (value ?? {}) as {readonly k?: unknown; readonly schema?: unknown};
    if (k !== 'trace') throw new NoTrace('This is not a trace of fdl: its first line is no header.');
    if (schema !== SCHEMA)
      throw new NoTrace(`This trace has schema ${String(schema)}, and this version of fdl shows ${SCHEMA}.`);
    const problem = problemOf(value);
    if (problem !== null) throw new NoTrace(`This is not a trace of fdl: line 1: ${problem}.`);
    return null;
  }
}

function lineOffsets(bytes: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let from = 0; from < bytes.length; from = bytes.indexOf(NEWLINE, from) + 1) offsets.push(from);
  return offsets;
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
