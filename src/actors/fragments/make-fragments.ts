/** Hashes a file, cuts it into fragments and writes their index: what a server has of a file, and what `split` makes. */

import {join} from 'node:path';
import {fragmentCount} from '../../geometry.js';
import type {FileStamp} from '../../machines/version.js';
import type {Geometry, Manifest} from '../../model.js';
import {rootOf} from '../../protocol/digests.js';
import type {Workers} from '../../workers/pool.js';
import {fileStamp, stampOf} from './file-stamp.js';
import {fragmentFile} from './fragment-names.js';
import {FileHashing, type Hashed, type Hashing} from './hash-version.js';
import {writeBlockDigests, writeIndex} from './index-files.js';
import type {IndexRecord} from './index-record.js';
import type {OpenedFile} from './open-inside.js';

export interface MakeRequest {
  readonly workers: Workers;
  readonly geometry: Geometry;
  /** Of the file: fragments are called after it. */
  readonly name: string;
  readonly opened: OpenedFile;
  /** Absolute; empty, and of this process alone until it is put in its place. */
  readonly folder: string;
  /** What the index says of the original: its stamp where it lies beside, null for a copy. */
  readonly original: FileStamp | null;
  /** Only the index, no fragments: they are read from the file itself. */
  readonly inPlace: boolean;
  /** Told when the hashing starts; what it returns is called, and waited for, when that has ended. */
  readonly onStart: (hashing: Hashing) => () => Promise<void>;
}

export type Made =
  | {readonly kind: 'made'; readonly record: Omit<IndexRecord, 'inode'>}
  /** The file is not what it was when it was opened. */
  | {readonly kind: 'changed'}
  | Exclude<Hashed, {readonly kind: 'hashed' | 'short'}>;

/** Fills `folder`. Throws errno errors of the disk that are not those of reading or cutting (`disk`). */
export async function makeFragments(request: MakeRequest): Promise<Made> {
  const {workers, geometry, name, opened, folder, original, inPlace} = request;
  const {handle, size, stamp} = opened;
  const copyTo = inPlace ? null : folder;
  const hashing = new FileHashing(workers, {fd: handle.fd, name, size, geometry, copyTo});
  const ended = request.onStart(hashing);
  let hashed: Hashed;
  try {
    hashed = await hashing.start();
  } finally {
    await ended();
  }
  if (hashed.kind === 'disk' || hashed.kind === 'cancelled') return hashed;
  // What was hashed in pieces and as a whole must be one content.
  const after = stampOf(await handle.stat({bigint: true}));
  if (hashed.kind === 'short' || after !== stamp) return {kind: 'changed'};

  const {sha256, fragmentDigests, blockDigests} = hashed;
  const root = rootOf({size, geometry, sha256, fragmentDigests});
  const manifest: Manifest = {size, geometry, sha256, root};
  const fragments = inPlace ? null : await writtenStamps(name, folder, fragmentCount(size, geometry));
  const modifiedMs = Number(opened.modifiedNs / 1_000_000n);
  const record = {original, manifest, modifiedMs, fragmentDigests, fragments};
  await writeBlockDigests(folder, blockDigests);
  await writeIndex(folder, record);
  return {kind: 'made', record};
}

async function writtenStamps(
  name: string,
  folder: string,
  count: number,
): Promise<readonly (FileStamp | null)[]> {
  const stamps: (FileStamp | null)[] = [];
  for (let fragment = 1; fragment <= count; fragment++) {
    stamps.push(await fileStamp(join(folder, fragmentFile(name, fragment))));
  }
  return stamps;
}
