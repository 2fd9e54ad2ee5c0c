/** Runs in a worker thread: digests one fragment block by block and, when asked, copies it into a file of its own. */

import {closeSync, fsyncSync, openSync} from 'node:fs';
import {blockDigest, fragmentDigest, toHex} from '../protocol/digests.js';
import {type DiskTrouble, diskTrouble} from './disk-trouble.js';
import {readFully} from './read-fully.js';
import {scratchOf} from './scratch.js';
import {TaskControl} from './task-control.js';
import {writeFully} from './write-fully.js';

const DIGEST_BYTES = 32;

export interface SplitFragmentTask {
  readonly fd: number;
  /** Where the fragment starts in the file behind `fd`, in bytes. */
  readonly position: number;
  readonly length: number;
  readonly blockBytes: number;
  /** New file for the copy, synced before the task ends; null: digests only. */
  readonly copyTo: string | null;
  /** `shared` of a TaskControl. */
  readonly control: SharedArrayBuffer;
}

export type SplitFragmentResult =
  | {
      readonly kind: 'split';
      /** 32 bytes for each block. */
      readonly blockDigests: Uint8Array<ArrayBuffer>;
      /** Hex. */
      readonly fragmentDigest: string;
    }
  | {readonly kind: 'cancelled'}
  /** The file ends before the fragment does. */
  | {readonly kind: 'short'}
  | DiskTrouble;

/** A copy that did not come about is left to the caller, who owns the folder. */
export function splitFragment(task: SplitFragmentTask): SplitFragmentResult {
  try {
    if (task.copyTo === null) return digestBlocks(task, null);
    const copy = openSync(task.copyTo, 'wx');
    try {
      const result = digestBlocks(task, copy);
      if (result.kind === 'split') fsyncSync(copy);
      return result;
    } finally {
      closeSync(copy);
    }
  } catch (error) {
    return diskTrouble(error);
  }
}

function digestBlocks(task: SplitFragmentTask, copy: number | null): SplitFragmentResult {
  const state = new TaskControl(task.control);
  const blocks = Math.ceil(task.length / task.blockBytes);
  const blockDigests = new Uint8Array(blocks * DIGEST_BYTES);
  for (let block = 0; block < blocks; block++) {
    if (state.cancelled) return {kind: 'cancelled'};
    const offset = block * task.blockBytes;
    const bytes = scratchOf(Math.min(task.blockBytes, task.length - offset));
    if (readFully(task.fd, bytes, task.position + offset) < bytes.length) return {kind: 'short'};
    blockDigests.set(blockDigest(bytes), block * DIGEST_BYTES);
    if (copy !== null) writeFully(copy, bytes, offset);
    state.report(offset + bytes.length);
  }
  return {kind: 'split', blockDigests, fragmentDigest: toHex(fragmentDigest(blockDigests))};
}
