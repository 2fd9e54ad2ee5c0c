/** What an errno of the output's folder means to the user. */

import {asFdlError, FdlError} from '../../errors.js';
import {errnoOf} from './disk.js';

/** Errors that room on the disk cures. */
export function isDiskFull(code: string): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** An error of the disk while `doing` something with `path` (or what the error itself names); an FdlError stays as it is. */
export function diskError(cause: unknown, path: string, doing: string): FdlError {
  const code = errnoOf(cause);
  const isSystems = code !== '' && (!code.startsWith('ERR_') || code in UNSUITABLE);
  if (cause instanceof FdlError || !isSystems) return asFdlError(cause);
  const where =
    cause instanceof Error && 'path' in cause && typeof cause.path === 'string' ? cause.path : path;
  return errnoError(code, where, doing, cause);
}

/** The same for an errno that a worker told of. */
export function errnoError(code: string, path: string, doing: string, cause?: unknown): FdlError {
  if (isDiskFull(code)) {
    return new FdlError('disk-full', `the disk is full (${code}): cannot ${doing} ${path}`, {
      hint: 'Make room and run the same command again; what is verified is kept.',
      cause,
    });
  }
  const hint = UNSUITABLE[code];
  if (hint !== undefined) {
    return new FdlError('output-unsuitable', `cannot ${doing} ${path} (${code})`, {hint, cause});
  }
  return new FdlError('disk-failed', `the disk failed (${code}): cannot ${doing} ${path}`, {
    hint: 'Look at the disk; then run the same command again: what it holds is checked before it counts.',
    cause,
  });
}

const UNSUITABLE: Readonly<Record<string, string>> = {
  ENOENT: 'Create the folder, or name another place with --output.',
  ENOTDIR: 'A part of the path is no folder; name another place with --output.',
  EACCES: 'You may not write there; name another place with --output.',
  EPERM: 'You may not write there; name another place with --output.',
  EROFS: 'That file system is read-only; name another place with --output.',
  ENAMETOOLONG: 'Choose a shorter name with --output.',
  ELOOP: 'A symbolic link is in the way; remove it or name another place with --output.',
  ERR_INVALID_ARG_VALUE: 'No path may hold a NUL character; name another place with --output.',
  EEXIST: 'Something else is in the way; remove it or name another place with --output.',
  EISDIR: 'A folder is in the way; remove it or name another place with --output.',
};
