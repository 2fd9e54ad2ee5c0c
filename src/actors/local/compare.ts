/** Which blocks of a file are not what they should be. Pure. */

import {blockCount, blockOffset, fragmentCount, fragmentLength} from '../../geometry.js';
import {WRONG_RUNS_MAX} from '../../limits.js';
import type {Manifest} from '../../model.js';
import {DIGEST_BYTES} from '../../protocol/digests.js';

/** Consecutive blocks of one fragment that are not as they should be; offsets are those of the right file. */
export interface WrongRun {
  /** From 1. */
  readonly fragment: number;
  /** From 0 within the fragment. */
  readonly firstBlock: number;
  readonly lastBlock: number;
  /** Where the first block starts in the file, in bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** `missing`: the file ends before them. */
  readonly kind: 'differs' | 'missing';
  /** `fragment`: something in this fragment differs; its block digests are not known, so it is not told what. */
  readonly grain: 'block' | 'fragment';
}

/** All that is wrong, counted; the first WRONG_RUNS_MAX runs are listed. */
export interface Differences {
  readonly blocks: number;
  readonly bytes: number;
  readonly runs: readonly WrongRun[];
}

/** The blocks at hand. */
export interface Actual {
  /** Bytes of the file at hand. */
  readonly size: number;
  /** Digests of the blocks of a fragment as far as there are any, 32 bytes each. */
  blockDigestsOf(fragment: number): Uint8Array;
}

/** Fragments (from 1) whose digest is not the expected one, those that are not there included. */
export function wrongFragments(actual: Uint8Array, manifest: Manifest, expected: Uint8Array): number[] {
  const {size, geometry} = manifest;
  const wrong: number[] = [];
  for (let fragment = 1; fragment <= fragmentCount(size, geometry); fragment++) {
    const isEqual = sameDigest(actual, expected, fragment - 1);
    if (!isEqual) wrong.push(fragment);
  }
  return wrong;
}

/** Collects what differs, fragment by fragment. */
export class DifferenceList {
  readonly #actual: Actual;
  readonly #manifest: Manifest;
  readonly #runs: WrongRun[] = [];
  #blocks = 0;
  #bytes = 0;

  constructor(actual: Actual, manifest: Manifest) {
    this.#actual = actual;
    this.#manifest = manifest;
  }

  get result(): Differences {
    return {blocks: this.#blocks, bytes: this.#bytes, runs: this.#runs};
  }

  /**
   * A fragment with another digest. `expected`: its block digests, null when nobody knows them. `isRight`: a block that
   * turned out right although its digest differs, since the file goes on behind it.
   */
  add(
    fragment: number,
    expected: Uint8Array | null,
    isRight: (block: number) => boolean = () => false,
  ): void {
    const {size, geometry} = this.#manifest;
    const count = blockCount(size, geometry, fragment);
    const found = this.#actual.blockDigestsOf(fragment);
    let first: number | null = null;
    let kind: WrongRun['kind'] = 'differs';
    for (let block = 0; block <= count; block++) {
      const state = block === count ? null : this.#stateOf(fragment, block, found, expected, isRight);
      if (first !== null && state !== kind) {
        this.#push(fragment, first, block - 1, kind, expected === null ? 'fragment' : 'block');
        first = null;
      }
      if (state === null) continue;
      first ??= block;
      kind = state;
    }
  }

  #stateOf(
    fragment: number,
    block: number,
    found: Uint8Array,
    expected: Uint8Array | null,
    isRight: (block: number) => boolean,
  ): WrongRun['kind'] | null {
    if (blockOffset(this.#manifest.geometry, fragment, block) >= this.#actual.size) return 'missing';
    if (expected === null) return 'differs';
    const isEqual = sameDigest(found, expected, block);
    return isEqual || isRight(block) ? null : 'differs';
  }

  #push(
    fragment: number,
    firstBlock: number,
    lastBlock: number,
    kind: WrongRun['kind'],
    grain: WrongRun['grain'],
  ): void {
    const {size, geometry} = this.#manifest;
    const offset = blockOffset(geometry, fragment, firstBlock);
    const end = Math.min(
      blockOffset(geometry, fragment, lastBlock + 1),
      endOf(this.#manifest, fragment),
      size,
    );
    this.#blocks += lastBlock - firstBlock + 1;
    this.#bytes += end - offset;
    if (this.#runs.length === WRONG_RUNS_MAX) return;
    this.#runs.push({fragment, firstBlock, lastBlock, offset, bytes: end - offset, kind, grain});
  }
}

function endOf({size, geometry}: Manifest, fragment: number): number {
  return blockOffset(geometry, fragment, 0) + fragmentLength(size, geometry, fragment);
}

function sameDigest(a: Uint8Array, b: Uint8Array, index: number): boolean {
  const at = index * DIGEST_BYTES;
  if (a.length < at + DIGEST_BYTES || b.length < at + DIGEST_BYTES) return false;
  return Buffer.compare(a.subarray(at, at + DIGEST_BYTES), b.subarray(at, at + DIGEST_BYTES)) === 0;
}
