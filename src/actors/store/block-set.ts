/** A set of blocks of one file: a bit for each, so that the longest file fits memory. */

import {blockCount, blockLength, blocksPerFragment, fragmentCount, totalBlocks} from '../../geometry.js';
import type {Geometry, Run} from '../../model.js';

export class BlockSet {
  readonly #size: number;
  readonly #geometry: Geometry;
  readonly #perFragment: number;
  readonly #bits: Uint8Array;
  readonly #total: number;
  #count = 0;
  #bytes = 0;

  constructor(size: number, geometry: Geometry) {
    this.#size = size;
    this.#geometry = geometry;
    this.#perFragment = blocksPerFragment(geometry);
    this.#total = totalBlocks(size, geometry);
    this.#bits = new Uint8Array(Math.ceil(this.#total / 8));
  }

  /** Number of blocks in the set. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the blocks in the set. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Every block of the file is in the set. */
  get isComplete(): boolean {
    return this.#count === this.#total;
  }

  has(fragment: number, block: number): boolean {
    return this.#hasIndex((fragment - 1) * this.#perFragment + block);
  }

  /** False when it was there. */
  add(fragment: number, block: number): boolean {
    return this.#flip(fragment, block, true);
  }

  /** False when it was not there. */
  delete(fragment: number, block: number): boolean {
    return this.#flip(fragment, block, false);
  }

  /** Whether a run lies within the file; runs from a log may be anything. */
  contains({fragment, first, end}: Run): boolean {
    if (fragment < 1 || fragment > fragmentCount(this.#size, this.#geometry)) return false;
    return first >= 0 && first < end && end <= blockCount(this.#size, this.#geometry, fragment);
  }

  addRun({fragment, first, end}: Run): void {
    for (let block = first; block < end; block++) this.add(fragment, block);
  }

  deleteRun({fragment, first, end}: Run): void {
    for (let block = first; block < end; block++) this.delete(fragment, block);
  }

  /** All of the set in order, as the longest runs. */
  runs(): Run[] {
    return this.#runsBetween(0, this.#total);
  }

  /** The blocks of one fragment, likewise. */
  runsOf(fragment: number): Run[] {
    const base = (fragment - 1) * this.#perFragment;
    return this.#runsBetween(base, Math.min(base + this.#perFragment, this.#total));
  }

  #runsBetween(start: number, stop: number): Run[] {
    const runs: Run[] = [];
    for (let index = start; index < stop; index++) {
      if (this.#bits[index >> 3] === 0) {
        index |= 7; // nothing in this byte
        continue;
      }
      if (!this.#hasIndex(index)) continue;
      const fragment = Math.floor(index / this.#perFragment) + 1;
      const base = (fragment - 1) * this.#perFragment;
      const limit = Math.min(base + this.#perFragment, this.#total);
      let end = index + 1;
      while (end < limit && this.#hasIndex(end)) end++;
      runs.push({fragment, first: index - base, end: end - base});
      index = end - 1;
    }
    return runs;
  }

  #hasIndex(index: number): boolean {
    return (((this.#bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  }

  #flip(fragment: number, block: number, wanted: boolean): boolean {
    const index = (fragment - 1) * this.#perFragment + block;
    if (index < 0 || index >= this.#total) throw new RangeError(`no block ${block} in fragment ${fragment}`);
    if (this.#hasIndex(index) === wanted) return false;
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) ^ (1 << (index & 7));
    const length = blockLength(this.#size, this.#geometry, fragment, block);
    this.#count += wanted ? 1 : -1;
    this.#bytes += wanted ? length : -length;
    return true;
  }
}
