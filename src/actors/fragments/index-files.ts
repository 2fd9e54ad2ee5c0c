/** Reads and writes `index.json` and `index.blocks` of one fragments folder. */

import {randomBytes} from 'node:crypto';
import {type FileHandle, open, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {blockCount, blocksPerFragment} from '../../geometry.js';
import {INDEX_BYTES_MAX} from '../../limits.js';
import type {Geometry, Manifest} from '../../model.js';
import {DIGEST_BYTES, fragmentDigest} from '../../protocol/digests.js';
import {BLOCKS_FILE, INDEX_FILE} from './fragment-names.js';
import {decodeIndex, encodeIndex, type IndexRecord} from './index-record.js';
import {openInside} from './open-inside.js';

/** An index as found on disk. */
export type FoundIndex =
  | {readonly kind: 'absent'}
  | {readonly kind: 'unusable'; readonly reason: string}
  /** `ofThisPlace`: written here; else its stamps belong to the files it was copied from. */
  | {readonly kind: 'found'; readonly record: IndexRecord; readonly ofThisPlace: boolean};

/** Reads the index of `folder` (relative to `root`). */
export async function readIndex(root: string, folder: string, geometry: Geometry): Promise<FoundIndex> {
  const opened = await openInside(root, `${folder}/${INDEX_FILE}`);
  if (opened === null) return {kind: 'absent'};
  try {
    if (opened.size > INDEX_BYTES_MAX) return {kind: 'unusable', reason: 'it is too large'};
    const record = decodeIndex(await opened.handle.readFile('utf8'), geometry);
    if (typeof record === 'string') return {kind: 'unusable', reason: record};
    const inode = String((await opened.handle.stat({bigint: true})).ino);
    return {kind: 'found', record, ofThisPlace: record.inode === inode};
  } finally {
    await opened.handle.close();
  }
}

/**
 * Writes the index of the absolute `folder` as a new file and puts it in place, its content synced: readers see the old or
 * the new. That it is the new after a power cut as well is for the caller, who syncs the folder when all is there.
 */
export async function writeIndex(folder: string, record: Omit<IndexRecord, 'inode'>): Promise<void> {
  await replaceFile(folder, INDEX_FILE, async (file) => {
    const {ino} = await file.stat({bigint: true});
    await file.writeFile(encodeIndex({...record, inode: String(ino)}));
  });
}

/** Writes the digests of all blocks, 32 bytes each, in the same way. */
export async function writeBlockDigests(folder: string, digests: Uint8Array): Promise<void> {
  await replaceFile(folder, BLOCKS_FILE, (file) => file.writeFile(digests));
}

/**
 * The block digests of one fragment as they lie on disk, unchecked: their fragment digest is in the index. Null when
 * they are not there.
 */
async function readBlockDigests(
  root: string,
  folder: string,
  manifest: Manifest,
  fragment: number,
): Promise<Uint8Array | null> {
  const opened = await openInside(root, `${folder}/${BLOCKS_FILE}`);
  if (opened === null) return null;
  try {
    const {size, geometry} = manifest;
    const digests = new Uint8Array(blockCount(size, geometry, fragment) * DIGEST_BYTES);
    const position = (fragment - 1) * blocksPerFragment(geometry) * DIGEST_BYTES;
    return (await readAll(opened.handle, digests, position)) ? digests : null;
  } finally {
    await opened.handle.close();
  }
}

/** The block digests of a fragment when those on disk give its fragment digest; else null. */
export async function rightBlockDigests(
  root: string,
  folder: string,
  known: Pick<IndexRecord, 'manifest' | 'fragmentDigests'>,
  fragment: number,
): Promise<Uint8Array | null> {
  const digests = await readBlockDigests(root, folder, known.manifest, fragment);
  if (digests === null) return null;
  const expected = known.fragmentDigests.subarray((fragment - 1) * DIGEST_BYTES, fragment * DIGEST_BYTES);
  return fragmentDigest(digests).equals(expected) ? digests : null;
}

/** Makes what was created, renamed or removed in a folder last. Not every system can sync a folder; then it is as it is. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  }
}

/** Fills `target` from `position`; false when the file ends before. */
export async function readAll(file: FileHandle, target: Uint8Array, position: number): Promise<boolean> {
  let done = 0;
  while (done < target.length) {
    const {bytesRead} = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

async function replaceFile(
  folder: string,
  name: string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = join(folder, `.${name}-${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
}
