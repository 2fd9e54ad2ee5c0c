/** Positional reads that are complete or say so. */

import {type FileCalls, systemFiles} from './file-calls.js';

/** Fills `target` from `position` (bytes) of `fd`; returns the bytes read, fewer only at the end of the file. */
export function readFully(
  fd: number,
  target: Uint8Array,
  position: number,
  {read: readOnce}: Pick<FileCalls, 'read'> = systemFiles,
): number {
  let done = 0;
  while (done < target.length) {
    const read = readOnce(fd, target, done, target.length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
