/**
 * How the end of a file stays fast: an idle connection takes the tail of the lease that would end last, and where
 * nothing is left to take, fetches a second copy of blocks that another would bring much later. Pure.
 */

import {
  HEDGE_BLOCKS_MIN,
  HEDGE_BLOCKS_PER_CONNECTION,
  HEDGE_SAVING_MS,
  HEDGE_SHARE,
  RATE_UNKNOWN_BYTES_PER_SECOND,
  STEAL_SAVING_MS,
} from '../limits.js';
import type {Run} from '../model.js';
import {LEASED} from './blocks.js';
import {type ConnectionRow, holdsFragment, type Lease} from './fleet.js';
import type {Plan} from './plan.js';

export interface Theft {
  readonly victim: ConnectionRow;
  /** What changes hands: the tail of the victim's lease. */
  readonly run: Run;
}

/** Rates of all connections at one moment, the unknown ones taken as the median of the known. */
export class Forecast {
  readonly #plan: Plan;
  readonly #nowMs: number;
  readonly #median: number;

  constructor(plan: Plan, nowMs: number) {
    this.#plan = plan;
    this.#nowMs = nowMs;
    this.#median = medianRate(plan);
  }

  /** Bytes per second to reckon with; 0 for a connection that has fallen silent. */
  rateOf(row: ConnectionRow): number {
    if (row.suspect) return 0;
    const rate = row.rate.bytesPerSecond ?? this.#median;
    if (row.fetches.length === 0) return rate;
    const silentMs = this.#nowMs - row.lastByteMs;
    const {blockBytes} = this.#plan.blocks.geometry;
    // Silence caps the rate: had it been faster, a block would have come by now.
    return silentMs > 0 ? Math.min(rate, (blockBytes / silentMs) * 1000) : rate;
  }

  /** Milliseconds until what was asked of a connection has come. */
  askedMs(row: ConnectionRow): number {
    const blocks = row.fetches.reduce((sum, {next, end}) => sum + end - next, 0);
    return this.#msFor(row, blocks);
  }

  /** Milliseconds until a connection has brought all it was given. */
  endMs(row: ConnectionRow): number {
    return this.askedMs(row) + this.#msFor(row, row.lease === null ? 0 : row.lease.end - row.lease.next);
  }

  /** Milliseconds a connection needs for further blocks. */
  #msFor(row: ConnectionRow, blocks: number): number {
    if (blocks === 0) return 0;
    return ((blocks * this.#plan.blocks.geometry.blockBytes) / this.rateOf(row)) * 1000;
  }

  msPerBlock(row: ConnectionRow): number {
    return this.#msFor(row, 1);
  }
}

function medianRate(plan: Plan): number {
  const known: number[] = [];
  for (const row of plan.fleet.connections) {
    const rate = row.rate.bytesPerSecond;
    if (rate !== null && rate > 0) known.push(rate);
  }
  known.sort((a, b) => a - b);
  return known[known.length >> 1] ?? RATE_UNKNOWN_BYTES_PER_SECOND;
}

/** The tail worth taking for an idle connection: of the lease that ends last, cut so that both end together. */
export function chooseTheft(plan: Plan, thief: ConnectionRow, forecast: Forecast): Theft | null {
  let victim: ConnectionRow | null = null;
  let lease: Lease | null = null;
  let latestMs = 0;
  for (const row of plan.fleet.connections) {
    if (row === thief || row.lease === null || !holdsFragment(thief.server, row.lease.fragment)) continue;
    const endMs = forecast.endMs(row);
    if (endMs <= latestMs) continue;
    victim = row;
    lease = row.lease;
    latestMs = endMs;
  }
  if (victim === null || lease === null) return null;
  const blocks = blocksToTake(victim, lease, thief, forecast);
  if (blocks === 0) return null;
  return {victim, run: {fragment: lease.fragment, first: lease.end - blocks, end: lease.end}};
}

function blocksToTake(victim: ConnectionRow, lease: Lease, thief: ConnectionRow, forecast: Forecast): number {
  const available = lease.end - lease.next;
  const thiefMs = forecast.msPerBlock(thief);
  const victimMs = forecast.msPerBlock(victim);
  if (!Number.isFinite(thiefMs)) return 0;
  const gapMs = forecast.endMs(victim) - forecast.askedMs(thief);
  const even = Number.isFinite(victimMs) ? Math.floor(gapMs / (thiefMs + victimMs)) : available;
  const blocks = Math.min(available, even);
  const savedMs = Math.min(blocks * victimMs, gapMs - blocks * thiefMs);
  return blocks > 0 && savedMs >= STEAL_SAVING_MS ? blocks : 0;
}

/** Blocks to fetch a second time: the last ones of the fetch that ends last, if that is much earlier. */
export function chooseHedge(plan: Plan, helper: ConnectionRow, forecast: Forecast): Run | null {
  const helperMs = forecast.msPerBlock(helper);
  if (!Number.isFinite(helperMs)) return null;
  let best: Run | null = null;
  let latestMs = 0;
  for (const row of plan.fleet.connections) {
    if (row.server === helper.server || row.fetches.length === 0) continue;
    const endMs = forecast.askedMs(row);
    if (endMs <= latestMs) continue;
    const run = hedgeableTail(plan, row, helper, forecast);
    if (run === null) continue;
    best = run;
    latestMs = endMs;
  }
  return best;
}

/** The longest tail of a connection's fetches that the helper would bring early enough, within the budget. */
function hedgeableTail(
  plan: Plan,
  row: ConnectionRow,
  helper: ConnectionRow,
  forecast: Forecast,
): Run | null {
  const startMs = forecast.askedMs(helper);
  const helperMs = forecast.msPerBlock(helper);
  const budget = row.suspect ? Number.POSITIVE_INFINITY : hedgeBudget(plan) - plan.hedgedBlocks;
  let endsMs = forecast.askedMs(row);
  for (const fetch of [...row.fetches].reverse()) {
    if (!holdsFragment(helper.server, fetch.fragment)) return null;
    let first = fetch.end;
    let blockMs = endsMs;
    while (first > fetch.next && fetch.end - first < budget) {
      if (plan.blocks.stateOf(fetch.fragment, first - 1) !== LEASED) break;
      const mineMs = startMs + (fetch.end - first + 1) * helperMs;
      if (blockMs - mineMs < HEDGE_SAVING_MS || blockMs < 2 * mineMs) break;
      first--;
      blockMs -= forecast.msPerBlock(row);
    }
    if (first < fetch.end) return {fragment: fetch.fragment, first, end: fetch.end};
    endsMs -= (fetch.end - fetch.next) * forecast.msPerBlock(row);
  }
  return null;
}

/** Blocks that may be fetched twice in one download, suspects' apart. */
function hedgeBudget(plan: Plan): number {
  const perConnection = HEDGE_BLOCKS_PER_CONNECTION * plan.fleet.connectionCount;
  return Math.max(Math.floor(plan.blocks.total * HEDGE_SHARE), perConnection, HEDGE_BLOCKS_MIN);
}
