/** The policy of fetching: who gets which blocks, what is asked for now, and whose digests are needed first. Pure. */

import {
  DIGESTS_AHEAD,
  FETCH_BLOCKS_MAX,
  FETCH_TARGET_MS,
  FETCHES_OUT_MAX,
  SLOW_BYTES_PER_SECOND,
} from '../../limits.js';
import type {Run} from '../../model.js';
import {type ConnectionRow, holdsFragment, isHungry, type Lease} from './fleet.js';
import type {Plan} from './plan.js';
import {mayTake} from './roles.js';
import type {Step} from './step.js';
import {blocksInTime, chooseHedge, chooseTheft, type Forecast} from './tail.js';

/** Gives work to the next hungry connection in the round: fresh or returned blocks, else a tail, else a second copy. */
export function workStep(plan: Plan, forecast: Forecast): Step | null {
  const hungry = hungryInTurn(plan);
  if (hungry.length === 0) return null;
  if (plan.blocks.hasMissing) {
    for (const row of hungry) {
      const run = plan.blocks.nextMissing(mayTake(plan, row.server));
      if (run !== null && blocksInTime(plan, row, run.fragment, forecast) > 0)
        return {kind: 'lease', row, run};
    }
  }
  for (const row of hungry) {
    const theft = chooseTheft(plan, row, forecast);
    if (theft !== null) return {kind: 'steal', row, theft};
  }
  for (const row of hungry) {
    const run = chooseHedge(plan, row, forecast);
    if (run !== null) return {kind: 'hedge', row, run};
  }
  return null;
}

/** Connections that could ask for more, the server after the one last given work first. */
function hungryInTurn(plan: Plan): ConnectionRow[] {
  const servers = plan.fleet.servers.length;
  const turnOf = (row: ConnectionRow) => (row.server.index - plan.cursor - 1 + servers) % servers;
  const hungry: ConnectionRow[] = [];
  for (const row of plan.fleet.connections) {
    if (isHungry(row, FETCHES_OUT_MAX) && !row.suspect) hungry.push(row);
  }
  return hungry.sort((a, b) => turnOf(a) - turnOf(b));
}

/** No fetch before the digests of its fragment are proved: full slabs would wait for them behind the payload. */
export function requestStep(plan: Plan, forecast: Forecast): Step | null {
  for (const row of plan.fleet.connections) {
    const {lease} = row;
    if (row.state !== 'ready' || lease === null || row.fetches.length >= FETCHES_OUT_MAX) continue;
    const state = plan.digests.get(lease.fragment);
    if (state === undefined) return digestsStep(plan, row, lease.fragment);
    if (state.kind !== 'proved') continue;
    const blocks = blocksInTime(plan, row, lease.fragment, forecast);
    return blocks === 0
      ? {kind: 'return-lease', row}
      : {kind: 'fetch', row, run: firstPart(plan, row, lease, blocks)};
  }
  return prefetchStep(plan);
}

function digestsStep(plan: Plan, row: ConnectionRow, fragment: number): Step {
  const isRecallable = plan.unrecallable !== null && !plan.unrecallable.has(fragment);
  return isRecallable ? {kind: 'recall-digests', fragment} : {kind: 'ask-digests', row, fragment};
}

/** Digests of the fragments that will be handed out next travel before they are needed. */
function prefetchStep(plan: Plan): Step | null {
  if (!plan.blocks.hasMissing) return null;
  for (const fragment of plan.blocks.upcoming(DIGESTS_AHEAD)) {
    if (plan.digests.has(fragment)) continue;
    for (const row of plan.fleet.connections) {
      if (row.state === 'ready' && !row.suspect && holdsFragment(row.server, fragment)) {
        return digestsStep(plan, row, fragment);
      }
    }
  }
  return null;
}

/** About half a second of a connection's rate, and no more than comes in time. */
function firstPart(plan: Plan, row: ConnectionRow, lease: Lease, inTime: number): Run {
  const blocks = Math.min(lease.end - lease.next, blocksPerFetch(plan, row), inTime);
  return {fragment: lease.fragment, first: lease.next, end: lease.next + blocks};
}

function blocksPerFetch(plan: Plan, row: ConnectionRow): number {
  const rate = row.rate.bytesPerSecond;
  if (rate === null || rate < SLOW_BYTES_PER_SECOND) return 1;
  const blocks = Math.round((rate * FETCH_TARGET_MS) / 1000 / plan.blocks.geometry.blockBytes);
  return Math.max(1, Math.min(FETCH_BLOCKS_MAX, blocks));
}
