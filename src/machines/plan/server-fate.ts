/** What becomes of a server: banned on proof, set aside, absent, or lost and dialled again later. */

import {
  FIRST_RETRIES_MS,
  GOODBYE_REDIAL_MS,
  INDEXING_RETRY_MS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
} from '../../limits.js';
import type {Evidence, HexDigest, Refusal} from '../../model.js';
import type {LossCause} from '../events.js';
import type {ServerRow} from './fleet.js';
import type {Plan} from './plan.js';

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

/**
 * The version is proved: its root stands for one size and one SHA-256. Whoever named that root with others said what is
 * not so.
 */
export function banFalseClaims(plan: Plan): void {
  for (const server of plan.fleet.servers) banFalseClaim(plan, server);
}

/** True: it is banned. */
export function banFalseClaim(plan: Plan, server: ServerRow): boolean {
  const {claim} = server;
  const {manifest} = plan;
  if (!plan.isProved || manifest === null || claim === null || claim.root !== manifest.root) return false;
  if (claim.size === manifest.size && claim.sha256 === manifest.sha256) return false;
  banServer(plan, server, {
    kind: 'wrong-digests',
    fragment: null,
    detail: 'it names another size or SHA-256 than the version has',
  });
  return true;
}

export function setAside(plan: Plan, server: ServerRow, root: HexDigest | null): void {
  plan.dismissAll(server);
  plan.fleet.enter(server, {kind: 'other-version', root});
  plan.notices.push({kind: 'server-other-version', address: server.address, root});
}

export function markAbsent(plan: Plan, server: ServerRow, reason: string): void {
  plan.dismissAll(server);
  plan.fleet.enter(server, {kind: 'absent', reason});
  plan.notices.push({kind: 'server-absent', address: server.address, reason});
}

/** It has the file and is still cutting it. */
export function markIndexing(plan: Plan, server: ServerRow, refusal: Refusal, atMs: number): void {
  const {progressPermille} = refusal;
  server.isDoubtful = true;
  plan.dismissAll(server);
  plan.fleet.enter(server, {kind: 'indexing', retryAtMs: atMs + INDEXING_RETRY_MS, progressPermille});
}

export function enterLost(
  plan: Plan,
  server: ServerRow,
  cause: LossCause,
  reason: string,
  atMs: number,
): void {
  const wasOpen = server.state.kind === 'open' || server.state.kind === 'busy';
  server.isDoubtful = true;
  if (cause === 'failed') server.failures++;
  const delayMs = redialDelayMs(plan, server, cause);
  // A busy server is not asked before the time it named, whatever became of the connection.
  const notBeforeMs = server.state.kind === 'busy' ? server.state.untilMs : atMs;
  const retryAtMs = delayMs === null ? null : Math.max(notBeforeMs, atMs + delayMs);
  plan.fleet.enter(server, {kind: 'lost', retryAtMs, reason});
  if (!wasOpen && delayMs !== null) return;
  server.isToldLost = true;
  plan.notices.push({kind: 'server-lost', address: server.address, reason});
}

/** Before the first block a server has three quick tries; after it, full jitter that grows with its failures. */
function redialDelayMs(plan: Plan, server: ServerRow, cause: LossCause): number | null {
  const jitter = plan.options.random();
  if (cause === 'not-fdl') return null;
  if (cause === 'goodbye') return GOODBYE_REDIAL_MS * (1 + jitter);
  if (plan.lastBlockAtMs === null) return FIRST_RETRIES_MS[server.failures - 1] ?? null;
  const ceiling = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** server.failures);
  return REDIAL_MIN_MS + jitter * (ceiling - REDIAL_MIN_MS);
}

/** The first block has come, so the download is worth patience: who was given up before is tried again. */
export function reviveLost(plan: Plan, atMs: number): void {
  for (const server of plan.fleet.servers) {
    const {state, failures} = server;
    if (state.kind !== 'lost' || state.retryAtMs !== null || failures === 0) continue;
    const retryAtMs = atMs + REDIAL_MAX_MS * (1 + plan.options.random());
    plan.fleet.enter(server, {kind: 'lost', retryAtMs, reason: state.reason});
  }
}
