/** Which blocks of a fragment the part of an older version has too. Pure. */

import {blockCount} from '../../geometry.js';
import type {Manifest, Run} from '../../model.js';
import {DIGEST_BYTES} from '../../protocol/digests.js';
import type {LogState} from './log-state.js';

export interface SalvageQuestion {
  readonly manifest: Manifest;
  readonly fragment: number;
  /** Digests of the fragment's blocks in the new version. */
  readonly digests: Uint8Array;
  /** What the log of the older version says: a hint, for what is taken over is hashed first. */
  readonly older: LogState;
  /** Whether the block is of any use. */
  readonly isWanted: (block: number) => boolean;
}

/** The wanted blocks of equal digest at the same place, as the longest runs. */
export function equalRuns({manifest, fragment, digests, older, isWanted}: SalvageQuestion): Run[] {
  const theirs = older.blockDigests.get(fragment);
  if (theirs === null) return [];
  const blocks = blockCount(manifest.size, manifest.geometry, fragment);
  const runs: Run[] = [];
  let first: number | null = null;
  for (let block = 0; block <= blocks; block++) {
    const isEqual =
      block < blocks &&
      isWanted(block) &&
      older.claims(fragment, block) &&
      isSameDigest(digests, theirs, block);
    if (isEqual) first ??= block;
    else if (first !== null) {
      runs.push({fragment, first, end: block});
      first = null;
    }
  }
  return runs;
}

function isSameDigest(a: Uint8Array, b: Uint8Array, block: number): boolean {
  const at = block * DIGEST_BYTES;
  if (a.length < at + DIGEST_BYTES || b.length < at + DIGEST_BYTES) return false;
  return Buffer.compare(a.subarray(at, at + DIGEST_BYTES), b.subarray(at, at + DIGEST_BYTES)) === 0;
}
