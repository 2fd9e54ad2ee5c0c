/** Runs in a worker thread: what is there already where files shall go. */

import {closeSync, constants, fstatSync, lstatSync, openSync} from 'node:fs';
import type {Geometry, HexDigest} from '../model.js';
import {smallFileDigests} from '../protocol/digests.js';
import {type DiskTrouble, diskTrouble} from './disk-trouble.js';
import {readFully} from './read-fully.js';
import {scratchOf} from './scratch.js';

export interface CheckFilesTask {
  readonly geometry: Geometry;
  readonly files: readonly FileToCheck[];
}

export interface FileToCheck {
  /** Absolute. */
  readonly path: string;
  /** What it should be, when that is at most one block; null: only whether something is there. */
  readonly wanted: {readonly size: number; readonly root: HexDigest} | null;
}

export type FoundFile =
  | {readonly kind: 'absent'}
  /** A regular file: the wanted one, another one, or (not looked into) any. */
  | {readonly kind: 'same'; readonly sha256: HexDigest}
  | {readonly kind: 'other'}
  | {readonly kind: 'some'}
  /** Something that must not be replaced. */
  | {readonly kind: 'folder' | 'link' | 'special'}
  | DiskTrouble;

/** One answer for each file, in order. */
export function checkFiles({files, geometry}: CheckFilesTask): FoundFile[] {
  return files.map((file) => {
    try {
      return checkFile(file, geometry);
    } catch (error) {
      return diskTrouble(error);
    }
  });
}

function checkFile({path, wanted}: FileToCheck, geometry: Geometry): FoundFile {
  const stats = lstatSync(path, {throwIfNoEntry: false});
  if (stats === undefined) return {kind: 'absent'};
  if (stats.isDirectory()) return {kind: 'folder'};
  if (stats.isSymbolicLink()) return {kind: 'link'};
  if (!stats.isFile()) return {kind: 'special'};
  if (wanted === null) return {kind: 'some'};
  if (stats.size !== wanted.size) return {kind: 'other'};
  const found = smallFileAt(path, wanted.size, geometry);
  return found?.root === wanted.root ? {kind: 'same', sha256: found.sha256} : {kind: 'other'};
}

/** The digests of a file that has exactly `size` bytes, at most one block; null when it is none or not so long. */
export function smallFileAt(path: string, size: number, geometry: Geometry) {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size !== size) return null;
    const bytes = scratchOf(size);
    return readFully(fd, bytes, 0) === size ? smallFileDigests(bytes, geometry) : null;
  } finally {
    closeSync(fd);
  }
}
