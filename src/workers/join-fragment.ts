/** Runs in a worker thread: copies the file of one fragment to its place in the whole, and digests it on the way. */

import {type DigestedBlocks, digestBlocks, type Stretch} from './digest-blocks.js';
import {diskTrouble} from './disk-trouble.js';
import {writeFully} from './write-fully.js';

export interface JoinFragmentTask extends Stretch {
  /** Descriptor of the file being made, which has no name that anyone would take for the whole. */
  readonly to: number;
  /** Place of the fragment in it, in bytes. */
  readonly toPosition: number;
}

export type JoinFragmentResult =
  | DigestedBlocks
  /** Reading the fragment failed with this errno. */
  | {readonly kind: 'unreadable'; readonly code: string}
  /** Writing the whole did. */
  | {readonly kind: 'unwritable'; readonly code: string};

/** What was copied is right only when its digests turn out to be: that is for the caller to see. */
export function joinFragment(task: JoinFragmentTask): JoinFragmentResult {
  let isWriting = false;
  try {
    return digestBlocks(task, (bytes, offset) => {
      isWriting = true;
      writeFully(task.to, bytes, task.toPosition + offset);
      isWriting = false;
    });
  } catch (error) {
    return {kind: isWriting ? 'unwritable' : 'unreadable', code: diskTrouble(error).code};
  }
}
