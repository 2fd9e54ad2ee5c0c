/** What is remembered of each row beside its bytes: when, what kind, and whom it is about. */

import {ROWS, type TraceRow} from '../../../trace/rows.js';
import {KINDS_MAX} from '../limits.js';
import {countUpTo} from './columns.js';
import type {Subject} from './directory.js';

const OTHER = 'other';
const FIRST_LENGTH = 4_096;

/** One array a column, each of its own kind in a field of its own: the engine knows what it writes, and that is the way of every row. */
export class RowIndex {
  #length = 0;
  #times = new Float64Array(FIRST_LENGTH);
  #kinds = new Uint8Array(FIRST_LENGTH);
  #servers = new Int16Array(FIRST_LENGTH);
  #actors = new Int32Array(FIRST_LENGTH);
  #from = new Int32Array(FIRST_LENGTH);
  #sessions = new Int32Array(FIRST_LENGTH);
  #items = new Int32Array(FIRST_LENGTH);
  /** Kinds by number; those of later versions come behind. */
  readonly #names: string[] = [OTHER, ...Object.keys(ROWS)];
  readonly #numbers = new Map(this.#names.map((name, index) => [name, index]));
  readonly #counts: number[] = [];

  add(row: TraceRow, {server, actor, from, session}: Subject): void {
    const kind = this.#numberOf(row.k);
    if (this.#length === this.#times.length) this.#grow();
    const at = this.#length++;
    this.#times[at] = row.t;
    this.#kinds[at] = kind;
    this.#servers[at] = server;
    this.#actors[at] = actor;
    this.#from[at] = from;
    this.#sessions[at] = session;
    this.#items[at] = row.item ?? -1;
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }

  timeOf(row: number): number {
    return this.#times[row] ?? 0;
  }

  /** Rows at or before a moment. */
  countUpTo(t: number): number {
    return countUpTo(this.#times, this.#length, t);
  }

  /** How many rows of each kind there are. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [kind, name] of this.#names.entries())
      if ((this.#counts[kind] ?? 0) > 0) counts[name] = this.#counts[kind] ?? 0;
    return counts;
  }

  /** The numbers of kinds; those that no row has are left out. */
  numbersOf(kinds: readonly string[]): Set<number> {
    return new Set(kinds.flatMap((kind) => this.#numbers.get(kind) ?? []));
  }

  kindOf(row: number): number {
    return this.#kinds[row] ?? 0;
  }

  serverOf(row: number): number {
    return this.#servers[row] ?? -1;
  }

  actorOf(row: number): number {
    return this.#actors[row] ?? -1;
  }

  /** Of a `say`: who said it. */
  fromOf(row: number): number {
    return this.#from[row] ?? -1;
  }

  sessionOf(row: number): number {
    return this.#sessions[row] ?? -1;
  }

  itemOf(row: number): number {
    return this.#items[row] ?? -1;
  }

  #grow(): void {
    const length = 2 * this.#length;
    this.#times = larger(this.#times, new Float64Array(length));
    this.#kinds = larger(this.#kinds, new Uint8Array(length));
    this.#servers = larger(this.#servers, new Int16Array(length));
    this.#actors = larger(this.#actors, new Int32Array(length));
    this.#from = larger(this.#from, new Int32Array(length));
    this.#sessions = larger(this.#sessions, new Int32Array(length));
    this.#items = larger(this.#items, new Int32Array(length));
  }

  #numberOf(kind: string): number {
    const known = this.#numbers.get(kind);
    if (known !== undefined) return known;
    if (this.#names.length > KINDS_MAX) return 0;
    this.#numbers.set(kind, this.#names.length);
    this.#names.push(kind);
    return this.#names.length - 1;
  }
}

function larger<T extends {set(values: ArrayLike<number>): void}>(values: ArrayLike<number>, into: T): T {
  into.set(values);
  return into;
}
