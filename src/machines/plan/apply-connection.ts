/** What the plan learns from connections: who is there with which version, who refuses, who is lost. */

import {ACTIVE_MAX} from '../../limits.js';
import type {Refusal} from '../../model.js';
import type {ConnectionEvent, LossCause} from '../events.js';
import {applyFetchEnded, applyFetchRefused, applyReceived} from './apply-fetch.js';
import type {ConnectionRow} from './fleet.js';
import {settle} from './growth.js';
import type {Plan} from './plan.js';
import {oneTooMany} from './roles.js';
import {banFalseClaim, banServer, enterLost, markAbsent, markIndexing, setAside} from './server-fate.js';

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
      settle(plan, row.server, event.atMs);
      return plan.releaseLease(row);
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
  server.claim = event.manifest;
  server.failures = 0;
  server.isDoubtful = false;
  if (plan.root !== null && event.manifest.root !== plan.root)
    return setAside(plan, server, event.manifest.root);
  if (banFalseClaim(plan, server)) return;
  row.state = 'ready';
  row.workingSinceMs = null;
  row.lastByteMs = event.atMs;
  if (server.state.kind !== 'open') plan.fleet.enter(server, {kind: 'open'});
  if (server.isToldLost) plan.notices.push({kind: 'server-back', address: server.address});
  server.isToldLost = false;
  if (plan.root !== null) server.wasSource = true;
  if (plan.fleet.count('ready') > ACTIVE_MAX) plan.standDown(oneTooMany(plan, server));
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
  if (refusal.code === 'indexing') return markIndexing(plan, server, refusal, atMs);
  plan.dismissAll(server);
  if (refusal.code === 'draining') return enterLost(plan, server, 'goodbye', 'it is shutting down', atMs);
  if (refusal.code === 'io-error' || refusal.code === 'too-many-requests') {
    return enterLost(plan, server, 'failed', refusal.code, atMs);
  }
  markAbsent(plan, server, refusal.code);
}

/** The socket is gone. The connection stays to be dialled again when it was the server's only one. */
function applyLost(plan: Plan, row: ConnectionRow, cause: LossCause, reason: string, atMs: number): void {
  const {server} = row;
  plan.release(row);
  if (cause === 'failed') server.errors++;
  const isOnly = server.connections.length === 1;
  if (!isOnly) {
    plan.dismiss(row);
    return settle(plan, server, atMs);
  }
  row.state = 'lost';
  row.suspect = false;
  enterLost(plan, server, cause, reason, atMs);
  if (plan.isCrowded || (server.state.kind === 'lost' && server.state.retryAtMs === null)) plan.dismiss(row);
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
