/** All digests of a local file, by the worker threads. */

import type {HexDigest, Manifest} from '../../model.js';
import {rootOf} from '../../protocol/digests.js';
import {stampOf} from '../fragments/file-stamp.js';
import {FileHashing, type Hashed, type Hashing} from '../fragments/hash-version.js';
import type {OpenedFile} from '../fragments/open-inside.js';
import {changedMeanwhile, readFailed} from './local-file.js';
import {type LocalContext, type LocalOptions, stopped, type Watched, watch} from './local-work.js';

/** A file as it is now. */
export interface FileDigests {
  readonly manifest: Manifest;
  /** Time of last change, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** 32 bytes a fragment. */
  readonly fragmentDigests: Uint8Array;
  /** 32 bytes a block. */
  readonly blockDigests: Uint8Array;
}

/** Hashes an open file. Throws FdlError `interrupted`, `disk-failed`, or `path-unsuitable` when it changes meanwhile. */
export async function digestFile(
  context: LocalContext,
  path: string,
  opened: OpenedFile,
  options: LocalOptions,
): Promise<FileDigests> {
  const {geometry, workers, clock} = context;
  const {handle, size, stamp} = opened;
  const hashing = new FileHashing(workers, {fd: handle.fd, name: path, size, geometry, copyTo: null});
  const ended = watch(watched(hashing, size), path, clock, options);
  const hashed = await hashing.start().finally(ended);
  throwTrouble(hashed, path);
  if (hashed.kind !== 'hashed' || stampOf(await handle.stat({bigint: true})) !== stamp)
    throw changedMeanwhile(path);
  const {sha256, fragmentDigests, blockDigests} = hashed;
  const root: HexDigest = rootOf({size, geometry, sha256, fragmentDigests});
  const modifiedMs = Number(opened.modifiedNs / 1_000_000n);
  return {manifest: {size, geometry, sha256, root}, modifiedMs, fragmentDigests, blockDigests};
}

/** A hashing goes over each byte twice; people think of the file. */
export function watched(hashing: Hashing, size: number): Watched {
  return {doneBytes: () => hashing.doneBytes / 2, totalBytes: size, cancel: () => hashing.cancel()};
}

function throwTrouble(hashed: Hashed, path: string): void {
  if (hashed.kind === 'cancelled') throw stopped(path);
  if (hashed.kind === 'disk') throw readFailed(path, hashed.code);
}
