/** Positional reads that are complete or say so. */

import {readSync} from 'node:fs';

/** Fills `target` from `position` (bytes) of `fd`; returns the bytes read, fewer only at the end of the file. */
export function readFully(fd: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const read = readSync(fd, target, done, target.length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
