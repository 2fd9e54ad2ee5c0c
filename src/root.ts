/** The root and the SHA-256 of local files: what to publish, so that others can pin a version. */

import {systemClock} from './actors/clock.js';
import {type FileRoot, type RootOptions, rootOfFile} from './actors/local/root-of-file.js';
import {FDL1_GEOMETRY} from './geometry.js';
import {startWorkersLate} from './workers/late-pool.js';

/** Hashes one file. Throws FdlError `path-unsuitable`, `output-exists`, `disk-failed`, `interrupted`, ... */
export async function fileRoot(options: RootOptions): Promise<FileRoot> {
  for await (const outcome of fileRoots([options])) return outcome();
  throw new RangeError('no outcome');
}

/** Hashes files one after the other, with the same threads. Each outcome is the file's root, or throws as `fileRoot`. */
export async function* fileRoots(files: readonly RootOptions[]): AsyncGenerator<() => FileRoot> {
  const workers = startWorkersLate();
  try {
    for (const options of files) {
      const context = {geometry: FDL1_GEOMETRY, clock: systemClock, workers};
      yield await rootOfFile(context, options).then(
        (root) => () => root,
        (error: unknown) => () => {
          throw error;
        },
      );
    }
  } finally {
    await workers.close();
  }
}
