/** Runs in a worker thread: takes one block over from the part file of another version, verified. */

import {blockDigest, toHex} from '../protocol/digests.js';
import {type DiskTrouble, diskTrouble} from './disk-trouble.js';
import {type FileCalls, systemFiles} from './file-calls.js';
import {readFully} from './read-fully.js';
import {scratchOf} from './scratch.js';
import {writeFully} from './write-fully.js';

export interface CopyBlockTask {
  /** Descriptor of the older part. */
  readonly from: number;
  /** Descriptor of the part being made. */
  readonly to: number;
  /** Place in both files, in bytes. */
  readonly position: number;
  readonly length: number;
  /** Digest of the block in the new version, hex. */
  readonly digest: string;
}

export type CopyBlockResult =
  | {readonly kind: 'stored'}
  | {readonly kind: 'wrong'; readonly received: string}
  /** The older part cannot be read; that costs a fetch and nothing else. */
  | {readonly kind: 'unreadable'; readonly code: string}
  | DiskTrouble;

/** The older log is only a hint: what is written was hashed a moment before. */
export function copyBlock(task: CopyBlockTask, files: FileCalls = systemFiles): CopyBlockResult {
  const bytes = scratchOf(task.length);
  try {
    const read = readFully(task.from, bytes, task.position, files);
    const received = toHex(blockDigest(bytes.subarray(0, read)));
    if (received !== task.digest) return {kind: 'wrong', received};
  } catch (error) {
    return {kind: 'unreadable', code: diskTrouble(error).code};
  }
  try {
    writeFully(task.to, bytes, task.position, files);
    return {kind: 'stored'};
  } catch (error) {
    return diskTrouble(error);
  }
}
