/** Has the files of bundles verified and stored by the workers, and waits for room on a full disk. */

import {asFdlError, type FdlError} from '../../../errors.js';
import type {SmallFile} from '../../../machines/set/file-queue.js';
import type {Geometry, HexDigest} from '../../../model.js';
import type {Workers} from '../../../workers/pool.js';
import type {StoredFile} from '../../../workers/store-files.js';
import type {Clock} from '../../clock.js';
import type {Slabs} from '../../slabs.js';
import {errnoError, isDiskFull} from '../../store/disk-error.js';
import {DiskWait} from '../../store/disk-wait.js';
import {partPath} from '../../store/output-file.js';
import type {ArrivedFile} from './bundle-conversation.js';

/** A file that came: what it should be, and where it lies in its slab. */
export interface Arrival extends ArrivedFile {
  readonly file: SmallFile;
}

export interface BundleStoreOptions {
  readonly workers: Workers;
  readonly slabs: Slabs;
  readonly geometry: Geometry;
  readonly clock: Clock;
  readonly force: boolean;
  readonly diskWaitMs: number;
  /** Absolute path of a file by its number. */
  readonly pathOf: (index: number) => string;
  readonly pinOf: (file: SmallFile) => HexDigest | null;
  readonly onFull: () => void;
  /** There is room again. */
  readonly onResumed: () => void;
  /** Nothing can be stored any more. */
  readonly onBroken: (error: FdlError) => void;
  /** A bundle is done with, and its slab free. */
  readonly onRoom: () => void;
}

/** Told of each file once. */
type OnStored = (arrival: Arrival, stored: StoredFile | undefined) => void;

export class BundleStore {
  readonly #options: BundleStoreOptions;
  readonly #diskWait: DiskWait;
  /** What waits for room gives it up when nobody will try again. */
  readonly #waiting = new Set<number>();
  #storing = 0;

  constructor(options: BundleStoreOptions) {
    this.#options = options;
    this.#diskWait = new DiskWait({
      clock: options.clock,
      waitMs: options.diskWaitMs,
      onPaused: options.onFull,
      onResumed: options.onResumed,
      onGivenUp: (error) => options.onBroken(asFdlError(error)),
    });
  }

  /** Bundles that are not done with. */
  get storing(): number {
    return this.#storing;
  }

  /** The disk is full: ask for nothing more. */
  get isFull(): boolean {
    return this.#diskWait.isFull;
  }

  /** Takes a slab with files in it; it is given back when they are done with. */
  put(arrivals: readonly Arrival[], slab: number, onStored: OnStored): void {
    this.#storing++;
    this.#run(arrivals, slab, onStored);
  }

  /** No more waiting for room: what does is forgotten. What is at the workers is stored. */
  end(): void {
    this.#diskWait.end();
    for (const slab of [...this.#waiting]) this.#release(slab);
  }

  #run(arrivals: readonly Arrival[], slab: number, onStored: OnStored): void {
    const {workers, pathOf, onBroken} = this.#options;
    this.#waiting.delete(slab);
    workers.run('store-files', this.#taskFor(arrivals, slab)).then(
      (stored) => {
        const full = arrivals.filter((arrival, at) => {
          const outcome = stored[at];
          const isFull = outcome?.kind === 'disk' && isDiskFull(outcome.code);
          if (!isFull) onStored(arrival, outcome);
          return isFull;
        });
        const [first] = full;
        if (first === undefined) {
          this.#diskWait.succeeded();
          return this.#release(slab);
        }
        this.#waiting.add(slab);
        const error = errnoError('ENOSPC', pathOf(first.file.index), 'write');
        this.#diskWait.failed(error, () => this.#run(full, slab, onStored));
        // Without a wait there will be no other try.
        if (!this.#diskWait.isFull && this.#waiting.has(slab)) this.#release(slab);
      },
      (error) => {
        onBroken(asFdlError(error));
        this.#release(slab);
      },
    );
  }

  #taskFor(arrivals: readonly Arrival[], slab: number) {
    const {slabs, geometry, force, pathOf, pinOf} = this.#options;
    const files = arrivals.map(({file, offset, length, modifiedMs}) => {
      const path = pathOf(file.index);
      const start = slab * slabs.bytes + offset;
      const part = partPath({output: path}, file.root);
      return {start, length, root: file.root, sha256: pinOf(file), path, part, modifiedMs};
    });
    return {geometry, memory: slabs.memory, force, files};
  }

  #release(slab: number): void {
    this.#waiting.delete(slab);
    this.#storing--;
    this.#options.slabs.give(slab);
    this.#options.onRoom();
  }
}
