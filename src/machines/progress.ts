/** The plan as people see it: while it runs, and when it has ended. Pure. */

import type {DownloadResult, Progress, ServerActivity, ServerProgress, ServerReport} from '../report.js';
import type {ServerRow} from './fleet.js';
import type {Plan} from './plan.js';

/** A picture of the download at one moment. */
export function progressOf(plan: Plan, nowMs: number): Progress {
  const servers = plan.fleet.servers.map((server) => serverProgress(plan, server));
  const bytesPerSecond = servers.reduce((sum, server) => sum + server.bytesPerSecond, 0);
  const doneBytes = plan.resumedBytes + plan.storedBytes;
  const size = plan.manifest?.size ?? null;
  return {
    phase: phaseOf(plan),
    file: plan.options.file,
    size,
    doneBytes,
    resumedBytes: plan.resumedBytes,
    wastedBytes: plan.wastedBytes,
    bytesPerSecond,
    elapsedMs: nowMs - plan.options.startedAtMs,
    remainingMs: size === null || bytesPerSecond === 0 ? null : ((size - doneBytes) / bytesPerSecond) * 1000,
    atMs: nowMs,
    servers,
  };
}

function phaseOf({chapter}: Plan): Progress['phase'] {
  if (chapter === 'fetching') return 'downloading';
  if (chapter === 'waiting') return 'waiting';
  return chapter === 'finishing' || chapter === 'done' ? 'finishing' : 'planning';
}

function serverProgress(plan: Plan, server: ServerRow): ServerProgress {
  const active = server.connections.filter((row) => row.fetches.length > 0);
  return {
    address: server.address,
    activity: activityOf(plan, server),
    connections: server.connections.filter(({state}) => state !== 'lost').length,
    bytesPerSecond: active.reduce((sum, row) => sum + (row.rate.bytesPerSecond ?? 0), 0),
    bytes: server.bytes,
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
