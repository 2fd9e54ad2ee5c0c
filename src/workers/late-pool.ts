/** Workers that start when they are wanted: loading threads takes longer than a server needs to answer. */

import {FdlError} from '../errors.js';
import type {Workers, WorkersOptions} from './pool.js';

/** Where the pool comes from; tests bring their own. */
type Start = (options: WorkersOptions) => Promise<Workers>;

/** Workers whose threads start with the first task, or with `start`. */
export interface LateWorkers extends Workers {
  /** Begins to start the threads, for tasks that will come. Does nothing when that has begun, or after `close`. */
  start(): void;
}

/**
 * Workers of which nothing is loaded yet. Tasks wait until the threads have answered; when they cannot run, every task
 * rejects with what `startWorkers` throws (FdlError `unexpected`), as does one that comes after `close`.
 */
export function lateWorkers(options: WorkersOptions = {}, start: Start = startPool): LateWorkers {
  let starting: Promise<Workers> | null = null;
  const begin = (started: () => Promise<Workers>): Promise<Workers> => {
    if (starting !== null) return starting;
    starting = started();
    // Whoever has a task for them gets to know; without one it does not matter.
    starting.catch(() => {});
    return starting;
  };
  const wanted = () => begin(() => start(options));
  return {
    start: () => void wanted(),
    run: (name, task, runOptions) => wanted().then((workers) => workers.run(name, task, runOptions)),
    close: async () => {
      const workers = await begin(neverStarted).catch(() => null);
      await workers?.close();
    },
  };
}

async function neverStarted(): Promise<never> {
  throw new FdlError('unexpected', 'the worker threads were closed before they had started');
}

async function startPool(options: WorkersOptions): Promise<Workers> {
  const {startWorkers} = await import('./pool.js');
  return startWorkers(options);
}
