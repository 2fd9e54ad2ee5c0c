/**
 * The policy: what a download should do next. Pure: looks at the plan, names one step, does nothing.
 * The steps of one moment are named one after the other, each after the one before was taken (take-step.ts).
 */

import {fragmentCount} from '../../geometry.js';
import {PAGE_ITEMS_MAX} from '../../limits.js';
import {agreementStep, finishableStep} from './agree-step.js';
import {dialStep} from './dial-step.js';
import {requestStep, workStep} from './fetch-step.js';
import type {ConnectionRow} from './fleet.js';
import type {Plan} from './plan.js';
import type {Step} from './step.js';
import {Forecast} from './tail.js';
import {outOfSourcesOrWait, waitFor} from './wait-step.js';

export function nextStep(plan: Plan, nowMs: number): Step {
  return pendingOrder(plan) ?? stageStep(plan, nowMs);
}

function stageStep(plan: Plan, nowMs: number): Step {
  switch (plan.stage.kind) {
    case 'asking':
      return (
        finishableStep(plan) ?? dialStep(plan, nowMs) ?? agreementStep(plan, plan.stage.firstOfferAtMs, nowMs)
      );
    case 'proving':
      return dialStep(plan, nowMs) ?? provingStep(plan, nowMs);
    case 'opening':
      return plan.stage.isAsked || plan.manifest === null
        ? {kind: 'wait', untilMs: null, for: 'events'}
        : {kind: 'open', manifest: plan.manifest};
    case 'fetching':
      return plan.blocks.isComplete ? {kind: 'finish'} : fetchingStep(plan, nowMs);
    default:
      return {kind: 'wait', untilMs: null, for: 'events'};
  }
}

/** What was decided while an event was applied. */
function pendingOrder(plan: Plan): Step | null {
  const [dismissed] = plan.dismissals;
  if (dismissed !== undefined) return {kind: 'dismiss', ...dismissed};
  const [stalled] = plan.stalled;
  if (stalled !== undefined) return {kind: 'drop-stalled', connection: stalled};
  const [cancellation] = plan.cancellations;
  return cancellation === undefined ? null : {kind: 'cancel', ...cancellation};
}

/** Fragment digests come in order from one server; a lost one makes the next begin anew. */
function provingStep(plan: Plan, nowMs: number): Step {
  const {stage} = plan;
  if (stage.kind !== 'proving' || stage.isChecking) return waitFor(plan, null, nowMs);
  const current = stage.page === null ? null : plan.fleet.connection(stage.page.connection);
  const row = current ?? readyRow(plan);
  if (row === null || row === undefined) return outOfSourcesOrWait(plan, nowMs);
  // What is being proved is what it said when the proof began.
  const claim = stage.page === null ? row.server.claim : plan.manifest;
  if (claim === null) return waitFor(plan, null, nowMs);
  const {size, geometry} = claim;
  const total = fragmentCount(size, geometry);
  if (stage.received === total) return {kind: 'prove-root', row};
  if (stage.page !== null && stage.received < stage.page.first + stage.page.count - 1)
    return waitFor(plan, null, nowMs);
  const first = stage.received + 1;
  return {kind: 'ask-fragment-digests', row, first, count: Math.min(PAGE_ITEMS_MAX, total - first + 1)};
}

function readyRow(plan: Plan): ConnectionRow | null {
  for (const row of plan.fleet.connections)
    if (row.state === 'ready' && row.server.claim !== null) return row;
  return null;
}

function fetchingStep(plan: Plan, nowMs: number): Step {
  if (!plan.blocks.needsServers) return {kind: 'wait', untilMs: null, for: 'events'};
  const forecast = new Forecast(plan);
  return (
    dialStep(plan, nowMs) ??
    workStep(plan, forecast) ??
    requestStep(plan, forecast) ??
    outOfSourcesOrWait(plan, nowMs)
  );
}
