/**
 * Blocks that are on disk already and only have to be looked at: those of an earlier run of which it is not certain
 * that they are right, and those that an older version's part has. Done beside the download, a few at a time.
 */

import {blockLength, blockOffset} from '../../geometry.js';
import {CHECKS_MAX} from '../../limits.js';
import type {DatedManifest} from '../../machines/events.js';
import type {HexDigest, Run} from '../../model.js';
import {DIGEST_BYTES, toHex} from '../../protocol/digests.js';
import type {CheckBlockResult} from '../../workers/check-block.js';
import type {CopyBlockResult} from '../../workers/copy-block.js';
import type {Workers} from '../../workers/pool.js';

/** A run of one fragment to look at; `from` is the older part's descriptor, null: our own part. */
interface SpareRun {
  readonly run: Run;
  readonly digests: Uint8Array;
  readonly from: number | null;
  next: number;
}

export interface SpareBlock {
  readonly fragment: number;
  readonly block: number;
  readonly expected: HexDigest;
  readonly from: number | null;
}

export interface SpareBlocksOptions {
  readonly manifest: DatedManifest;
  readonly workers: Workers;
  readonly fd: number;
  /** Whether received blocks are at the workers: they come first, and `pump` is called when there are none. */
  readonly isPressed: () => boolean;
  readonly onResult: (block: SpareBlock, result: CheckBlockResult | CopyBlockResult) => void;
  /** The pool failed; the block stays counted as under way, for a thread may still be at it. */
  readonly onBroken: (error: unknown) => void;
}

export class SpareBlocks {
  readonly #options: SpareBlocksOptions;
  #queue: SpareRun[] = [];
  #running = 0;

  constructor(options: SpareBlocksOptions) {
    this.#options = options;
  }

  /** Blocks at the workers. */
  get running(): number {
    return this.#running;
  }

  /** `digests`: of all blocks of the run's fragment. Nothing is started before `pump`. */
  add(run: Run, digests: Uint8Array, from: number | null): void {
    this.#queue.push({run, digests, from, next: run.first});
  }

  /** Tries one block once more, for instance after the disk was full. */
  run(block: SpareBlock): void {
    const {manifest, workers, fd, onResult, onBroken} = this.#options;
    const {size, geometry} = manifest;
    const {fragment, block: index, expected: digest, from} = block;
    const length = blockLength(size, geometry, fragment, index);
    const position = blockOffset(geometry, fragment, index);
    this.#running++;
    const looked: Promise<CheckBlockResult | CopyBlockResult> =
      from === null
        ? workers.run('check-block', {fd, position, length, digest})
        : workers.run('copy-block', {from, to: fd, position, length, digest});
    looked
      .then((result) => {
        this.#running--;
        onResult(block, result);
        this.pump();
      })
      .catch(onBroken);
  }

  /** Starts as many blocks as may run now: the time that received blocks leave to the workers is free. */
  pump(): void {
    while (this.#running < CHECKS_MAX && !this.#options.isPressed()) {
      const block = this.#take();
      if (block === null) return;
      this.run(block);
    }
  }

  /** Forgets what has not been started. */
  stop(): void {
    this.#queue = [];
  }

  #take(): SpareBlock | null {
    const [head] = this.#queue;
    if (head === undefined) return null;
    const block = head.next++;
    if (head.next >= head.run.end) this.#queue.shift();
    const expected = toHex(head.digests.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES));
    return {fragment: head.run.fragment, block, expected, from: head.from};
  }
}
