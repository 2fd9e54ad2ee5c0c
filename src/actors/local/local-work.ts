/** What all work on local files is given, and how it tells how far it is. */

import {FdlError} from '../../errors.js';
import {HASHING_NEWS_MS} from '../../limits.js';
import type {Geometry} from '../../model.js';
import type {Workers} from '../../workers/pool.js';
import type {Clock} from '../clock.js';

/** How far the work on one file is. */
export interface LocalProgress {
  /** The path as it was given. */
  readonly path: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Options that every work on a local file takes. */
export interface LocalOptions {
  /** Ends the work; it then throws FdlError `interrupted`. */
  readonly signal?: AbortSignal;
  /** Told a few times a second. */
  readonly onProgress?: (progress: LocalProgress) => void;
}

/** The outside world of local work. */
export interface LocalContext {
  readonly geometry: Geometry;
  readonly workers: Workers;
  readonly clock: Clock;
}

/** Work at the threads, as it can be watched and ended. */
export interface Watched {
  /** Bytes of the file that have been gone through. */
  doneBytes(): number;
  readonly totalBytes: number;
  cancel(): void;
}

/** Tells `options` of the work until the function it returns is called, and cancels it with their signal. */
export function watch(work: Watched, path: string, clock: Clock, options: LocalOptions): () => void {
  const {signal, onProgress} = options;
  const {totalBytes} = work;
  const tell = (): void =>
    onProgress?.({path, doneBytes: Math.min(work.doneBytes(), totalBytes), totalBytes});
  const onAbort = (): void => work.cancel();
  let timer = clock.setTimeout(tick, HASHING_NEWS_MS);
  function tick(): void {
    tell();
    timer = clock.setTimeout(tick, HASHING_NEWS_MS);
  }
  if (signal?.aborted === true) work.cancel();
  signal?.addEventListener('abort', onAbort, {once: true});
  return () => {
    clock.clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    tell();
  };
}

/** The work was ended by its signal. */
export function stopped(path: string): FdlError {
  return new FdlError('interrupted', `${path} was not read to its end`, {
    hint: 'Run it again: it starts anew.',
  });
}
