/**
 * Reads a trace: bytes in, checked rows out. Holds at most one line. A file that was cut off (the process was killed, or
 * still runs) is read up to its last whole line. Rows and fields that a later version added are passed over.
 */

import {FdlError} from '../errors.js';
import {TRACE_LINE_BYTES_MAX} from '../limits.js';
import type {Field, Fields} from './fields.js';
import {HEAD, ROWS, SCHEMA, type TraceRow} from './rows.js';

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
    if (CHECKS.has(k) && hasKnownWords(row as TraceRow)) rows.push(row as TraceRow);
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
  const values = row as unknown as Values;
  for (const {name, words} of CHECKS.get(row.k)?.words ?? NOTHING) {
    const value = values[name];
    if (value !== undefined && !words.has(value)) return false;
  }
  return true;
}

/** What is wrong with a row, in words; null: nothing, or its kind is not known here. */
export function problemOf(row: unknown): string | null {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return 'it is no object';
  const values = row as Values;
  for (const {name, field} of CHECKS.get(values['k'])?.fields ?? HEAD_FIELDS) {
    const value = values[name];
    if ((value === undefined && field.isOptional) || field.allows(value)) continue;
    return `its ${name} is not ${field.type}`;
  }
  return null;
}

type Values = Readonly<Record<string, unknown>>;

interface Checks {
  readonly fields: readonly {readonly name: string; readonly field: Field}[];
  /** The fields that hold one of some words. */
  readonly words: readonly {readonly name: string; readonly words: ReadonlySet<unknown>}[];
}

const NOTHING: Checks['words'] = [];
const HEAD_FIELDS = fieldsOf(HEAD);

/** By kind; as lists, since every row of a million goes through one. */
const CHECKS = new Map<unknown, Checks>(
  Object.entries(ROWS).map(([kind, {fields}]) => [
    kind,
    {
      fields: [...HEAD_FIELDS, ...fieldsOf(fields)],
      words: fieldsOf(fields).flatMap(({name, field: {words}}) => (words === undefined ? [] : {name, words})),
    },
  ]),
);

function fieldsOf(fields: Fields): Checks['fields'] {
  return Object.entries(fields).map(([name, field]) => ({name, field}));
}
