/** Runs in a worker thread: verifies one received block and writes it to its place in the part file. */

import {blockDigest, toHex} from '../protocol/digests.js';
import {type DiskTrouble, diskTrouble} from './disk-trouble.js';
import {type FileCalls, systemFiles} from './file-calls.js';
import {writeFully} from './write-fully.js';

export interface StoreBlockTask {
  /** The slabs; the block lies at `start`, `length` bytes long. Nobody writes there until the task has ended. */
  readonly memory: SharedArrayBuffer;
  readonly start: number;
  readonly length: number;
  /** The main thread's descriptor: numbers of descriptors hold for the whole process. */
  readonly fd: number;
  /** Place in the file, in bytes. */
  readonly position: number;
  /** Expected block digest, hex: small Buffers would clone the 64 KiB pool they lie in. */
  readonly digest: string;
}

/** How long what was stored took, in milliseconds: always measured, since two numbers cost less than to ask for them. */
export interface Timing {
  readonly hashMs: number;
  readonly writeMs: number;
}

export type StoreBlockResult =
  | ({readonly kind: 'stored'} & Timing)
  | {readonly kind: 'wrong'; readonly received: string}
  | DiskTrouble;

/** Only bytes that hash to `digest` reach the file. */
export function storeBlock(task: StoreBlockTask, files: FileCalls = systemFiles): StoreBlockResult {
  const bytes = new Uint8Array(task.memory, task.start, task.length);
  const startMs = performance.now();
  const received = toHex(blockDigest(bytes));
  if (received !== task.digest) return {kind: 'wrong', received};
  const hashedMs = performance.now();
  try {
    writeFully(task.fd, bytes, task.position, files);
    return {kind: 'stored', hashMs: hashedMs - startMs, writeMs: performance.now() - hashedMs};
  } catch (error) {
    return diskTrouble(error);
  }
}
