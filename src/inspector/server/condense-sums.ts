/** Rows that tell of a stretch of time: several of them as one that tells of all of it. Pure. */

import {CONDENSED_TICKS_MAX} from '../../limits.js';
import type {RowOf, TraceRow} from '../../trace/rows.js';
import type {Selection} from './selection.js';

type Line = RowOf<'tick'>['connections'][number];

/** Half as many ticks, and at most CONDENSED_TICKS_MAX. */
export function condenseTicks(selection: Selection, places: readonly number[]): void {
  mergeGroups(selection, places, (row) => (row.k === 'tick' ? row : null), mergedTicks);
}

/** The same for the load of a server. */
export function condenseLoads(selection: Selection, places: readonly number[]): void {
  mergeGroups(selection, places, (row) => (row.k === 'load' ? row : null), mergedLoads);
}

function mergeGroups<Row extends TraceRow>(
  selection: Selection,
  places: readonly number[],
  pick: (row: TraceRow) => Row | null,
  merge: (rows: readonly Row[]) => Row | undefined,
): void {
  const picked = places.flatMap((place) => {
    const row = pick(selection.at(place));
    return row === null ? [] : [{place, row}];
  });
  const groups = Math.max(1, Math.min(CONDENSED_TICKS_MAX, Math.floor(picked.length / 2)));
  const size = Math.ceil(picked.length / groups);
  for (let at = 0; at < picked.length; at += size) {
    const group = picked.slice(at, at + size);
    const place = group.at(-1)?.place;
    const row = merge(group.map((it) => it.row));
    if (place !== undefined && row !== undefined) selection.replace(place, [row]);
  }
}

/** Amounts are added, what is true of a moment is that of the last one. */
function mergedTicks(ticks: readonly RowOf<'tick'>[]): RowOf<'tick'> | undefined {
  const last = ticks.at(-1);
  return (
    last && {
      ...last,
      elapsedMs: total(ticks, ({elapsedMs}) => elapsedMs),
      tasks: total(ticks, ({tasks}) => tasks),
      waitedMs: total(ticks, ({waitedMs}) => waitedMs),
      hashedMs: total(ticks, ({hashedMs}) => hashedMs),
      writtenMs: total(ticks, ({writtenMs}) => writtenMs),
      connections: mergedLines(ticks, last),
    }
  );
}

/** A connection that is not in the last tick has no fetches out any more. */
function mergedLines(ticks: readonly RowOf<'tick'>[], last: RowOf<'tick'>): Line[] {
  const lines = new Map<number, Line>();
  for (const tick of ticks) {
    for (const [connection, bytes, rate, fetches, pausedMs, suspect] of tick.connections) {
      const [, earlierBytes, , , earlierMs] = lines.get(connection) ?? [0, 0, 0, 0, 0, 0];
      const isLast = tick === last;
      lines.set(connection, [
        connection,
        earlierBytes + bytes,
        rate,
        isLast ? fetches : 0,
        hundredths(earlierMs + pausedMs),
        isLast ? suspect : 0,
      ]);
    }
  }
  return [...lines.values()];
}

function mergedLoads(loads: readonly RowOf<'load'>[]): RowOf<'load'> | undefined {
  const last = loads.at(-1);
  return last && {...last, bytes: total(loads, ({bytes}) => bytes)};
}

function total<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return hundredths(rows.reduce((sum, row) => sum + of(row), 0));
}

/** Times have two places behind the point; sums of them must not get more. */
function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
