/** Errors of a set as a whole, and which errors of a file are those of all. */

import {FdlError} from '../../../errors.js';

/** Whatever else is tried meets the same. */
const HOPELESS: ReadonlySet<FdlError['code']> = new Set([
  'disk-full',
  'disk-failed',
  'disk-unwritable',
  'servers-lost',
  'unexpected',
]);

/** Whether the files that are left would fail as well. `isDeserted`: no server could be reached lately. */
export function isHopeless({code}: FdlError, isDeserted: boolean): boolean {
  return HOPELESS.has(code) || (code === 'no-server-reachable' && isDeserted);
}

/** What a set fails with that was stopped from outside. */
export function abortErrorOf(signal: AbortSignal | undefined): FdlError {
  const reason: unknown = signal?.reason;
  return reason instanceof FdlError ? reason : new FdlError('interrupted', 'the download was stopped');
}

/** Every server that lists the file is banned. */
export function nobodyLeft(name: string): FdlError {
  return new FdlError('content-unverifiable', `no server is left that may bring ${name}`, {
    hint: 'Those that have it sent wrong content. Add another server; what is verified is kept.',
  });
}
