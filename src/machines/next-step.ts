/**
 * The policy: what a download should do next. Pure: looks at the plan, names one step, does nothing.
 * The steps of one moment are named one after the other, each after the one before was taken (take-step.ts).
 */

import type {FdlError} from '../errors.js';
import {
  ACTIVE_MAX,
  AGREEMENT_MS,
  DIALS_MAX,
  DIGESTS_AHEAD,
  FETCH_BLOCKS_MAX,
  FETCH_TARGET_MS,
  FETCHES_OUT_MAX,
  GIVE_UP_AFTER_MS,
  PAGE_ITEMS_MAX,
  SLOW_BYTES_PER_SECOND,
} from '../limits.js';
import type {Run} from '../model.js';
import {agree, matchesPin} from './agreement.js';
import type {DatedManifest} from './events.js';
import {type ConnectionRow, holdsFragment, isHungry, isWorking, type Lease, type ServerRow} from './fleet.js';
import type {Dismissal, Plan} from './plan.js';
import {blocksInTime, chooseHedge, chooseTheft, Forecast, type Theft} from './tail.js';
import {noSourceLeft, nothingOffered, pinNotOffered, serversDisagree} from './verdict.js';

export type Step =
  /** Tell a connection that it is not needed any more. */
  | ({readonly kind: 'dismiss'} & Dismissal)
  | {readonly kind: 'drop-stalled'; readonly connection: number}
  | {readonly kind: 'cancel'; readonly connection: number; readonly ticket: number}
  /** Open a connection to a server; `again` is its lost one, to be dialled anew. */
  | {readonly kind: 'dial'; readonly server: ServerRow; readonly again: ConnectionRow | null}
  | {readonly kind: 'pin'; readonly manifest: DatedManifest}
  | {
      readonly kind: 'ask-fragment-digests';
      readonly row: ConnectionRow;
      readonly first: number;
      readonly count: number;
    }
  | {readonly kind: 'prove-root'}
  /** The time a busy server named is over. */
  | {readonly kind: 'rest-over'; readonly server: ServerRow}
  | {readonly kind: 'lease'; readonly row: ConnectionRow; readonly run: Run}
  | {readonly kind: 'steal'; readonly row: ConnectionRow; readonly theft: Theft}
  | {readonly kind: 'hedge'; readonly row: ConnectionRow; readonly run: Run}
  | {readonly kind: 'recall-digests'; readonly fragment: number}
  | {readonly kind: 'ask-digests'; readonly row: ConnectionRow; readonly fragment: number}
  | {readonly kind: 'fetch'; readonly row: ConnectionRow; readonly run: Run}
  /** It would end after everyone else: the rest of its lease is for others. */
  | {readonly kind: 'return-lease'; readonly row: ConnectionRow}
  | {readonly kind: 'finish'}
  | {readonly kind: 'fail'; readonly error: FdlError}
  /** Nothing to do before `untilMs` unless something happens; null: only an event can help. */
  | {readonly kind: 'wait'; readonly untilMs: number | null; readonly for: 'events' | 'busy-servers'};

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

/** Servers whose waiting is over come first, then those never asked, then those on standby. */
function dialStep(plan: Plan, nowMs: number): Step | null {
  const due = plan.fleet.nextDue(nowMs);
  if (due?.state.kind === 'busy') return {kind: 'rest-over', server: due};
  if (plan.fleet.count('connecting') >= DIALS_MAX) return null;
  if (due !== null) return {kind: 'dial', server: due, again: due.connections[0] ?? null};
  const unasked = plan.fleet.servers[plan.unasked];
  // Everyone is asked for its version; who then stands by has answered.
  if (plan.stage.kind === 'asking')
    return unasked === undefined ? null : {kind: 'dial', server: unasked, again: null};
  if (plan.fleet.activeCount >= ACTIVE_MAX) return null;
  const server = unasked ?? plan.standby[0] ?? serverToGrow(plan);
  return server === undefined ? null : {kind: 'dial', server, again: null};
}

/** The server that is on trial with a further connection, as long as that is not opened. */
function serverToGrow({growth}: Plan): ServerRow | undefined {
  if (growth.kind !== 'trying') return undefined;
  const {server} = growth;
  return server.connections.length < server.connectionsAllowed ? server : undefined;
}

/** A part of an earlier run that only lacks its end needs no server. */
function finishableStep({leftovers, options}: Plan): Step | null {
  const whole = leftovers.filter((old) => old.complete && matchesPin(old.manifest, options.pin));
  const [only] = whole;
  return only !== undefined && whole.length === 1 ? {kind: 'pin', manifest: only.manifest} : null;
}

/** Planning ends when every server has answered or failed, or a second after the first manifest. */
function agreementStep(plan: Plan, firstOfferAtMs: number | null, nowMs: number): Step {
  const agreement = agree(plan.offers, plan.options.pin);
  if (agreement.kind === 'agreed' && plan.options.pin.root !== null)
    return {kind: 'pin', manifest: agreement.offer.manifest};
  const isOpen = plan.unasked < plan.fleet.servers.length || plan.fleet.servers.some(mayStillAnswer);
  const deadlineMs = firstOfferAtMs === null ? null : firstOfferAtMs + AGREEMENT_MS;
  if (agreement.kind === 'none' || agreement.kind === 'pin-not-offered') {
    if (isOpen) return waitFor(plan, null);
    const error = agreement.kind === 'none' ? nothingOffered(plan) : pinNotOffered(plan, agreement.offers);
    return {kind: 'fail', error};
  }
  if (isOpen && deadlineMs !== null && nowMs < deadlineMs) return waitFor(plan, deadlineMs);
  if (agreement.kind === 'disagree') return {kind: 'fail', error: serversDisagree(plan, agreement.offers)};
  return {kind: 'pin', manifest: agreement.offer.manifest};
}

function mayStillAnswer(server: ServerRow): boolean {
  const {kind} = server.state;
  return kind === 'connecting' || kind === 'indexing' || (kind === 'lost' && server.state.retryAtMs !== null);
}

/** Fragment digests come in order from one server; a lost one makes the next begin anew. */
function provingStep(plan: Plan, nowMs: number): Step {
  const {stage} = plan;
  if (stage.kind !== 'proving' || stage.isChecking) return waitFor(plan, null);
  const total = plan.blocks.fragments;
  if (stage.received === total) return {kind: 'prove-root'};
  if (stage.page !== null && stage.received < stage.page.first + stage.page.count - 1)
    return waitFor(plan, null);
  const first = stage.received + 1;
  const current = stage.page === null ? null : plan.fleet.connection(stage.page.connection);
  const row = current ?? readyRow(plan);
  if (row === null || row === undefined) return outOfSourcesOrWait(plan, nowMs);
  return {kind: 'ask-fragment-digests', row, first, count: Math.min(PAGE_ITEMS_MAX, total - first + 1)};
}

function readyRow(plan: Plan): ConnectionRow | null {
  for (const row of plan.fleet.connections) if (row.state === 'ready') return row;
  return null;
}

function fetchingStep(plan: Plan, nowMs: number): Step {
  const forecast = new Forecast(plan);
  return (
    dialStep(plan, nowMs) ??
    workStep(plan, forecast) ??
    requestStep(plan, forecast) ??
    outOfSourcesOrWait(plan, nowMs)
  );
}

/** Gives work to the next hungry connection in the round: fresh or returned blocks, else a tail, else a second copy. */
function workStep(plan: Plan, forecast: Forecast): Step | null {
  const hungry = hungryInTurn(plan);
  if (hungry.length === 0) return null;
  if (plan.blocks.hasMissing) {
    for (const row of hungry) {
      const run = plan.blocks.nextMissing((fragment) => holdsFragment(row.server, fragment));
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
function requestStep(plan: Plan, forecast: Forecast): Step | null {
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

/** Fails when nobody is left who could bring what is missing; else waits, and not for ever. */
function outOfSourcesOrWait(plan: Plan, nowMs: number): Step {
  const isWorkingNow = hasWorking(plan);
  if (!isWorkingNow) {
    const error = noSourceLeft(plan);
    if (error !== null) return {kind: 'fail', error};
  }
  const giveUpAtMs = isWorkingNow ? null : giveUpTime(plan);
  if (giveUpAtMs !== null && nowMs >= giveUpAtMs) return {kind: 'fail', error: noSourceLeft(plan, 'give-up')};
  return waitFor(plan, giveUpAtMs);
}

function giveUpTime(plan: Plan): number | null {
  const {giveUpAfterMs} = plan.options;
  if (giveUpAfterMs !== null) return plan.progressAtMs + giveUpAfterMs;
  const someBusy = plan.fleet.servers.some(({state}) => state.kind === 'busy' || state.kind === 'indexing');
  return someBusy ? null : plan.progressAtMs + GIVE_UP_AFTER_MS;
}

function hasWorking(plan: Plan): boolean {
  for (const row of plan.fleet.connections) if (isWorking(row)) return true;
  return false;
}

function waitFor(plan: Plan, untilMs: number | null): Step {
  const dueMs = plan.fleet.nextDueMs();
  const earliestMs = dueMs === null ? untilMs : Math.min(dueMs, untilMs ?? dueMs);
  return {kind: 'wait', untilMs: earliestMs, for: isAllBusy(plan) ? 'busy-servers' : 'events'};
}

/** Someone is busy, nobody transfers, and nobody is being dialled who might. */
function isAllBusy(plan: Plan): boolean {
  if (plan.stage.kind !== 'fetching' || hasWorking(plan) || plan.fleet.count('connecting') > 0) return false;
  return plan.fleet.servers.some(({state}) => state.kind === 'busy');
}
