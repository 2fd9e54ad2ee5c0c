/** Serves in the real world: TCP, the local disk, worker threads, the system's clock. */

import {systemClock} from './actors/clock.js';
import {type RunningServer, type ServeOptions, startServing} from './actors/server/serving.js';
import {FDL1_GEOMETRY} from './geometry.js';
import {MAX_TRANSFERS_DEFAULT, SCAN_INTERVAL_MS, SETTLE_MS} from './limits.js';
import {startWorkers} from './workers/pool.js';

/**
 * Offers the files of a folder to whoever reaches the port. Resolves when it listens; files are indexed meanwhile.
 * Throws FdlError `folder-missing`, `port-in-use` or `usage`.
 */
export function serve(options: ServeOptions): Promise<RunningServer> {
  const defaults = {
    host: '127.0.0.1',
    maxTransfers: MAX_TRANSFERS_DEFAULT,
    inPlace: false,
    onNotice: () => {},
  };
  return startServing(
    {...defaults, ...options},
    {
      geometry: FDL1_GEOMETRY,
      clock: systemClock,
      startWorkers,
      scanIntervalMs: SCAN_INTERVAL_MS,
      settleMs: SETTLE_MS,
    },
  );
}
