/** Fragments made and joined by hand. */

import {type JoinOptions, type JoinResult, joinFragments} from './actors/local/join-fragments.js';
import {type SplitOptions, type SplitResult, splitFile} from './actors/local/split-file.js';
import {withThreads} from './local-context.js';

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
