/** A fragment that may be damaged: looked at, made anew from the original, or no longer offered. */

import {rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {fragmentLength, fragmentOffset} from '../../../geometry.js';
import type {FileStamp, Version} from '../../../machines/version.js';
import {DIGEST_BYTES, toHex} from '../../../protocol/digests.js';
import {TaskControl} from '../../../workers/task-control.js';
import {fileStamp} from '../../fragments/file-stamp.js';
import {FRAGMENTS_FOLDER, fragmentFile, fragmentsFolder} from '../../fragments/fragment-names.js';
import {deadlineOf} from '../../fragments/hash-version.js';
import {readIndex, rightBlockDigests, syncFolder, writeIndex} from '../../fragments/index-files.js';
import {type OpenedFile, openInside} from '../../fragments/open-inside.js';
import {makeTemporaryFolder} from '../../fragments/temporary-folders.js';
import type {LibraryContext} from './index-original.js';

/** How it ended: the bytes were right, were made anew, or are gone. */
export type RepairOutcome = 'intact' | 'remade' | 'withdrawn';

export interface Repair {
  readonly outcome: RepairOutcome;
  /** Stamp of the fragment's file now; null when it is withdrawn. In place: stamp of the original. */
  readonly stamp: FileStamp | null;
}

/**
 * Hashes the fragment now on disk and does what has to follow. `originalStamp`: what the original must be to make the
 * fragment from it; null for a copy. Throws errno errors of the disk.
 */
export async function repairFragment(
  context: LibraryContext,
  version: Version,
  fragment: number,
  originalStamp: FileStamp | null,
): Promise<Repair> {
  if (version.source.kind === 'original')
    return checkInPlace(context, version, fragment, version.source.stamp);
  const path = `${fragmentsFolder(version.name)}/${fragmentFile(version.name, fragment)}`;
  const intact = await checkFile(context, version, fragment, path);
  const stamp = intact ?? (await remake(context, version, fragment, path, originalStamp));
  if (stamp !== version.source.stamps[fragment - 1]) await remember(context, version, fragment, stamp);
  if (stamp === null) return {outcome: 'withdrawn', stamp};
  return {outcome: intact === null ? 'remade' : 'intact', stamp};
}

/**
 * The stamp another server of this folder recorded for a fragment that it made anew, when that is what lies there now
 * and of the same version; else null.
 */
export async function adoptedStamp(
  context: LibraryContext,
  version: Version,
  fragment: number,
): Promise<FileStamp | null> {
  const folder = fragmentsFolder(version.name);
  const found = await readIndex(context.root, folder, context.geometry);
  if (found.kind !== 'found' || !found.ofThisPlace) return null;
  if (found.record.manifest.root !== version.manifest.root) return null;
  const recorded = found.record.fragments?.[fragment - 1] ?? null;
  const present = await fileStamp(join(context.root, folder, fragmentFile(version.name, fragment)));
  return present !== null && present === recorded ? present : null;
}

/** Whether the index on disk is that of this version, and knows the blocks of the fragment. */
export async function isIndexed(
  context: LibraryContext,
  version: Version,
  fragment: number,
): Promise<boolean> {
  const found = await readIndex(context.root, fragmentsFolder(version.name), context.geometry);
  if (found.kind !== 'found' || !found.ofThisPlace) return false;
  if (found.record.manifest.root !== version.manifest.root) return false;
  return (await rightBlockDigests(context.root, fragmentsFolder(version.name), version, fragment)) !== null;
}

async function checkInPlace(
  context: LibraryContext,
  version: Version,
  fragment: number,
  stamp: FileStamp,
): Promise<Repair> {
  const opened = await openInside(context.root, version.name);
  if (opened === null) return {outcome: 'withdrawn', stamp: null};
  try {
    const position = fragmentOffset(context.geometry, fragment);
    const right =
      opened.stamp === stamp && (await digests(context, version, fragment, opened, position, null));
    return right ? {outcome: 'intact', stamp} : {outcome: 'withdrawn', stamp: null};
  } finally {
    await opened.handle.close();
  }
}

async function checkFile(
  context: LibraryContext,
  version: Version,
  fragment: number,
  path: string,
): Promise<FileStamp | null> {
  const opened = await openInside(context.root, path);
  if (opened === null) return null;
  try {
    return (await digests(context, version, fragment, opened, 0, null)) ? opened.stamp : null;
  } finally {
    await opened.handle.close();
  }
}

async function remake(
  context: LibraryContext,
  version: Version,
  fragment: number,
  path: string,
  originalStamp: FileStamp | null,
): Promise<FileStamp | null> {
  const original = originalStamp === null ? null : await openInside(context.root, version.name);
  if (original === null) return null;
  const temporary = await makeTemporaryFolder(join(context.root, FRAGMENTS_FOLDER));
  try {
    if (original.stamp !== originalStamp) return null;
    const copy = join(temporary, 'fragment');
    const position = fragmentOffset(context.geometry, fragment);
    if (!(await digests(context, version, fragment, original, position, copy))) return null;
    const target = join(context.root, path);
    await rename(copy, target);
    await syncFolder(join(context.root, fragmentsFolder(version.name)));
    return await fileStamp(target);
  } finally {
    await original.handle.close();
    await rm(temporary, {recursive: true, force: true});
  }
}

/** Whether the fragment's bytes at `position` of the file digest as they should; copies them on the way when asked. */
async function digests(
  context: LibraryContext,
  version: Version,
  fragment: number,
  {handle, size: fileSize}: OpenedFile,
  position: number,
  copyTo: string | null,
): Promise<boolean> {
  const {size, geometry} = version.manifest;
  const length = fragmentLength(size, geometry, fragment);
  if (fileSize < position + length) return false;
  const control = new TaskControl().shared;
  const task = {fd: handle.fd, position, length, blockBytes: geometry.blockBytes, copyTo, control};
  const result = await context.workers.run('split-fragment', task, {deadlineMs: deadlineOf(size)});
  const expected = version.fragmentDigests.subarray((fragment - 1) * DIGEST_BYTES, fragment * DIGEST_BYTES);
  return result.kind === 'split' && result.fragmentDigest === toHex(expected);
}

/** Records the new stamp in the index on disk, unless another version lies there meanwhile. */
async function remember(
  context: LibraryContext,
  version: Version,
  fragment: number,
  stamp: FileStamp | null,
): Promise<void> {
  const folder = fragmentsFolder(version.name);
  const found = await readIndex(context.root, folder, context.geometry);
  if (found.kind !== 'found' || !found.ofThisPlace) return;
  if (found.record.manifest.root !== version.manifest.root) return;
  const fragments = [...(found.record.fragments ?? [])];
  fragments[fragment - 1] = stamp;
  const path = join(context.root, folder);
  await writeIndex(path, {...found.record, fragments});
  await syncFolder(path);
}
