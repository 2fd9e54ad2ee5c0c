/**
 * Which rows pass a filter. Goes over the index step by step, so that whoever asks can listen in between, and goes on
 * where it was when more rows have come.
 */

import {SEARCH_BYTES, SEARCH_ROWS} from '../limits.js';
import {Column} from './columns.js';
import type {History} from './history.js';
import type {RowFilter} from './queries.js';

export class Finder {
  readonly filter: RowFilter;
  readonly #history: History;
  readonly #kinds: ReadonlySet<number> | null;
  readonly #actors: ReadonlySet<number> | null;
  readonly #text: string;
  readonly #matches = new Column(Uint32Array);
  #scanned = 0;

  constructor(history: History, filter: RowFilter) {
    this.#history = history;
    this.filter = filter;
    this.#kinds = filter.kinds === undefined ? null : history.index.numbersOf(filter.kinds);
    this.#actors = filter.actors === undefined ? null : new Set(filter.actors);
    this.#text = (filter.text ?? '').trim().toLowerCase();
  }

  /** Rows that were looked at. */
  get scanned(): number {
    return this.#scanned;
  }

  /** Rows found so far. */
  get total(): number {
    return this.#matches.length;
  }

  /** Numbers of rows found. */
  found(offset: number, count: number): number[] {
    return Array.from(this.#matches.values.subarray(offset, offset + count));
  }

  /** Place among those found of the last one before row number `rows`; -1: there is none. */
  placeOf(rows: number): number {
    return rows === 0 ? -1 : this.#matches.countUpTo(rows - 1) - 1;
  }

  /** Looks at some more rows. False: all were looked at. */
  step(): boolean {
    const {rows} = this.#history;
    if (this.#scanned >= rows) return false;
    if (this.#text === '') {
      const end = Math.min(rows, this.#scanned + SEARCH_ROWS);
      for (let row = this.#scanned; row < end; row++) if (this.#passes(row)) this.#matches.push(row);
      this.#scanned = end;
    } else this.#searchText(rows);
    return this.#scanned < rows;
  }

  #searchText(rows: number): void {
    const needles = needlesOf(this.#text);
    let bytes = 0;
    for (const {text, row} of this.#history.store.texts(this.#scanned, rows)) {
      let number = row;
      for (const line of linesOf(text.toLowerCase())) {
        if (this.#passes(number) && (needles.some((it) => line.includes(it)) || this.#isNamed(number)))
          this.#matches.push(number);
        number++;
      }
      this.#scanned = number;
      bytes += text.length;
      if (bytes >= SEARCH_BYTES) return;
    }
  }

  /** Rows name servers and actors by number: the text may be in the name. */
  #isNamed(row: number): boolean {
    const {index, directory} = this.#history;
    const server = index.serverOf(row);
    const actor = index.actorOf(row);
    const from = index.fromOf(row);
    const has = (name: string): boolean => name.toLowerCase().includes(this.#text);
    return (
      (server >= 0 && has(directory.address(server))) ||
      (actor >= 0 && has(directory.actorName(actor))) ||
      (from >= 0 && has(directory.actorName(from)))
    );
  }

  #passes(row: number): boolean {
    const {index} = this.#history;
    const {server, session, item} = this.filter;
    if (this.#kinds !== null && !this.#kinds.has(index.kindOf(row))) return false;
    if (server !== undefined && index.serverOf(row) !== server) return false;
    if (session !== undefined && index.sessionOf(row) !== session) return false;
    if (item !== undefined && index.itemOf(row) !== item) return false;
    return (
      this.#actors === null || this.#actors.has(index.actorOf(row)) || this.#actors.has(index.fromOf(row))
    );
  }
}

/** A row's text as it may stand in JSON: as it is, and as JSON writes quotes and letters beyond ASCII. */
function needlesOf(text: string): readonly string[] {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped === text ? [text] : [text, escaped];
}

function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    yield text.slice(from, end);
    from = end + 1;
  }
}
