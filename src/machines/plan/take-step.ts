/** What a step changes in the plan. The step's effect outside is carried out by the download machine. */

import {fragmentCount} from '../../geometry.js';
import {ACTIVE_MAX} from '../../limits.js';
import type {Run} from '../../model.js';
import {HEDGED, MISSING} from './blocks.js';
import {type ConnectionRow, type Fetch, noteAsked, type ServerRow} from './fleet.js';
import {type Plan, PROVING} from './plan.js';
import {oneTooMany} from './roles.js';
import {banFalseClaims, setAside} from './server-fate.js';
import type {Step} from './step.js';

/** What a step created, if anything. */
export interface Created {
  readonly connection?: ConnectionRow;
  readonly fetch?: Fetch;
}

/** Notes in the plan that a step is being carried out. */
export function takeStep(plan: Plan, step: Step, nowMs: number): Created {
  switch (step.kind) {
    case 'dismiss':
      plan.dismissals.shift();
      return {};
    case 'drop-stalled':
      plan.stalled.shift();
      return {};
    case 'cancel':
      plan.cancellations.shift();
      return {};
    case 'dial':
      return {connection: takeDial(plan, step.server, step.again, nowMs)};
    case 'pin':
      takePin(plan, step);
      return {};
    case 'ask-fragment-digests':
      if (step.first === 1) beginProof(plan, step.row.server);
      plan.stage = {
        kind: 'proving',
        claimant: step.row.server.index,
        page: {connection: step.row.id, first: step.first, count: step.count},
        received: step.first - 1,
        isChecking: false,
      };
      return {};
    case 'prove-root':
      if (plan.stage.kind !== 'proving') return {};
      // An empty file has no digests to ask for.
      if (plan.stage.claimant !== step.row.server.index) beginProof(plan, step.row.server);
      plan.stage = {...plan.stage, claimant: step.row.server.index, isChecking: true};
      return {};
    case 'open':
      plan.stage = {kind: 'opening', isAsked: true};
      return {};
    case 'rest-over':
      plan.fleet.enter(step.server, {kind: 'open'});
      for (const row of step.server.connections) if (row.state === 'busy') row.state = 'ready';
      if (plan.fleet.count('ready') > ACTIVE_MAX) plan.standDown(oneTooMany(plan, step.server));
      return {};
    case 'stand-down':
      plan.standDown(step.server);
      return {};
    case 'lease':
      lease(plan, step.row, step.run);
      plan.cursor = step.row.server.index;
      return {};
    case 'steal':
      takeTheft(plan, step);
      return {};
    case 'hedge':
      return {fetch: takeFetch(plan, step.row, step.run, true, nowMs)};
    case 'recall-digests':
      plan.digests.set(step.fragment, {kind: 'recalled'});
      return {};
    case 'ask-digests':
      plan.digests.set(step.fragment, {kind: 'asked', connection: step.row.id});
      step.row.asked.add(step.fragment);
      return {};
    case 'fetch':
      if (step.row.lease !== null) step.row.lease.next = step.run.end;
      if (step.row.lease?.next === step.row.lease?.end) step.row.lease = null;
      return {fetch: takeFetch(plan, step.row, step.run, false, nowMs)};
    case 'return-lease':
      plan.releaseLease(step.row);
      return {};
    case 'finish':
      plan.stage = {kind: 'finishing'};
      return {};
    case 'fail':
      plan.fail(step.error);
      return {};
    case 'wait':
      return {};
  }
}

function takeDial(plan: Plan, server: ServerRow, again: ConnectionRow | null, nowMs: number): ConnectionRow {
  if (server.index === plan.unasked) plan.unasked++;
  if (server.state.kind === 'standby') plan.standby.splice(plan.standby.indexOf(server), 1);
  if (server.state.kind !== 'open') plan.fleet.enter(server, {kind: 'connecting'});
  if (again === null) return plan.fleet.open(server, nowMs);
  again.state = 'connecting';
  return again;
}

/** The version is fixed: servers that named another are set aside, and told of. */
function takePin(plan: Plan, {manifest: pinned, isProved}: Step & {readonly kind: 'pin'}): void {
  plan.manifest = pinned;
  plan.isProved = isProved;
  plan.stage = isProved ? {kind: 'opening', isAsked: false} : PROVING;
  const {root} = pinned;
  for (const {server, manifest} of plan.offers) {
    const row = plan.fleet.servers[server];
    if (row === undefined) continue;
    if (manifest.root === root) row.wasSource = true;
    else setAside(plan, row, manifest.root);
    if (manifest.root !== root && plan.standby.includes(row))
      plan.standby.splice(plan.standby.indexOf(row), 1);
  }
  if (isProved) banFalseClaims(plan);
  const old = plan.leftovers.find(({manifest}) => manifest.root !== root);
  const isResumable = plan.leftovers.some(({manifest}) => manifest.root === root);
  if (old !== undefined && !isResumable) {
    plan.notices.push({kind: 'restarting-other-version', oldRoot: old.manifest.root, newRoot: root});
  }
}

/** Size and SHA-256 are as this server says, as long as its digests do not refute it. */
function beginProof(plan: Plan, {claim}: ServerRow): void {
  if (!plan.isProved) plan.manifest = claim ?? plan.manifest;
  if (plan.manifest === null) return;
  const {size, geometry} = plan.manifest;
  plan.fragmentDigests = new Uint8Array(32 * fragmentCount(size, geometry));
}

function lease(plan: Plan, row: ConnectionRow, run: Run): void {
  plan.blocks.lease(run);
  plan.touched.add(run.fragment);
  row.lease = {fragment: run.fragment, next: run.first, end: run.end};
}

/** Blocks stay leased; only the lease they belong to changes. */
function takeTheft(plan: Plan, {row, theft}: Step & {readonly kind: 'steal'}): void {
  const {victim, run} = theft;
  if (victim.lease === null) throw new Error('stealing from a connection without a lease');
  victim.lease.end = run.first;
  if (victim.lease.next === victim.lease.end) victim.lease = null;
  row.lease = {fragment: run.fragment, next: run.first, end: run.end};
  plan.cursor = row.server.index;
}

function takeFetch(plan: Plan, row: ConnectionRow, run: Run, isHedge: boolean, nowMs: number): Fetch {
  if (row.fetches.length === 0) row.lastByteMs = nowMs; // silence counts from the first request on
  row.workingSinceMs ??= nowMs;
  plan.tickets++;
  const fetch: Fetch = {ticket: plan.tickets, ...run, next: run.first, isCancelled: false};
  row.fetches.push(fetch);
  noteAsked(row, nowMs);
  if (isHedge) {
    for (let block = run.first; block < run.end; block++) {
      if (plan.blocks.stateOf(run.fragment, block) !== MISSING) plan.blocks.set(run.fragment, block, HEDGED);
    }
  }
  return fetch;
}
