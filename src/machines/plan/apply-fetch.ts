/** What the plan learns from fetches: blocks that came, refusals, busy servers. */

import {BUSY_JITTER_MAX_MS, BUSY_JITTER_PART, BUSY_MAX_MS, BUSY_MIN_MS} from '../../limits.js';
import type {Refusal} from '../../model.js';
import type {BlockReceived, ConnectionEvent} from '../events.js';
import {HEDGED, LEASED, MISSING, RECEIVED} from './blocks.js';
import {type ConnectionRow, type Fetch, isWorking, noteAsked, type ServerRow} from './fleet.js';
import type {Plan} from './plan.js';
import {enterLost, markAbsent, markIndexing, setAside} from './server-fate.js';

/** Whether a block that just came is to be stored, or is a second copy. Asked before the event is applied. */
export function wantsBlock(plan: Plan, event: BlockReceived): boolean {
  if (plan.stage.kind !== 'fetching' || plan.fleet.connection(event.connection) === undefined) return false;
  const state = plan.blocks.stateOf(event.fragment, event.block);
  return state === MISSING || state === LEASED || state === HEDGED;
}

export function applyReceived(plan: Plan, row: ConnectionRow, event: BlockReceived): void {
  const fetch = row.fetches.find(({ticket}) => ticket === event.ticket);
  if (fetch !== undefined) fetch.next = event.block + 1;
  if (!wantsBlock(plan, event)) {
    plan.wastedBytes += event.length;
    plan.vainBlocks++;
    return;
  }
  const wasHedged = plan.blocks.hedgedBlocks > 0;
  plan.blocks.set(event.fragment, event.block, RECEIVED);
  plan.touched.add(event.fragment);
  if (wasHedged) cancelPointless(plan, event.fragment);
}

/** A fetch of which every block still to come is in by another way is asked to end. */
function cancelPointless(plan: Plan, fragment: number): void {
  for (const row of plan.fleet.connections) {
    for (const fetch of row.fetches) {
      if (fetch.fragment !== fragment || fetch.isCancelled || !isPointless(plan, fetch)) continue;
      fetch.isCancelled = true;
      fetch.next = fetch.end; // nothing is awaited of it: should a block turn out wrong, others may be asked
      if (fetch === row.fetches[0]) plan.vainBlocks++; // a server stops only between blocks
      plan.cancellations.push({connection: row.id, ticket: fetch.ticket});
    }
  }
}

function isPointless(plan: Plan, fetch: Fetch): boolean {
  if (fetch.next >= fetch.end) return false;
  for (let block = fetch.next; block < fetch.end; block++) {
    if (plan.blocks.stateOf(fetch.fragment, block) < RECEIVED) return false;
  }
  return true;
}

export function applyFetchEnded(
  plan: Plan,
  row: ConnectionRow,
  event: ConnectionEvent & {type: 'fetch.ended'},
): void {
  const at = row.fetches.findIndex(({ticket}) => ticket === event.ticket);
  const fetch = row.fetches[at];
  if (fetch === undefined) return;
  row.fetches.splice(at, 1);
  noteAsked(row, event.atMs);
  plan.releaseRun({fragment: fetch.fragment, first: fetch.next, end: fetch.end});
  if (event.end.kind === 'ok') row.server.refusals = 0;
  else if (event.end.kind === 'busy') applyBusy(plan, row, event.end.retryAfterMs, event.atMs);
  else if (event.end.kind === 'refused')
    applyFetchRefused(plan, row, fetch.fragment, event.end.refusal, event.atMs);
  if (row.state === 'retiring' && row.fetches.length === 0) endRetirement(plan, row);
}

/** If the server has lost its others meanwhile, this one stays. */
function endRetirement(plan: Plan, row: ConnectionRow): void {
  if (row.server.connections.length > 1) plan.dismiss(row);
  else row.state = 'ready';
}

/** Never asked earlier than it named; a server one of whose connections transfers only gets fewer connections. */
function applyBusy(plan: Plan, row: ConnectionRow, retryAfterMs: number, atMs: number): void {
  const {server} = row;
  server.busyReplies++;
  plan.releaseLease(row);
  if (row.state === 'busy') return restUntil(plan, server, atMs + believed(retryAfterMs)); // its other fetch
  server.refusals++;
  const transfers = server.connections.some((other) => other !== row && isWorking(other));
  if (transfers) {
    server.connectionsAllowed = Math.max(1, server.connections.length - 1);
    return row.state === 'leaving' ? undefined : plan.dismiss(row);
  }
  // One connection is enough to ask again; another that is idle would ask before the time.
  for (const other of [...server.connections]) if (other !== row) plan.dismiss(other);
  server.connectionsAllowed = 1;
  if (row.state !== 'leaving') row.state = 'busy';
  const waitMs = believed(retryAfterMs);
  const jitter = plan.options.random() * Math.min(BUSY_JITTER_MAX_MS, BUSY_JITTER_PART * waitMs);
  restUntil(plan, server, atMs + waitMs + jitter);
  if (plan.isCrowded) plan.dismiss(row);
}

function believed(retryAfterMs: number): number {
  return Math.min(BUSY_MAX_MS, Math.max(BUSY_MIN_MS, retryAfterMs));
}

/** Of two times that it named the later one counts. */
function restUntil(plan: Plan, server: ServerRow, atMs: number): void {
  const {state} = server;
  plan.fleet.enter(server, {
    kind: 'busy',
    untilMs: state.kind === 'busy' ? Math.max(state.untilMs, atMs) : atMs,
  });
}

export function applyFetchRefused(
  plan: Plan,
  row: ConnectionRow,
  fragment: number,
  refusal: Refusal,
  atMs: number,
): void {
  const {server} = row;
  switch (refusal.code) {
    case 'fragment-not-here':
      return markNotHeld(plan, server, fragment);
    case 'io-error':
      server.errors++;
      return markNotHeld(plan, server, fragment);
    case 'stale-root':
      return setAside(plan, server, null);
    case 'file-not-found':
    case 'not-authorized':
    case 'unsupported-version':
      return markAbsent(plan, server, refusal.code);
    case 'draining':
      row.state = 'leaving'; // its goodbye says the rest
      return plan.releaseLease(row);
    case 'indexing':
      return markIndexing(plan, server, refusal, atMs);
    case 'bad-request':
    case 'too-many-requests':
      server.errors++;
      plan.dismissAll(server);
      return enterLost(plan, server, 'failed', refusal.code, atMs);
  }
}

function markNotHeld(plan: Plan, server: ServerRow, fragment: number): void {
  const {fragments} = plan.blocks;
  server.holds ??= new Uint8Array(Math.ceil(fragments / 8)).fill(0xff);
  const byte = (fragment - 1) >> 3;
  server.holds[byte] = (server.holds[byte] ?? 0) & ~(1 << ((fragment - 1) & 7));
  for (const row of server.connections) if (row.lease?.fragment === fragment) plan.releaseLease(row);
}
