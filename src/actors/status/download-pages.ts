/** The pages of a download: how far it is, how fast, and what its servers do. */

import type {FilesProgress, Progress, ServerActivity} from '../../report.js';
import {byLabel, counter, exposition, type Family, gauge} from './exposition.js';
import type {ProcessWatch} from './process-families.js';
import type {StatusPages} from './status-server.js';

/** The pages by what `latest` gives: the last report, null before the first. */
export function createDownloadPages(
  latest: () => Progress | FilesProgress | null,
  process: ProcessWatch,
): StatusPages {
  return {
    metrics: async () => {
      const progress = latest();
      return exposition([
        ...(progress === null
          ? []
          : [...amounts(progress), ...fileCounts(progress), ...serverCounts(progress)]),
        ...(await process.families()),
      ]);
    },
    health: () => {
      const progress = latest();
      const {phase = 'starting', size = null, doneBytes = 0} = progress ?? {};
      return {isReady: phase !== 'disk-full', body: {status: phase, size, doneBytes}};
    },
  };
}

function amounts(progress: Progress): Family[] {
  const {phase, size, doneBytes, resumedBytes, bytesPerSecond, remainingMs, elapsedMs} = progress;
  const phases = {planning: 0, downloading: 0, waiting: 0, 'disk-full': 0, finishing: 0};
  return [
    byLabel('gauge', 'fdl_download_phase', 'What is going on: 1', 'phase', {...phases, [phase]: 1}),
    gauge('fdl_download_size_bytes', 'Size of what is downloaded', size),
    gauge('fdl_download_done_bytes', 'Bytes verified and on disk, those of earlier runs included', doneBytes),
    gauge('fdl_download_resumed_bytes', 'Bytes of earlier runs', resumedBytes),
    counter('fdl_download_wasted_bytes_total', 'Bytes that were received in vain', progress.wastedBytes),
    gauge('fdl_download_bytes_per_second', 'Bytes received in the last seconds', bytesPerSecond),
    gauge(
      'fdl_download_remaining_seconds',
      'Expected time to the end',
      remainingMs === null ? null : remainingMs / 1_000,
    ),
    gauge('fdl_download_elapsed_seconds', 'Time since the start', elapsedMs / 1_000),
  ];
}

function fileCounts(progress: Progress | FilesProgress): Family[] {
  if (!('files' in progress)) return [];
  return [
    gauge('fdl_download_files', 'Files that are downloaded', progress.files),
    gauge('fdl_download_done_files', 'Files that are whole', progress.doneFiles),
    gauge('fdl_download_failed_files', 'Files that could not be downloaded', progress.failedFiles),
  ];
}

function serverCounts({servers}: Progress): Family[] {
  const kinds: Record<ServerActivity['kind'], number> = {
    unasked: 0,
    connecting: 0,
    idle: 0,
    transferring: 0,
    suspect: 0,
    busy: 0,
    indexing: 0,
    standby: 0,
    lost: 0,
    absent: 0,
    'other-version': 0,
    banned: 0,
    alias: 0,
  };
  const sum = {bytes: 0, connections: 0, busyReplies: 0, errors: 0};
  for (const server of servers) {
    kinds[server.activity.kind] += 1;
    for (const key of ['bytes', 'connections', 'busyReplies', 'errors'] as const) sum[key] += server[key];
  }
  return [
    byLabel('gauge', 'fdl_download_servers', 'Servers, by what they do', 'activity', kinds),
    gauge('fdl_download_connections', 'Connections open', sum.connections),
    counter('fdl_download_received_bytes_total', 'Content received', sum.bytes),
    counter('fdl_download_busy_replies_total', 'Fetches that busy servers put off', sum.busyReplies),
    counter('fdl_download_server_errors_total', 'Failures of servers', sum.errors),
  ];
}
