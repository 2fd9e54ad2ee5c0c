/** What the plan learns from connections: who is there with which version, what came, what was refused or lost. */

import {
  ACTIVE_MAX,
  BUSY_JITTER_MAX_MS,
  BUSY_JITTER_STEP_MS,
  BUSY_MAX_MS,
  BUSY_MIN_MS,
  DIALS_MAX,
  FIRST_RETRIES_MS,
  GOODBYE_REDIAL_MS,
  INDEXING_RETRY_MS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
} from '../limits.js';
import type {Evidence, HexDigest, Refusal} from '../model.js';
import {HEDGED, LEASED, MISSING, RECEIVED} from './blocks.js';
import type {BlockReceived, ConnectionEvent, LossCause} from './events.js';
import {type ConnectionRow, type Fetch, isWorking, noteAsked, type ServerRow} from './fleet.js';
import type {Plan} from './plan.js';

/** Events of a connection that was dismissed meanwhile tell nothing any more. */
export function applyConnection(plan: Plan, event: ConnectionEvent): void {
  const row = plan.fleet.connection(event.connection);
  if (row === undefined) return;
  switch (event.type) {
    case 'connection.ready':
      return applyReady(plan, row, event);
    case 'connection.refused':
      return applyRefused(plan, row, event.refusal, event.atMs);
    case 'connection.lost':
      return applyLost(plan, row, event.cause, event.reason, event.atMs);
    case 'connection.leaving':
      row.state = 'leaving';
      return releaseLease(plan, row);
    case 'connection.violated':
      return banServer(plan, row.server, {kind: 'protocol', detail: event.detail});
    case 'block.received':
      return applyReceived(plan, row, event);
    case 'fetch.ended':
      return applyFetchEnded(plan, row, event);
    case 'fragmentDigests.received':
      return applyFragmentDigests(plan, row, event.first, event.digests);
    case 'blockDigests.received':
      row.asked.delete(event.fragment);
      plan.digests.set(event.fragment, {kind: 'checking'});
      return;
    case 'digests.refused':
      return applyDigestsRefused(plan, row, event.fragment, event.refusal, event.atMs);
  }
}

/** Whether a block that just came is to be stored, or is a second copy. Asked before the event is applied. */
export function wantsBlock(plan: Plan, event: BlockReceived): boolean {
  if (plan.stage.kind !== 'fetching' || plan.fleet.connection(event.connection) === undefined) return false;
  const state = plan.blocks.stateOf(event.fragment, event.block);
  return state === MISSING || state === LEASED || state === HEDGED;
}

/** Proof against a server: nothing is asked of it again, what it sent and was checked stays. */
export function banServer(plan: Plan, server: ServerRow, evidence: Evidence): void {
  if (server.state.kind === 'banned') return;
  server.errors++;
  const {root} = plan;
  const isAboutBlock = evidence.kind === 'wrong-block' && root !== null;
  plan.dismissAll(server, isAboutBlock ? {root, fragment: evidence.fragment, block: evidence.block} : null);
  plan.fleet.enter(server, {kind: 'banned', evidence});
  plan.notices.push({kind: 'server-banned', address: server.address, evidence});
}

export function setAside(plan: Plan, server: ServerRow, root: HexDigest | null): void {
  plan.dismissAll(server);
  plan.fleet.enter(server, {kind: 'other-version', root});
  plan.notices.push({kind: 'server-other-version', address: server.address, root});
}

function applyReady(
  plan: Plan,
  row: ConnectionRow,
  event: ConnectionEvent & {type: 'connection.ready'},
): void {
  const {server} = row;
  const twin = plan.instances.get(event.instanceId);
  if (twin !== undefined && twin !== server && twin.instanceId === event.instanceId) {
    plan.dismissAll(server);
    plan.fleet.enter(server, {kind: 'alias', of: twin.index});
    plan.notices.push({kind: 'server-alias', address: server.address, of: twin.address});
    return;
  }
  plan.instances.set(event.instanceId, server);
  server.instanceId = event.instanceId;
  server.holds = event.holds;
  server.failures = 0;
  if (plan.root !== null && event.manifest.root !== plan.root)
    return setAside(plan, server, event.manifest.root);
  row.state = 'ready';
  row.readySinceMs = event.atMs;
  row.lastByteMs = event.atMs;
  if (server.state.kind !== 'open') plan.fleet.enter(server, {kind: 'open'});
  if (plan.root !== null) server.wasSource = true;
  if (plan.fleet.count('ready') > ACTIVE_MAX) plan.standDown(server);
  if (plan.stage.kind !== 'asking') return;
  const at = plan.offers.findIndex((offer) => offer.server === server.index);
  if (at >= 0) plan.offers.splice(at, 1);
  plan.offers.push({server: server.index, manifest: event.manifest});
  plan.stage = {kind: 'asking', firstOfferAtMs: plan.stage.firstOfferAtMs ?? event.atMs};
}

/** It answered, but not with a manifest. A further connection that is refused leaves the others as they are. */
function applyRefused(plan: Plan, row: ConnectionRow, refusal: Refusal, atMs: number): void {
  const {server} = row;
  if (server.connections.length > 1) {
    server.connectionsAllowed = server.connections.length - 1;
    plan.dismiss(row);
    return;
  }
  plan.dismissAll(server);
  if (refusal.code === 'indexing') {
    const retryAtMs = atMs + INDEXING_RETRY_MS;
    return plan.fleet.enter(server, {
      kind: 'indexing',
      retryAtMs,
      progressPermille: refusal.progressPermille,
    });
  }
  if (refusal.code === 'draining') return enterLost(plan, server, 'goodbye', 'it is shutting down', atMs);
  if (refusal.code === 'io-error' || refusal.code === 'too-many-requests') {
    return enterLost(plan, server, 'failed', refusal.code, atMs);
  }
  markAbsent(plan, server, refusal.code);
}

function markAbsent(plan: Plan, server: ServerRow, reason: string): void {
  plan.dismissAll(server);
  plan.fleet.enter(server, {kind: 'absent', reason});
  plan.notices.push({kind: 'server-absent', address: server.address, reason});
}

/** The socket is gone. The connection stays to be dialled again when it was the server's only one. */
function applyLost(plan: Plan, row: ConnectionRow, cause: LossCause, reason: string, atMs: number): void {
  const {server} = row;
  plan.release(row);
  if (cause === 'failed') server.errors++;
  const isOnly = server.connections.length === 1;
  if (!isOnly) {
    plan.dismiss(row);
    return;
  }
  row.state = 'lost';
  row.suspect = false;
  enterLost(plan, server, cause, reason, atMs);
  const isCrowded = plan.fleet.connectionCount > ACTIVE_MAX + DIALS_MAX;
  if (isCrowded || (server.state.kind === 'lost' && server.state.retryAtMs === null)) plan.dismiss(row);
}

function enterLost(plan: Plan, server: ServerRow, cause: LossCause, reason: string, atMs: number): void {
  const wasOpen = server.state.kind === 'open' || server.state.kind === 'busy';
  if (cause === 'failed') server.failures++;
  const delayMs = redialDelayMs(plan, server, cause);
  plan.fleet.enter(server, {kind: 'lost', retryAtMs: delayMs === null ? null : atMs + delayMs, reason});
  if (wasOpen || delayMs === null) plan.notices.push({kind: 'server-lost', address: server.address, reason});
}

/** Before the first block a server has three quick tries; after it, full jitter that grows with its failures. */
function redialDelayMs(plan: Plan, server: ServerRow, cause: LossCause): number | null {
  const jitter = plan.options.random();
  if (cause === 'not-fdl') return null;
  if (cause === 'goodbye') return GOODBYE_REDIAL_MS * (1 + jitter);
  const isFetching = plan.stage.kind === 'fetching' && plan.lastBlockAtMs !== null;
  if (!isFetching && !server.wasSource) return FIRST_RETRIES_MS[server.failures - 1] ?? null;
  const ceiling = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** server.failures);
  return REDIAL_MIN_MS + jitter * (ceiling - REDIAL_MIN_MS);
}

function applyReceived(plan: Plan, row: ConnectionRow, event: BlockReceived): void {
  const fetch = row.fetches.find(({ticket}) => ticket === event.ticket);
  if (fetch !== undefined) fetch.next = event.block + 1;
  if (!wantsBlock(plan, event)) {
    plan.wastedBytes += event.length;
    return;
  }
  plan.blocks.set(event.fragment, event.block, RECEIVED);
  plan.touched.add(event.fragment);
  if (plan.hedgedBlocks > 0) cancelPointless(plan, event.fragment);
}

/** A fetch of which every block still to come is in by another way is asked to end. */
function cancelPointless(plan: Plan, fragment: number): void {
  for (const row of plan.fleet.connections) {
    for (const fetch of row.fetches) {
      if (fetch.fragment !== fragment || fetch.isCancelled || !isPointless(plan, fetch)) continue;
      fetch.isCancelled = true;
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

function applyFetchEnded(
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
}

/** Never asked earlier than it named; a server one of whose connections transfers only gets fewer connections. */
function applyBusy(plan: Plan, row: ConnectionRow, retryAfterMs: number, atMs: number): void {
  const {server} = row;
  server.busyReplies++;
  releaseLease(plan, row);
  if (row.state === 'busy') return; // the second fetch of the pair that was refused together
  server.refusals++;
  const transfers = server.connections.some((other) => other !== row && isWorking(other));
  if (transfers) {
    server.connectionsAllowed = Math.max(1, server.connections.length - 1);
    return plan.dismiss(row);
  }
  row.state = 'busy';
  const named = Math.min(BUSY_MAX_MS, Math.max(BUSY_MIN_MS, retryAfterMs));
  const jitter = plan.options.random() * Math.min(BUSY_JITTER_MAX_MS, server.refusals * BUSY_JITTER_STEP_MS);
  plan.fleet.enter(server, {kind: 'busy', untilMs: atMs + named + jitter});
}

function applyFetchRefused(
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
      return; // its goodbye says the rest
    case 'indexing':
      plan.dismissAll(server);
      return plan.fleet.enter(server, {
        kind: 'indexing',
        retryAtMs: atMs + INDEXING_RETRY_MS,
        progressPermille: refusal.progressPermille,
      });
    case 'bad-request':
    case 'too-many-requests':
      server.errors++;
      plan.dismissAll(server);
      return enterLost(plan, server, 'failed', refusal.code, atMs);
  }
}

/** Gives back what a connection was given but has not asked for. */
export function releaseLease(plan: Plan, row: ConnectionRow): void {
  if (row.lease === null) return;
  plan.releaseRun({fragment: row.lease.fragment, first: row.lease.next, end: row.lease.end});
  row.lease = null;
}

function markNotHeld(plan: Plan, server: ServerRow, fragment: number): void {
  const {fragments} = plan.blocks;
  server.holds ??= new Uint8Array(Math.ceil(fragments / 8)).fill(0xff);
  const byte = (fragment - 1) >> 3;
  server.holds[byte] = (server.holds[byte] ?? 0) & ~(1 << ((fragment - 1) & 7));
  for (const row of server.connections) if (row.lease?.fragment === fragment) releaseLease(plan, row);
}

function applyFragmentDigests(plan: Plan, row: ConnectionRow, first: number, digests: Uint8Array): void {
  const {stage} = plan;
  if (stage.kind !== 'proving' || stage.page?.connection !== row.id || stage.page.first !== first) return;
  plan.fragmentDigests.set(digests, 32 * (first - 1));
  plan.stage = {...stage, received: first - 1 + digests.length / 32};
}

function applyDigestsRefused(
  plan: Plan,
  row: ConnectionRow,
  fragment: number | null,
  refusal: Refusal,
  atMs: number,
): void {
  if (fragment === null) return applyRefused(plan, row, refusal, atMs);
  row.asked.delete(fragment);
  plan.digests.delete(fragment);
  applyFetchRefused(plan, row, fragment, refusal, atMs);
}
