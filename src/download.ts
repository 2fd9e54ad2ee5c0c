/** Downloads in the real world: TCP, the local disk, worker threads, the system's clock. */

import {withCallbacks} from './actors/client/callbacks.js';
import {type DownloadOptions, runDownload} from './actors/client/coordinator.js';
import {dialTcp, onceFlowing} from './actors/client/dial.js';
import {systemClock} from './actors/clock.js';
import {createStore} from './actors/store/store.js';
import {FdlError} from './errors.js';
import {FDL1_GEOMETRY} from './geometry.js';
import {checkName} from './protocol/names.js';
import type {DownloadResult} from './report.js';
import {lateWorkers} from './workers/late-pool.js';

const HEX_DIGEST = /^[0-9a-f]{64}$/;

/**
 * Downloads one file from all servers at once, verifies every byte, and resumes what an earlier run left. Resolves
 * when the file has its final name. Throws FdlError; what was verified is kept, and the same call goes on from there.
 */
export async function download(options: DownloadOptions): Promise<DownloadResult> {
  check(options);
  const workers = lateWorkers();
  try {
    const ports = {
      geometry: FDL1_GEOMETRY,
      clock: systemClock,
      random: Math.random,
      // Loading threads would hold up the first requests: they start when blocks come, for which there is memory.
      dial: onceFlowing(dialTcp, workers.start),
      workers,
      createStore,
    };
    return await withCallbacks(options, (safe) => runDownload(safe, ports));
  } finally {
    await workers.close();
  }
}

function check({file, servers, root, sha256}: DownloadOptions): void {
  checkName(file);
  if (servers.length === 0)
    throw new FdlError('usage', 'no server is given', {hint: 'name at least one server'});
  for (const [name, digest] of [
    ['root', root],
    ['SHA-256', sha256],
  ] as const) {
    if (digest === undefined || HEX_DIGEST.test(digest)) continue;
    throw new FdlError('usage', `the ${name} is not a digest`, {
      hint: 'a digest is 64 lower-case hex digits',
    });
  }
}
