/** The plan as people see it: while it runs, and when it has ended. Pure. */

import type {DownloadResult, Progress, ServerActivity, ServerProgress, ServerReport} from '../../report.js';
import {canDeliver, type ServerRow} from './fleet.js';
import {Pace} from './pace.js';
import type {Plan} from './plan.js';

/** The pace of each plan, so that every picture goes on from the one before. */
const paces = new WeakMap<Plan, Pace>();

/** A picture of the download at one moment. Rates are right when a picture is taken at least once a tick. */
export function progressOf(plan: Plan, nowMs: number): Progress {
  const pace = paceOf(plan);
  pace.update(plan);
  const doneBytes = plan.resumedBytes + plan.storedBytes;
  const size = plan.manifest?.size ?? null;
  return {
    phase: phaseOf(plan),
    file: plan.options.file,
    size,
    doneBytes,
    resumedBytes: plan.resumedBytes,
    uncheckedBytes: plan.uncheckedBytes,
    hashedBytes: plan.hashedBytes,
    wastedBytes: plan.wastedBytes,
    bytesPerSecond: pace.bytesPerSecond,
    elapsedMs: nowMs - plan.options.startedAtMs,
    remainingMs: size === null ? null : pace.timeFor(size - doneBytes - plan.uncheckedBytes),
    atMs: nowMs,
    servers: plan.fleet.servers.map((server) => serverProgress(plan, server, pace)),
  };
}

function paceOf(plan: Plan): Pace {
  const known = paces.get(plan) ?? new Pace(plan);
  paces.set(plan, known);
  return known;
}

function phaseOf({chapter, isDiskFull}: Plan): Progress['phase'] {
  if (isDiskFull) return 'disk-full';
  if (chapter === 'fetching') return 'downloading';
  if (chapter === 'waiting') return 'waiting';
  return chapter === 'finishing' || chapter === 'done' ? 'finishing' : 'planning';
}

function serverProgress(plan: Plan, server: ServerRow, pace: Pace): ServerProgress {
  return {
    address: server.address,
    activity: activityOf(plan, server),
    connections: server.connections.filter(canDeliver).length,
    bytesPerSecond: pace.ofServer(server.index),
    bytes: server.bytes,
    blocks: server.blocks,
    busyReplies: server.busyReplies,
    errors: server.errors,
  };
}

function activityOf(plan: Plan, server: ServerRow): ServerActivity {
  const {state} = server;
  switch (state.kind) {
    case 'open': {
      const asked = server.connections.filter((row) => row.fetches.length > 0);
      if (asked.length === 0) return {kind: 'idle'};
      return {kind: asked.every(({suspect}) => suspect) ? 'suspect' : 'transferring'};
    }
    case 'indexing':
      return {kind: 'indexing', progressPermille: state.progressPermille};
    case 'alias':
      return {kind: 'alias', of: plan.fleet.servers[state.of]?.address ?? ''};
    default:
      return state;
  }
}

/** What a finished download reports. `plan.stage` must be `done`, and every meter read. */
export function resultOf(plan: Plan, nowMs: number): DownloadResult {
  const {manifest, stage, options} = plan;
  if (stage.kind !== 'done' || manifest === null) throw new Error('the download is not done');
  const servers = plan.fleet.servers.map(serverReport);
  const receivedBytes = servers.reduce((sum, {bytes}) => sum + bytes, 0);
  const elapsedMs = nowMs - options.startedAtMs;
  return {
    file: options.file,
    output: stage.output,
    bytes: plan.resumedBytes + plan.storedBytes,
    root: manifest.root,
    sha256: manifest.sha256,
    sha256Verified: stage.sha256Verified,
    elapsedMs: Math.round(elapsedMs),
    bytesPerSecond: Math.round(plan.storedBytes / Math.max(elapsedMs / 1000, 0.001)),
    resumedBytes: plan.resumedBytes,
    storedBytes: plan.storedBytes,
    receivedBytes,
    wastedBytes: receivedBytes - plan.storedBytes,
    servers,
  };
}

function serverReport({address, bytes, blocks, busyReplies, errors, state}: ServerRow): ServerReport {
  return {
    address,
    bytes,
    blocks,
    busyReplies,
    errors,
    banned: state.kind === 'banned' ? state.evidence : null,
    otherVersion: state.kind === 'other-version' ? state.root : null,
  };
}
