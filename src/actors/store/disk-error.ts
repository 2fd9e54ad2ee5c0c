/** What an errno of the output's folder means to the user. */

import {asFdlError, FdlError} from '../../errors.js';
import {formatBytes} from '../../units.js';
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
  const unwritable = UNWRITABLE[code];
  if (unwritable !== undefined) {
    return new FdlError('disk-unwritable', `cannot ${doing} ${path} (${code})`, {hint: unwritable, cause});
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

/** A full disk that was waited for in vain, or not at all: how much more must fit. `error`: what it said. */
export function withNeed(error: FdlError, needBytes: number): FdlError {
  const {message, hint, cause} = error;
  return new FdlError('disk-full', `${message}; ${formatBytes(needBytes)} more must fit`, {
    ...(hint !== undefined && {hint}),
    cause,
  });
}

/** Somebody removed what we were writing: what still goes into it would be lost with it. */
export function removedMeanwhile(path: string): FdlError {
  return new FdlError('disk-failed', `${path} is gone: it or its folder was removed while it was filled`, {
    hint: 'Make the folder anew if it is missing, and run the same command again.',
  });
}

const GO_ON = 'or name another place with --output; what is verified is kept.';

/** Permissions and mounts can be changed, so the same command can go on then. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: `You may not write there: change its permissions and run the same command again, ${GO_ON}`,
  EPERM: `You may not write there: change its permissions and run the same command again, ${GO_ON}`,
  EROFS: `That file system is read-only: make it writable and run the same command again, ${GO_ON}`,
};

const UNSUITABLE: Readonly<Record<string, string>> = {
  ENOENT: 'Create the folder, or name another place with --output.',
  ENOTDIR: 'A part of the path is no folder; name another place with --output.',
  ENAMETOOLONG: 'Choose a shorter name with --output.',
  ELOOP: 'A symbolic link is in the way; remove it or name another place with --output.',
  ERR_INVALID_ARG_VALUE: 'No path may hold a NUL character; name another place with --output.',
  EEXIST: 'Something else is in the way; remove it or name another place with --output.',
  EISDIR: 'A folder is in the way; remove it or name another place with --output.',
};
