/** The root and the SHA-256 of local files: what to publish, so that others can pin a version. */

import {type FileRoot, type RootOptions, rootOfFile} from './actors/local/root-of-file.js';
import {inTurn, withThreads} from './local-context.js';

/**
 * Hashes one file, and saves its manifest when asked. Throws FdlError `path-unsuitable`, `output-exists`,
 * `output-unsuitable`, `disk-full`, `disk-failed`, `interrupted`.
 */
export function fileRoot(options: RootOptions): Promise<FileRoot> {
  return withThreads((context) => rootOfFile(context, options));
}

/** Hashes files one after the other. Each outcome is the file's root, or throws as `fileRoot`. */
export function fileRoots(files: readonly RootOptions[]): AsyncGenerator<() => FileRoot> {
  return inTurn(files, rootOfFile);
}
