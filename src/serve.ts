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
  const {signal, onTrace, onNotice = () => {}} = options;
  return startServing(
    {
      ...options,
      // A value that is there but undefined is none: without a host, node would listen for everyone.
      host: options.host ?? '127.0.0.1',
      maxTransfers: options.maxTransfers ?? MAX_TRANSFERS_DEFAULT,
      inPlace: options.inPlace ?? false,
      onNotice: outside(onNotice),
      ...(onTrace !== undefined && {onTrace: outside(onTrace)}),
      // One of its own, so any number of servers can share a signal.
      ...(signal !== undefined && {signal: AbortSignal.any([signal])}),
    },
    {
      geometry: FDL1_GEOMETRY,
      clock: systemClock,
      startWorkers,
      scanIntervalMs: SCAN_INTERVAL_MS,
      settleMs: SETTLE_MS,
    },
  );
}

/** A callback whose errors do not break the server that calls it: they are the process's, as those of an EventTarget. */
function outside<A>(callback: (told: A) => void): (told: A) => void {
  return (told) => {
    try {
      callback(told);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
