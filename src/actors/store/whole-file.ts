/** Hashing a whole file on disk in a worker thread. */

import {FdlError} from '../../errors.js';
import {FILE_TASK_BYTES_PER_SECOND_MIN, HASHING_NEWS_MS, TASK_TIMEOUT_MS} from '../../limits.js';
import type {HexDigest, Manifest} from '../../model.js';
import type {Workers} from '../../workers/pool.js';
import type {TaskControl} from '../../workers/task-control.js';
import type {Clock} from '../clock.js';
import type {DiskFile} from './disk.js';
import {errnoError} from './disk-error.js';

export interface WholeFile {
  readonly workers: Workers;
  readonly file: DiskFile;
  readonly path: string;
  readonly manifest: Manifest;
  /** Also what the root is made of. */
  readonly pieces: boolean;
  readonly control: TaskControl;
  readonly clock: Clock;
  /** Told every HASHING_NEWS_MS. */
  readonly onHashing: (doneBytes: number) => void;
}

/** SHA-256 and, with `pieces`, fragment digests; null when the file is shorter than the manifest says. */
export async function hashOf(whole: WholeFile): Promise<{
  readonly sha256: HexDigest;
  readonly fragmentDigests: Uint8Array;
} | null> {
  const {workers, file, path, manifest, pieces, control} = whole;
  const {size, geometry} = manifest;
  const deadlineMs = TASK_TIMEOUT_MS + (size / FILE_TASK_BYTES_PER_SECOND_MIN) * 1000;
  const task = {fd: file.fd, size, geometry, pieces, control: control.shared};
  control.report(0); // of a file before
  const stopTelling = tellProgress(whole);
  const result = await workers.run('hash-file', task, {deadlineMs}).finally(stopTelling);
  switch (result.kind) {
    case 'hashed':
      return result;
    case 'short':
      return null;
    case 'cancelled':
      throw new FdlError('interrupted', `stopped while checking ${path}`);
    case 'disk':
      throw errnoError(result.code, path, 'read');
  }
}

function tellProgress({clock, control, onHashing}: WholeFile): () => void {
  let timer: unknown;
  const wait = (): void => {
    timer = clock.setTimeout(() => {
      onHashing(control.doneBytes);
      wait();
    }, HASHING_NEWS_MS);
  };
  wait();
  return () => clock.clearTimeout(timer);
}
