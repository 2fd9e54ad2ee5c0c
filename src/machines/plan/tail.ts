/**
 * How the end of a file stays fast: an idle connection takes the tail of the lease that would end last, and where
 * nothing is left to take, fetches a second copy of blocks that another would bring much later. Pure.
 */

import {
  HEDGE_BLOCKS_MIN,
  HEDGE_BLOCKS_PER_CONNECTION,
  HEDGE_SAVING_MS,
  HEDGE_SHARE,
  STEAL_SAVING_MS,
} from '../../limits.js';
import type {Run} from '../../model.js';
import {LEASED} from './blocks.js';
import type {ConnectionRow, Fetch, Lease} from './fleet.js';
import type {Plan} from './plan.js';
import {mayTake} from './roles.js';
import {untriedRate} from './untried.js';

export interface Theft {
  readonly victim: ConnectionRow;
  /** What changes hands: the tail of the victim's lease. */
  readonly run: Run;
}

/** Rates of all connections at one moment. */
export class Forecast {
  readonly #plan: Plan;
  readonly #untried: number;
  #allDoneMs: number | null = null;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#untried = untriedRate(plan);
  }

  /** Bytes per second to reckon with; 0 for a connection that has fallen silent. */
  rateOf(row: ConnectionRow): number {
    if (row.suspect) return 0;
    const rate = row.rate.bytesPerSecond ?? this.#untried;
    if (row.fetches.length === 0) return rate;
    // Of bytes since the last tick nothing is known: silence is what that tick saw.
    const silentMs = this.#plan.tickedAtMs - row.lastByteMs;
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

  /** Milliseconds until everything is here if all connections together shared it without loss. */
  allDoneMs(): number {
    this.#allDoneMs ??= this.#sumUp();
    return this.#allDoneMs;
  }

  #sumUp(): number {
    const {missingBlocks, leasedBlocks} = this.#plan.blocks;
    let rate = 0;
    for (const row of this.#plan.fleet.connections) if (row.state === 'ready') rate += this.rateOf(row);
    return (((missingBlocks + leasedBlocks) * this.#plan.blocks.geometry.blockBytes) / rate) * 1000;
  }
}

/**
 * How many blocks of a fragment a connection may ask for now, so that it does not end after everyone else: as many
 * as end before the time in which all together would be done. Whoever would end first may always take one, so that
 * the last blocks go, one by one, to the connection that brings them soonest.
 */
export function blocksInTime(plan: Plan, row: ConnectionRow, fragment: number, forecast: Forecast): number {
  const perBlockMs = forecast.msPerBlock(row);
  const askedMs = forecast.askedMs(row);
  const inTime = Math.floor((forecast.allDoneMs() - askedMs) / perBlockMs);
  if (inTime >= 1) return inTime;
  for (const other of plan.fleet.connections) {
    if (other === row || other.state !== 'ready' || !mayTake(plan, other.server)(fragment)) continue;
    if (forecast.askedMs(other) + forecast.msPerBlock(other) < askedMs + perBlockMs) return 0;
  }
  return 1;
}

/** The tail worth taking for an idle connection: of the lease that ends last, cut so that both end together. */
export function chooseTheft(plan: Plan, thief: ConnectionRow, forecast: Forecast): Theft | null {
  const may = mayTake(plan, thief.server);
  let victim: ConnectionRow | null = null;
  let lease: Lease | null = null;
  let latestMs = 0;
  for (const row of plan.fleet.connections) {
    if (row === thief || row.lease === null || !may(row.lease.fragment)) continue;
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
  const budget = row.suspect ? Number.POSITIVE_INFINITY : hedgeBudget(plan);
  let comesInMs = forecast.askedMs(row);
  const may = mayTake(plan, helper.server);
  for (const fetch of row.fetches.toReversed()) {
    if (!may(fetch.fragment)) return null;
    let last = fetch.end;
    while (last > fetch.next && plan.blocks.stateOf(fetch.fragment, last - 1) !== LEASED) last--;
    const inTime = blocksInTime(plan, helper, fetch.fragment, forecast);
    const most = Math.min(budget, inTime, last - fetch.next);
    const blocks = blocksWorthHedging(row, helper, forecast, comesInMs, most);
    if (blocks > 0)
      return {fragment: fetch.fragment, first: leasedSince(plan, fetch, last, blocks), end: last};
    comesInMs -= (fetch.end - fetch.next) * forecast.msPerBlock(row);
  }
  return null;
}

/** How many of the last blocks, the last of which comes in `comesInMs`, the helper would bring much earlier. */
function blocksWorthHedging(
  row: ConnectionRow,
  helper: ConnectionRow,
  forecast: Forecast,
  comesInMs: number,
  most: number,
): number {
  const helperMs = forecast.msPerBlock(helper);
  const rowMs = forecast.msPerBlock(row);
  let blocks = 0;
  while (blocks < most) {
    const mineMs = forecast.askedMs(helper) + (blocks + 1) * helperMs;
    const theirsMs = Number.isFinite(rowMs) ? comesInMs - blocks * rowMs : Number.POSITIVE_INFINITY;
    if (theirsMs - mineMs < HEDGE_SAVING_MS || theirsMs < 2 * mineMs) break;
    blocks++;
  }
  return blocks;
}

/** Where the run of at most `blocks` blocks in one hand begins that ends before `last`. */
function leasedSince(plan: Plan, fetch: Fetch, last: number, blocks: number): number {
  let first = last;
  while (
    first > fetch.next &&
    last - first < blocks &&
    plan.blocks.stateOf(fetch.fragment, first - 1) === LEASED
  )
    first--;
  return first;
}

/**
 * Blocks that may still be fetched twice, suspects' apart. What counts is what came in vain and what yet may: a second
 * copy that spared its first from being sent cost nothing.
 */
function hedgeBudget(plan: Plan): number {
  const perConnection = HEDGE_BLOCKS_PER_CONNECTION * plan.fleet.connectionCount;
  const inAll = Math.max(Math.floor(plan.blocks.total * HEDGE_SHARE), perConnection, HEDGE_BLOCKS_MIN);
  return inAll - plan.vainBlocks - plan.blocks.hedgedBlocks;
}
