/** Fragments made and joined by hand in the real world: the local disk, worker threads, the system's clock. */

import {systemClock} from './actors/clock.js';
import {type JoinOptions, type JoinResult, joinFragments} from './actors/local/join-fragments.js';
import type {LocalContext} from './actors/local/local-work.js';
import {type SplitOptions, type SplitResult, splitFile} from './actors/local/split-file.js';
import {FDL1_GEOMETRY} from './geometry.js';
import {startWorkersLate} from './workers/late-pool.js';

/**
 * Cuts a file into fragments with their index, as a server would. Throws FdlError `path-unsuitable`, `name-invalid`,
 * `output-exists`, `output-unsuitable`, `disk-full`, `disk-failed`, `interrupted`.
 */
export function split(options: SplitOptions): Promise<SplitResult> {
  return withThreads((context) => splitFile(context, options));
}

/**
 * Joins a folder of fragments into the file; every block is verified. Throws FdlError `fragments-missing`,
 * `content-differs`, `manifest-invalid`, `pin-mismatch`, `path-unsuitable`, `output-exists`, `output-in-use`,
 * `output-unsuitable`, `disk-full`, `disk-failed`, `interrupted`.
 */
export function join(options: JoinOptions): Promise<JoinResult> {
  return withThreads((context) => joinFragments(context, options));
}

async function withThreads<T>(work: (context: LocalContext) => Promise<T>): Promise<T> {
  const workers = startWorkersLate();
  try {
    return await work({geometry: FDL1_GEOMETRY, clock: systemClock, workers});
  } finally {
    await workers.close();
  }
}
