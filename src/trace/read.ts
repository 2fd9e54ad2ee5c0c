/**
 * Reads a trace: bytes in, checked rows out. Holds at most one line. A file that was cut off (the process was killed, or
 * still runs) is read up to its last whole line. Rows and fields that a later version added are passed over.
 */

import {FdlError} from '../errors.js';
import {TRACE_LINE_BYTES_MAX} from '../limits.js';
import type {Field} from './fields.js';
import {HEAD, ROWS, type RowKind, SCHEMA, type TraceRow} from './rows.js';

const NEWLINE = 10;

export class TraceReader {
  readonly #decoder = new TextDecoder();
  #rest = new Uint8Array(0);
  #line = 0;
  #t = 0;
  #isCut = false;

  /** The trace stops in the middle of a line: known after `end`. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** The rows that are whole with these bytes. Throws FdlError `usage` that names the line. */
  push(bytes: Uint8Array): TraceRow[] {
    const rows: TraceRow[] = [];
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#take(this.#joined(bytes.subarray(from, at)), rows);
      this.#rest = new Uint8Array(0);
      from = at + 1;
    }
    this.#rest = this.#joined(bytes.subarray(from)).slice();
    return rows;
  }

  /** No more bytes come. Throws FdlError `usage` when that was no trace at all. */
  end(): void {
    this.#isCut = this.#rest.length > 0;
    if (this.#line === 0) throw this.#problem('it has no header');
  }

  #joined(bytes: Uint8Array): Uint8Array {
    const length = this.#rest.length + bytes.length;
    if (length > TRACE_LINE_BYTES_MAX) {
      this.#line++;
      throw this.#problem(`it is longer than ${TRACE_LINE_BYTES_MAX} bytes`);
    }
    if (this.#rest.length === 0) return bytes;
    const joined = new Uint8Array(length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    return joined;
  }

  #take(line: Uint8Array, rows: TraceRow[]): void {
    this.#line++;
    const row = this.#parsed(this.#decoder.decode(line));
    const problem = problemOf(row) ?? this.#orderProblem(row as TraceRow);
    if (problem !== null) throw this.#problem(problem);
    const {k, t} = row as TraceRow;
    this.#t = t;
    if (Object.hasOwn(ROWS, k) && hasKnownWords(row as TraceRow)) rows.push(row as TraceRow);
  }

  #parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#problem('it is not JSON');
    }
  }

  /** The header comes first, and time does not go back. */
  #orderProblem(row: TraceRow): string | null {
    if (this.#line > 1) return row.t < this.#t ? 'its time is before that of the row above' : null;
    if (row.k !== 'trace') return 'it is no header';
    return row.schema === SCHEMA ? null : `its schema is ${row.schema}, and this fdl reads ${SCHEMA}`;
  }

  #problem(what: string): FdlError {
    return new FdlError('usage', `this is not a trace of fdl: line ${Math.max(1, this.#line)}: ${what}`, {
      hint: 'A trace is what --trace FILE wrote (docs/trace.md).',
    });
  }
}

/** False: it says something with a word that a later version has added. Only for rows that have nothing wrong. */
export function hasKnownWords(row: TraceRow): boolean {
  if (!Object.hasOwn(ROWS, row.k)) return true;
  const values = row as unknown as Readonly<Record<string, unknown>>;
  return wordsOf(row.k).every(([name, {words}]) => values[name] === undefined || words?.has(values[name]));
}

const WORDS = new Map<RowKind, readonly (readonly [string, Field])[]>();

/** The fields of a kind that hold one of some words. */
function wordsOf(kind: RowKind): readonly (readonly [string, Field])[] {
  const known = WORDS.get(kind);
  if (known !== undefined) return known;
  const fields = Object.entries<Field>(ROWS[kind].fields).filter(([, {words}]) => words !== undefined);
  WORDS.set(kind, fields);
  return fields;
}

/** What is wrong with a row, in words; null: nothing, or its kind is not known here. */
export function problemOf(row: unknown): string | null {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return 'it is no object';
  const values = row as Readonly<Record<string, unknown>>;
  const {k} = values;
  const wrong = fieldProblem(values, HEAD);
  if (wrong !== null) return wrong;
  return Object.hasOwn(ROWS, k as string) ? fieldProblem(values, ROWS[k as RowKind].fields) : null;
}

function fieldProblem(
  values: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Field>>,
): string | null {
  for (const name in fields) {
    const field = fields[name];
    const value = values[name];
    if (field === undefined || (value === undefined && field.isOptional)) continue;
    if (!field.allows(value)) return `its ${name} is not ${field.type}`;
  }
  return null;
}
