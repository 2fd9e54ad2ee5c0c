/** Runs in a worker thread: does a block on disk have the digest it should have? */

import {blockDigest, toHex} from '../protocol/digests.js';
import {type DiskTrouble, diskTrouble} from './disk-trouble.js';
import {type FileCalls, systemFiles} from './file-calls.js';
import {readFully} from './read-fully.js';
import {scratchOf} from './scratch.js';

export interface CheckBlockTask {
  readonly fd: number;
  /** Place in the file, in bytes. */
  readonly position: number;
  readonly length: number;
  /** Expected block digest, hex. */
  readonly digest: string;
}

export type CheckBlockResult =
  | {readonly kind: 'right'}
  | {readonly kind: 'wrong'; readonly received: string}
  | DiskTrouble;

/** A block that ends early is wrong: its digest is that of what is there. */
export function checkBlock(task: CheckBlockTask, files: FileCalls = systemFiles): CheckBlockResult {
  try {
    const target = scratchOf(task.length);
    const read = readFully(task.fd, target, task.position, files);
    const received = toHex(blockDigest(target.subarray(0, read)));
    return received === task.digest ? {kind: 'right'} : {kind: 'wrong', received};
  } catch (error) {
    return diskTrouble(error);
  }
}
