/** The only caller of `writeSync`: on a full disk the write *before* ENOSPC returns short, without an error. */

import {writeSync} from 'node:fs';

/** One positional write: how many bytes went out. `writeSync`, unless a test looks at short writes. */
export type WriteOnce = (fd: number, bytes: Uint8Array, from: number, length: number, at: number) => number;

/**
 * Writes all of `bytes` at `position` (bytes) of `fd`, however short each single write is.
 * Throws the errno error of the system, or EIO when a write brings nothing: that would never end.
 */
export function writeFully(
  fd: number,
  bytes: Uint8Array,
  position: number,
  writeOnce: WriteOnce = writeSync,
): void {
  let done = 0;
  while (done < bytes.length) {
    const written = writeOnce(fd, bytes, done, bytes.length - done, position + done);
    if (written <= 0) throw Object.assign(new Error('a write made no progress'), {code: 'EIO'});
    done += written;
  }
}
