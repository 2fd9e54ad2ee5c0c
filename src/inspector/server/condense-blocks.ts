/**
 * Blocks of long ago: what is stored is told in one row for each connection, and how it came to be goes. What was under
 * way and is not stored yet stays. Pure.
 */

import {CONDENSED_NEWEST_MAX, TRACE_RUNS_MAX} from '../../limits.js';
import type {RowOf, TraceRow} from '../../trace/rows.js';
import {blocksIn, joinedRuns, type Run, RunSet} from './runs.js';
import type {Selection} from './selection.js';

export function condenseBlocks(selection: Selection, places: readonly number[]): void {
  const stored = bring(selection, places);
  keepBlocks(selection, places, stored);
  keepLeases(selection, places, stored);
  keepFetches(selection, places, stored);
}

interface Bringer {
  readonly connection: number | null;
  readonly runs: Run[];
  bytes: number;
  /** Of its last row. */
  place: number;
}

/** One row `brought` for each connection, where its last block was stored. Returns all that is stored. */
function bring(selection: Selection, places: readonly number[]): RunSet {
  const bringers = new Map<number | null, Bringer>();
  for (const place of places) {
    const row = selection.at(place);
    if (row.k !== 'stored' && row.k !== 'brought') continue;
    const {connection, bytes} = row;
    const bringer = bringers.get(connection) ?? {connection, runs: [], bytes: 0, place};
    bringers.set(connection, bringer);
    if (row.k === 'stored') bringer.runs.push([row.fragment, row.block, row.block + 1]);
    else bringer.runs.push(...row.runs);
    bringer.bytes += bytes;
    bringer.place = place;
  }
  for (const bringer of bringers.values())
    selection.replace(bringer.place, broughtRows(selection.at(bringer.place), bringer));
  return new RunSet([...bringers.values()].flatMap(({runs}) => runs));
}

/** Pages of TRACE_RUNS_MAX runs; where there are several, the bytes are shared out by blocks. */
function broughtRows({t, item}: TraceRow, {connection, runs, bytes}: Bringer): RowOf<'brought'>[] {
  const joined = joinedRuns(runs);
  const blocks = blocksIn(joined);
  const head = {t, k: 'brought', ...(item !== undefined && {item}), connection} as const;
  const rows: RowOf<'brought'>[] = [];
  let restBytes = bytes;
  for (let at = 0; at < joined.length; at += TRACE_RUNS_MAX) {
    const page = joined.slice(at, at + TRACE_RUNS_MAX);
    const isLast = at + TRACE_RUNS_MAX >= joined.length;
    const pageBytes = isLast ? restBytes : Math.floor((bytes / blocks) * blocksIn(page));
    restBytes -= pageBytes;
    rows.push({...head, bytes: pageBytes, runs: page});
  }
  return rows;
}

/** Blocks that came and are not stored yet, and those that came twice: the budget for these is small. */
function keepBlocks(selection: Selection, places: readonly number[], stored: RunSet): void {
  for (const place of places) {
    const row = selection.at(place);
    if (row.k !== 'block') continue;
    const {fragment, block} = row;
    if (row.wasted === true || !stored.has(fragment, block, block + 1)) selection.keep(place);
  }
}

/**
 * What each connection was given last, and whether it gave that back. What was stolen is left out only when it is stored:
 * it shortens what another one was given.
 */
function keepLeases(selection: Selection, places: readonly number[], stored: RunSet): void {
  const given = new Set<number>();
  const returned = new Set<number>();
  for (const place of places.toReversed()) {
    const row = selection.at(place);
    if (row.k === 'return') {
      if (!given.has(row.connection) && !returned.has(row.connection)) selection.keep(place);
      returned.add(row.connection);
    } else if (row.k === 'lease' || row.k === 'steal') {
      const isStolen = row.k === 'steal' && !stored.has(row.fragment, row.first, row.end);
      if (isStolen || !given.has(row.connection)) selection.keep(place);
      given.add(row.connection);
    }
  }
}

/** Fetches that have not ended, ends of fetches that began before all this, and the newest refusals: they are counted. */
function keepFetches(selection: Selection, places: readonly number[], stored: RunSet): void {
  const begun = new Set<number>();
  const ended = new Set<number>();
  for (const place of places) {
    const row = selection.at(place);
    if (row.k === 'fetch') begun.add(row.ticket);
    if (row.k === 'fetched') ended.add(row.ticket);
  }
  let refusals = 0;
  for (const place of places.toReversed()) {
    const row = selection.at(place);
    if (row.k === 'fetch') {
      if (!ended.has(row.ticket) && !stored.has(row.fragment, row.first, row.end)) selection.keep(place);
    } else if (row.k === 'fetched' || row.k === 'cancel') {
      const isBusy = row.k === 'fetched' && row.how === 'busy' && ++refusals <= CONDENSED_NEWEST_MAX;
      if (isBusy || !begun.has(row.ticket)) selection.keep(place);
    }
  }
}
