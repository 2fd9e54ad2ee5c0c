/** Files that the user names: opened for reading, links followed, and nothing but regular files. */

import {constants} from 'node:fs';
import {open} from 'node:fs/promises';
import {asFdlError, FdlError} from '../../errors.js';
import {stampOf} from '../fragments/file-stamp.js';
import type {OpenedFile} from '../fragments/open-inside.js';

/** O_NONBLOCK: a FIFO must not hold us. 0 where it does not exist. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links run in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is no regular file',
  ENODEV: 'it is no regular file',
  ERR_INVALID_ARG_VALUE: 'no path may hold a NUL character',
};

/** Opens the file at `path`. Throws FdlError `path-unsuitable`, or `disk-failed` when the disk did not let us. */
export async function openLocal(path: string): Promise<OpenedFile> {
  try {
    const handle = await open(path, FLAGS);
    try {
      const stats = await handle.stat({bigint: true});
      if (!stats.isFile())
        throw unsuitable(path, stats.isDirectory() ? 'it is a folder' : 'it is no regular file');
      return {handle, stamp: stampOf(stats), size: Number(stats.size), modifiedNs: stats.mtimeNs};
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw readError(error, path);
  }
}

/** An error of reading `path` in words; an FdlError stays as it is. */
export function readError(cause: unknown, path: string): FdlError {
  if (cause instanceof FdlError) return cause;
  const {code} = cause as NodeJS.ErrnoException;
  if (typeof code !== 'string') return asFdlError(cause);
  return REASONS[code] === undefined ? readFailed(path, code, cause) : unsuitable(path, REASONS[code], cause);
}

/** The disk refused with the errno `code`. */
export function readFailed(path: string, code: string, cause?: unknown): FdlError {
  return new FdlError('disk-failed', `cannot read ${path} (${code})`, {
    hint: 'Look at the disk, then try again.',
    cause,
  });
}

/** The file was written to while it was being read: what was hashed is no content it ever had. */
export function changedMeanwhile(path: string): FdlError {
  return new FdlError('path-unsuitable', `${path} changed while it was being read`, {
    hint: 'Try again when nothing writes to it.',
  });
}

function unsuitable(path: string, why: string, cause?: unknown): FdlError {
  return new FdlError('path-unsuitable', `cannot read ${path}: ${why}`, {
    hint: 'Name a file that can be read.',
    cause,
  });
}
