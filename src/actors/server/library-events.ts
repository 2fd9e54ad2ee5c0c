/** What a library tells while it lives. Names and causes are as the system gave them: escape them before they are shown. */

import type {HexDigest} from '../../model.js';
import type {RepairOutcome} from './library/repair-fragment.js';

export type LibraryNotice =
  /** `hashed`: false when an index on disk was up to date. `here` fewer than `fragments`: a partial copy. */
  | {
      readonly kind: 'file-ready';
      readonly name: string;
      readonly size: number;
      readonly root: HexDigest;
      readonly fragments: number;
      readonly here: number;
      readonly hashed: boolean;
      readonly elapsedMs: number;
    }
  | {readonly kind: 'file-withdrawn'; readonly name: string; readonly reason: 'removed' | 'replaced'}
  | {readonly kind: 'file-skipped'; readonly name: string; readonly reason: string}
  | {readonly kind: 'file-failed'; readonly name: string; readonly reason: string}
  /** Another server of this folder indexes the file; told once. */
  | {readonly kind: 'file-indexed-elsewhere'; readonly name: string}
  /**
   * Files to be indexed or being indexed, and how far they are together: each byte counts twice, since it is hashed
   * twice. The last one has no files.
   */
  | {
      readonly kind: 'indexing';
      readonly files: number;
      readonly doneBytes: number;
      readonly totalBytes: number;
      /** One of those under way. */
      readonly name: string | null;
    }
  | {
      readonly kind: 'fragment-examined';
      readonly name: string;
      readonly fragment: number;
      readonly outcome: RepairOutcome;
    }
  | {
      readonly kind: 'fragment-unreadable';
      readonly name: string;
      readonly fragment: number;
      readonly reason: string;
    }
  | {readonly kind: 'scan-finished'; readonly files: number}
  | {readonly kind: 'scan-failed'; readonly reason: string};
