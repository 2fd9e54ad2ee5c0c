/** Runs in a worker thread: digests one fragment block by block and, when asked, copies it into a file of its own. */

import {closeSync, fsyncSync, openSync} from 'node:fs';
import {type DigestedBlocks, digestBlocks, type Stretch} from './digest-blocks.js';
import {type DiskTrouble, diskTrouble} from './disk-trouble.js';
import {writeFully} from './write-fully.js';

export interface SplitFragmentTask extends Stretch {
  /** New file for the copy, synced before the task ends; null: digests only. */
  readonly copyTo: string | null;
}

export type SplitFragmentResult = DigestedBlocks | DiskTrouble;

/** A copy that did not come about is left to the caller, who owns the folder. */
export function splitFragment(task: SplitFragmentTask): SplitFragmentResult {
  try {
    if (task.copyTo === null) return digestBlocks(task, () => {});
    const copy = openSync(task.copyTo, 'wx');
    try {
      const result = digestBlocks(task, (bytes, offset) => writeFully(copy, bytes, offset));
      if (result.kind === 'split') fsyncSync(copy);
      return result;
    } finally {
      closeSync(copy);
    }
  } catch (error) {
    return diskTrouble(error);
  }
}
