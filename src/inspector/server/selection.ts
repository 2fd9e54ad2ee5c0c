/** Which of a list of rows are kept, and what stands in the place of others. */

import type {TraceRow} from '../../trace/rows.js';

export class Selection {
  readonly #rows: readonly TraceRow[];
  /** By place; what is not in here goes. */
  readonly #chosen = new Map<number, readonly TraceRow[]>();

  constructor(rows: readonly TraceRow[]) {
    this.#rows = rows;
  }

  at(place: number): TraceRow {
    const row = this.#rows[place];
    if (row === undefined) throw new RangeError(`no row at ${place}`);
    return row;
  }

  keep(place: number): void {
    this.#chosen.set(place, [this.at(place)]);
  }

  drop(place: number): void {
    this.#chosen.delete(place);
  }

  /** These stand at the place instead. They must have its time. */
  replace(place: number, rows: readonly TraceRow[]): void {
    this.#chosen.set(place, rows);
  }

  /** What is left, in order. */
  rows(): TraceRow[] {
    return this.#rows.flatMap((_, place) => this.#chosen.get(place) ?? []);
  }
}
