/** The real world of work on local files: the local disk, worker threads, the system's clock. */

import {systemClock} from './actors/clock.js';
import type {LocalContext} from './actors/local/local-work.js';
import {FDL1_GEOMETRY} from './geometry.js';
import {lateWorkers} from './workers/late-pool.js';

/** Runs one work with threads of its own. */
export async function withThreads<T>(work: (context: LocalContext) => Promise<T>): Promise<T> {
  const workers = lateWorkers();
  workers.start();
  try {
    return await work({geometry: FDL1_GEOMETRY, clock: systemClock, workers});
  } finally {
    await workers.close();
  }
}

/** Runs the work on one item after the other, with the same threads. Each outcome is its result, or throws what it threw. */
export async function* inTurn<I, T>(
  items: readonly I[],
  work: (context: LocalContext, item: I) => Promise<T>,
): AsyncGenerator<() => T> {
  const workers = lateWorkers();
  workers.start();
  try {
    for (const item of items) {
      yield await work({geometry: FDL1_GEOMETRY, clock: systemClock, workers}, item).then(
        (result) => () => result,
        (error: unknown) => () => {
          throw error;
        },
      );
    }
  } finally {
    await workers.close();
  }
}
