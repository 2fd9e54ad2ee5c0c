/** Downloads several files in the real world: TCP, the local disk, worker threads, the system's clock. */

import {withCallbacks} from './actors/client/callbacks.js';
import {dialTcp, onceFlowing} from './actors/client/dial.js';
import type {FilesOptions} from './actors/client/set/set-options.js';
import {runFiles} from './actors/client/set/set-run.js';
import {systemClock} from './actors/clock.js';
import {createStore} from './actors/store/store.js';
import {FdlError} from './errors.js';
import {FDL1_GEOMETRY} from './geometry.js';
import type {FilesResult} from './report.js';
import {lateWorkers} from './workers/late-pool.js';

/**
 * Downloads the files that names, patterns and folders stand for, each from all servers that have it, and keeps their
 * tree below one folder. Resolves when each is there or has failed: look at `failed` and the rows. Throws FdlError when
 * nothing could be begun, or when it was stopped; what was verified is kept, and the same call goes on from there.
 */
export async function downloadFiles(options: FilesOptions): Promise<FilesResult> {
  if (options.servers.length === 0)
    throw new FdlError('usage', 'no server is given', {hint: 'name at least one server'});
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
    return await withCallbacks(options, (safe) => runFiles(safe, ports));
  } finally {
    await workers.close();
  }
}
