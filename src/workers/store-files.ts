/**
 * Runs in a worker thread: verifies small files that came in a bundle and gives them their names. A file is whole and
 * on the disk under a temporary name before it gets its own: a kill or a power cut leaves it right or not there.
 */

import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import type {Geometry, HexDigest} from '../model.js';
import {smallFileDigests} from '../protocol/digests.js';
import {smallFileAt} from './check-files.js';
import {type DiskTrouble, diskTrouble} from './disk-trouble.js';
import type {Timing} from './store-block.js';
import {writeFully} from './write-fully.js';

export interface StoreFilesTask {
  readonly geometry: Geometry;
  /** The slabs; nobody writes to the places of the files until the task has ended. */
  readonly memory: SharedArrayBuffer;
  readonly files: readonly FileToStore[];
  /** Replace what has the name. */
  readonly force: boolean;
}

export interface FileToStore {
  /** Where its bytes lie in the memory. */
  readonly start: number;
  readonly length: number;
  readonly root: HexDigest;
  /** SHA-256 that it must have as well; null: any. */
  readonly sha256: HexDigest | null;
  /** Absolute path of the file to be, and of its part, which is named for the root: whoever writes it writes the same. */
  readonly path: string;
  readonly part: string;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

export type StoredFile =
  | ({readonly kind: 'stored'; readonly sha256: HexDigest} & Timing)
  | {readonly kind: 'there-already'; readonly sha256: HexDigest}
  /** Not the bytes of the root. */
  | {readonly kind: 'wrong'; readonly received: HexDigest}
  /** The bytes of the root, which are not those of the SHA-256. */
  | {readonly kind: 'unwanted'; readonly sha256: HexDigest}
  /** Another file has the name, and stays. */
  | {readonly kind: 'exists'}
  | DiskTrouble;

/** One answer for each file, in order. The folder they lie in is not synced. */
export function storeFiles(task: StoreFilesTask): StoredFile[] {
  return task.files.map((file) => {
    try {
      return storeFile(file, task);
    } catch (error) {
      return diskTrouble(error);
    }
  });
}

function storeFile(file: FileToStore, {memory, geometry, force}: StoreFilesTask): StoredFile {
  const startMs = performance.now();
  const bytes = new Uint8Array(memory, file.start, file.length);
  const {root, sha256} = smallFileDigests(bytes, geometry);
  const hashedMs = performance.now();
  if (root !== file.root) return {kind: 'wrong', received: root};
  if (file.sha256 !== null && file.sha256 !== sha256) return {kind: 'unwanted', sha256};
  try {
    if (!publish(file, bytes, force)) return clash(file, sha256, geometry);
    return {kind: 'stored', sha256, hashMs: hashedMs - startMs, writeMs: performance.now() - hashedMs};
  } finally {
    removeIfThere(file.part);
  }
}

/** False: something has the name. Another run that begins meanwhile takes parts for leftovers, but not twice. */
function publish(file: FileToStore, bytes: Uint8Array, force: boolean): boolean {
  try {
    return writeAndName(file, bytes, force);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return writeAndName(file, bytes, force);
  }
}

function writeAndName(file: FileToStore, bytes: Uint8Array, force: boolean): boolean {
  writePart(file, bytes);
  if (!force) return linkTo(file);
  renameSync(file.part, file.path);
  return true;
}

function writePart({part, modifiedMs}: FileToStore, bytes: Uint8Array): void {
  const fd = openPart(part);
  try {
    writeFully(fd, bytes, 0);
    if (fstatSync(fd).size > bytes.length) ftruncateSync(fd, bytes.length);
    futimesSync(fd, modifiedMs / 1000, modifiedMs / 1000);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What a killed run left is written over, but only where it is a plain file with no other name. */
function openPart(part: string): number {
  const flags =
    constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const stats = lstatSync(part, {throwIfNoEntry: false});
  if (stats === undefined || (stats.isFile() && stats.nlink === 1)) return openSync(part, flags, 0o666);
  unlinkSync(part);
  return openSync(part, flags | constants.O_EXCL, 0o666);
}

/** `link` never replaces what appeared meanwhile. False: something has the name. */
function linkTo({part, path}: FileToStore): boolean {
  try {
    linkSync(part, path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST') return false;
    // Another run that fetches the same has taken the part away, to where it belongs.
    if (code === 'ENOENT' && isThere(path)) return false;
    if (!NO_LINKS.has(code)) throw error;
    if (isThere(path)) return false;
    renameSync(part, path);
    return true;
  }
}

const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EINVAL', 'EACCES']);

function clash({path, length, root}: FileToStore, sha256: HexDigest, geometry: Geometry): StoredFile {
  const stats = lstatSync(path, {throwIfNoEntry: false});
  const isSame = stats?.isFile() === true && smallFileAt(path, length, geometry)?.root === root;
  return isSame ? {kind: 'there-already', sha256} : {kind: 'exists'};
}

function isThere(path: string): boolean {
  return lstatSync(path, {throwIfNoEntry: false}) !== undefined;
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or a crumb that the next run uses: no reason to fail what is stored.
  }
}
