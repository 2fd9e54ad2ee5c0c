/** Files and folders for tests: deterministic content made fast, in memory where the machine offers it. */

import {createCipheriv, createHash} from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

const CHUNK_BYTES = 4 * 1024 * 1024;
const PAGE_BYTES = 4_096;
const SHARED_MEMORY = '/dev/shm';

/** The part of node:test's context that helpers need: something to run when the test has ended. */
export interface Cleanup {
  after(action: () => void | Promise<void>): void;
}

/**
 * Cleans up in the order that makes sense, last first: processes end before their folder goes. node:test runs what it is
 * given in the order it was given.
 */
export function lastFirst(t: Cleanup): Cleanup {
  const actions: (() => void | Promise<void>)[] = [];
  t.after(async () => {
    const failures: unknown[] = [];
    for (const action of actions.reverse()) {
      await Promise.resolve()
        .then(action)
        .catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'cleaning up failed');
  });
  return {after: (action) => void actions.push(action)};
}

/** A new empty folder that goes away with the test; in memory (/dev/shm) where there is one. */
export function tempFolder(t: Cleanup, label = 'test'): string {
  const folder = mkdtempSync(join(tempRoot(), `fdl-${label}-`));
  t.after(() => rmSync(folder, {recursive: true, force: true, maxRetries: 3}));
  return folder;
}

/** Bytes that may still be written below the place where `tempFolder` makes its folders. */
export function tempBytesFree(): number {
  const {bavail, bsize} = statfsSync(tempRoot());
  return bavail * bsize;
}

function tempRoot(): string {
  try {
    accessSync(SHARED_MEMORY, constants.W_OK);
    return SHARED_MEMORY;
  } catch {
    return tmpdir();
  }
}

/**
 * Writes `size` bytes that depend on `seed` alone: random chunks (AES-CTR), each page of them stamped with its number, so
 * that no two blocks of a file are equal and gigabytes are made at the speed of memory. Makes folders.
 */
export function writeRandomFile(path: string, size: number, seed = 1): void {
  mkdirSync(dirname(path), {recursive: true});
  const chunk = randomChunk(seed);
  const descriptor = openSync(path, 'w');
  try {
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      for (let page = 0; page < CHUNK_BYTES; page += PAGE_BYTES) {
        chunk.writeUInt32BE((at + page) / PAGE_BYTES, page);
      }
      writeAll(descriptor, chunk.subarray(0, Math.min(CHUNK_BYTES, size - at)));
    }
  } finally {
    closeSync(descriptor);
  }
}

function randomChunk(seed: number): Buffer {
  const key = createHash('sha256').update(`fdl test ${seed}`).digest();
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(
    Buffer.alloc(CHUNK_BYTES),
  );
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** SHA-256 of a file's content, 64 hex digits. */
export function sha256Of(path: string): string {
  const hash = createHash('sha256');
  eachChunk(path, (chunk) => hash.update(chunk));
  return hash.digest('hex');
}

/** Whether two files hold the same bytes; compares them, so it does not rest on any hash. */
export function sameBytes(left: string, right: string): boolean {
  const leftFile = openSync(left, 'r');
  const rightFile = openSync(right, 'r');
  const leftBytes = Buffer.alloc(CHUNK_BYTES);
  const rightBytes = Buffer.alloc(CHUNK_BYTES);
  try {
    for (;;) {
      const leftCount = readFull(leftFile, leftBytes);
      const rightCount = readFull(rightFile, rightBytes);
      if (leftCount !== rightCount) return false;
      if (leftBytes.compare(rightBytes, 0, rightCount, 0, leftCount) !== 0) return false;
      if (leftCount < CHUNK_BYTES) return true;
    }
  } finally {
    closeSync(leftFile);
    closeSync(rightFile);
  }
}

function eachChunk(path: string, use: (chunk: Buffer) => void): void {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(CHUNK_BYTES);
  try {
    for (let count = readFull(file, bytes); count > 0; count = readFull(file, bytes)) {
      use(bytes.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
}

function readFull(file: number, bytes: Buffer): number {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(file, bytes, done, bytes.length - done, null);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Everything below a folder, sorted, folders with a slash at their end: what a command has left there. */
export function contentsOf(folder: string): string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .map(
      (entry) =>
        `${join(entry.parentPath, entry.name).slice(folder.length + 1)}${entry.isDirectory() ? '/' : ''}`,
    )
    .sort();
}
