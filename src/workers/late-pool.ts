/** Workers that start while a download already dials: threads take longer to start than a server to answer. */

import type {Workers, WorkersOptions} from './pool.js';

/** Where the pool comes from; tests bring their own. */
type Start = (options: WorkersOptions) => Promise<Workers>;

/**
 * Workers that are starting. Tasks wait until the threads have answered; when they cannot run, every task rejects
 * with what `startWorkers` throws (FdlError `unexpected`).
 */
export function startWorkersLate(options: WorkersOptions = {}, start: Start = startPool): Workers {
  const starting = start(options);
  // Whoever has a task for them gets to know; without one it does not matter.
  starting.catch(() => {});
  return {
    run: (name, task, runOptions) => starting.then((workers) => workers.run(name, task, runOptions)),
    close: async () => {
      const workers = await starting.catch(() => null);
      await workers?.close();
    },
  };
}

async function startPool(options: WorkersOptions): Promise<Workers> {
  const {startWorkers} = await import('./pool.js');
  return startWorkers(options);
}
