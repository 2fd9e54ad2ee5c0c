/** Errors of a set as a whole, and which errors of a file are those of all. */

import {existsSync} from 'node:fs';
import {dirname} from 'node:path';
import {closestPaths} from '../../../closest.js';
import {FdlError} from '../../../errors.js';
import {SIMILAR_NAMES_MAX} from '../../../limits.js';
import {formatBytes} from '../../../units.js';
import {errnoError, removedMeanwhile} from '../../store/disk-error.js';

/** Whatever else is tried meets the same. */
const HOPELESS: ReadonlySet<FdlError['code']> = new Set(['disk-full', 'servers-lost', 'unexpected']);

/** What surrounds a file that failed. */
export interface SetStanding {
  /** Some server could be reached lately. */
  readonly hasServers: boolean;
  /** The output folder is there and may be written to. */
  readonly hasPlace: boolean;
}

/** Whether the files that are left would fail as well. */
export function isHopeless({code}: FdlError, {hasServers, hasPlace}: SetStanding): boolean {
  switch (code) {
    case 'no-server-reachable':
      return !hasServers;
    case 'disk-failed':
    case 'disk-unwritable':
      return !hasPlace;
    default:
      return HOPELESS.has(code);
  }
}

/** What a worker met that was to write a file. */
export function storeError(code: string, path: string): FdlError {
  return placeError(errnoError(code, path, 'write'), path);
}

/** An error of a file whose folder was there before: if that is gone, it is why, and the same for all files in it. */
export function placeError(error: FdlError, path: string): FdlError {
  if (!OF_PLACE.has(error.code) || existsSync(dirname(path))) return error;
  let gone = dirname(path);
  while (!existsSync(dirname(gone))) gone = dirname(gone);
  return removedMeanwhile(gone);
}

const OF_PLACE: ReadonlySet<FdlError['code']> = new Set([
  'output-unsuitable',
  'disk-unwritable',
  'disk-failed',
]);

/** The files that are left need `needBytes` below `folder`, and there is no room. */
export function noRoomLeft(folder: string, needBytes: number, cause: FdlError): FdlError {
  return new FdlError(
    'disk-full',
    `the disk is full: ${formatBytes(needBytes)} more must fit below ${folder}`,
    {
      hint: 'Make room and run the same command again; what is verified is kept.',
      cause,
    },
  );
}

/** What a set fails with that was stopped from outside. */
export function abortErrorOf(signal: AbortSignal | undefined): FdlError {
  const reason: unknown = signal?.reason;
  return reason instanceof FdlError ? reason : new FdlError('interrupted', 'the download was stopped');
}

/** A file that was asked for by its name and that nobody has: which names on offer are near. */
export function withNearNames(error: FdlError, name: string, offered: Iterable<string>): FdlError {
  const near = error.code === 'file-not-found' ? closestPaths(name, offered, SIMILAR_NAMES_MAX) : [];
  if (near.length === 0) return error;
  const {message, hint = ''} = error;
  const names = near.map((path) => `'${path}'`).join(', ');
  return new FdlError('file-not-found', message, {
    hint: `Did you mean ${names}? ${hint}`.trim(),
    cause: error,
  });
}

/** Every server that lists the file is banned. */
export function nobodyLeft(name: string): FdlError {
  return new FdlError('content-unverifiable', `no server is left that may bring ${name}`, {
    hint: 'Those that have it sent wrong content. Add another server; what is verified is kept.',
  });
}
