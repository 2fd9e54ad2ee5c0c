/** The policy of patience: for how long to wait, for whom, and when to give up. Pure. */

import {GIVE_UP_AFTER_MS} from '../../limits.js';
import {isWorking} from './fleet.js';
import type {Plan} from './plan.js';
import type {Step} from './step.js';
import {noSourceLeft} from './verdict.js';

/** Fails when nobody is left who could bring what is missing; else waits, and not for ever. */
export function outOfSourcesOrWait(plan: Plan, nowMs: number): Step {
  const isAtWorkers = plan.hasBlocks && plan.blocks.hasReceived;
  if (!isAtWorkers && !hasWorking(plan)) {
    const error = noSourceLeft(plan);
    if (error !== null) return {kind: 'fail', error};
  }
  const giveUpAtMs = isAtWorkers ? null : giveUpTime(plan);
  if (giveUpAtMs !== null && nowMs >= giveUpAtMs) return {kind: 'fail', error: noSourceLeft(plan, 'give-up')};
  return waitFor(plan, giveUpAtMs, nowMs);
}

/** Unless the user named a time, whoever sends at all is waited for, however slow, and whoever named a time. */
function giveUpTime(plan: Plan): number | null {
  const {giveUpAfterMs} = plan.options;
  if (giveUpAfterMs !== null) return plan.progressAtMs + giveUpAfterMs;
  const someBusy = plan.fleet.servers.some(({state}) => state.kind === 'busy' || state.kind === 'indexing');
  return someBusy || hasSending(plan) ? null : plan.progressAtMs + GIVE_UP_AFTER_MS;
}

function hasWorking(plan: Plan): boolean {
  for (const row of plan.fleet.connections) if (isWorking(row)) return true;
  return false;
}

/** Someone works and has not fallen silent. */
function hasSending(plan: Plan): boolean {
  for (const row of plan.fleet.connections) if (isWorking(row) && !row.suspect) return true;
  return false;
}

/**
 * Nothing to do before a server is due, or `untilMs`, whichever comes first. A server that is overdue waits for a
 * place among those being dialled: an event will free one, and the clock need not ring for it.
 */
export function waitFor(plan: Plan, untilMs: number | null, nowMs: number): Step {
  const nextMs = plan.fleet.nextDueMs();
  const dueMs = nextMs !== null && nextMs <= nowMs ? null : nextMs;
  const earliestMs = dueMs === null ? untilMs : Math.min(dueMs, untilMs ?? dueMs);
  return {kind: 'wait', untilMs: earliestMs, for: isAllBusy(plan) ? 'busy-servers' : 'events'};
}

/** Someone is busy, nobody transfers, and nobody is being dialled who might. */
function isAllBusy(plan: Plan): boolean {
  if (plan.stage.kind !== 'fetching' || hasWorking(plan) || plan.fleet.count('connecting') > 0) return false;
  return plan.fleet.servers.some(({state}) => state.kind === 'busy');
}
