/**
 * Rows of long ago as fewer rows of the same meaning: whoever takes them in is afterwards where all of them would have
 * led. What has ended and left no trace in the present goes; sums stay sums. Rows that come out may go in again, together
 * with those before or behind them. Pure.
 */

import {CONDENSED_NEWEST_MAX} from '../../limits.js';
import type {RowKind, RowOf, TraceRow} from '../../trace/rows.js';
import {condenseActors} from './condense-actors.js';
import {condenseBlocks} from './condense-blocks.js';
import {condenseSessions} from './condense-sessions.js';
import {condenseLoads, condenseTicks} from './condense-sums.js';
import {Selection} from './selection.js';

/**
 * What becomes of a kind of row. `newest`: so many are kept, for they could come without end; `last`: it tells all that
 * those before it told; `shared`: decided together with other kinds, below.
 */
type Rule =
  | 'keep'
  | 'drop'
  | 'newest'
  | 'last'
  | {readonly lastBy: (row: never) => string | number}
  | 'shared';

/** The compiler sees to it that no kind is forgotten. */
const RULES: {readonly [K in RowKind]: Rule} = {
  trace: 'keep',
  machine: 'keep',
  start: 'shared',
  stop: 'shared',
  move: 'shared',
  context: 'shared',
  say: 'drop',
  dropped: 'newest',
  done: 'keep',
  download: 'keep',
  address: 'keep',
  version: 'keep',
  kept: 'keep',
  // The first one introduces the number, the last one tells how it is now.
  dial: {lastBy: ({connection, again}: RowOf<'dial'>) => `${connection} ${again}`},
  lease: 'shared',
  steal: 'shared',
  return: 'shared',
  fetch: 'shared',
  cancel: 'shared',
  fetched: 'shared',
  block: 'shared',
  stored: 'shared',
  brought: 'shared',
  wrong: 'newest',
  server: 'shared',
  tick: 'shared',
  disk: 'last',
  hashing: 'last',
  sum: 'keep',
  total: 'keep',
  set: 'keep',
  offers: 'keep',
  chosen: 'keep',
  item: 'keep',
  bundle: 'keep',
  bundled: 'keep',
  serve: 'keep',
  listening: 'keep',
  file: {lastBy: ({name}: RowOf<'file'>) => name},
  indexing: 'last',
  fragment: 'newest',
  scan: 'last',
  session: 'shared',
  slot: 'shared',
  served: 'shared',
  closed: 'shared',
  refused: 'shared',
  load: 'shared',
  drain: 'keep',
};

/** Fewer rows, in their order. Numbers of each file of a set are its own, so each is looked at alone. */
export function condense(rows: readonly TraceRow[]): TraceRow[] {
  const selection = new Selection(rows);
  for (const places of placesByItem(rows).values()) condenseOne(selection, places);
  return selection.rows();
}

function placesByItem(rows: readonly TraceRow[]): Map<number | undefined, number[]> {
  const byItem = new Map<number | undefined, number[]>();
  for (const [place, {item}] of rows.entries()) {
    const places = byItem.get(item);
    if (places === undefined) byItem.set(item, [place]);
    else places.push(place);
  }
  return byItem;
}

function condenseOne(selection: Selection, places: readonly number[]): void {
  applyRules(selection, places);
  keepServers(selection, places);
  condenseActors(selection, places);
  condenseBlocks(selection, places);
  condenseTicks(selection, places);
  condenseLoads(selection, places);
  condenseSessions(selection, places);
}

/** From the newest row to the oldest: what tells all that those before it told is met first. */
function applyRules(selection: Selection, places: readonly number[]): void {
  const told = new Set<string>();
  const counts = new Map<RowKind, number>();
  for (const place of places.toReversed()) {
    const row = selection.at(place);
    const rule = RULES[row.k];
    if (rule === 'keep') selection.keep(place);
    else if (rule === 'newest') {
      const count = (counts.get(row.k) ?? 0) + 1;
      counts.set(row.k, count);
      if (count <= CONDENSED_NEWEST_MAX) selection.keep(place);
    } else if (rule === 'last' || typeof rule === 'object') {
      const key = rule === 'last' ? row.k : `${row.k} ${rule.lastBy(row as never)}`;
      if (!told.has(key)) selection.keep(place);
      told.add(key);
    }
  }
}

/** The last state of each server, and the newest of those before: a flapping one has thousands. */
function keepServers(selection: Selection, places: readonly number[]): void {
  const seen = new Set<number>();
  let earlier = 0;
  for (const place of places.toReversed()) {
    const row = selection.at(place);
    if (row.k !== 'server') continue;
    if (seen.has(row.server) && ++earlier > CONDENSED_NEWEST_MAX) continue;
    seen.add(row.server);
    selection.keep(place);
  }
}
