/** Positional writes that are complete: on a full disk the write *before* ENOSPC returns short, without an error. */

import {type FileCalls, systemFiles} from './file-calls.js';

/**
 * Writes all of `bytes` at `position` (bytes) of `fd`, however short each single write is.
 * Throws the errno error of the system, or EIO when a write brings nothing: that would never end.
 */
export function writeFully(
  fd: number,
  bytes: Uint8Array,
  position: number,
  {write}: Pick<FileCalls, 'write'> = systemFiles,
): void {
  let done = 0;
  while (done < bytes.length) {
    const written = write(fd, bytes, done, bytes.length - done, position + done);
    if (written <= 0) throw Object.assign(new Error('a write made no progress'), {code: 'EIO'});
    done += written;
  }
}
