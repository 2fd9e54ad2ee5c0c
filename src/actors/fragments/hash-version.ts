/** Hashes a file and its fragments through the workers, each byte by two of them at once: whole and in pieces. */

import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {blocksPerFragment, fragmentCount, fragmentLength, fragmentOffset} from '../../geometry.js';
import {FILE_TASK_BYTES_PER_SECOND_MIN, TASK_TIMEOUT_MS, WORKERS_MAX} from '../../limits.js';
import type {Geometry, HexDigest} from '../../model.js';
import {DIGEST_BYTES, fromHex} from '../../protocol/digests.js';
import type {Workers} from '../../workers/pool.js';
import {TaskControl} from '../../workers/task-control.js';
import {fragmentFile} from './fragment-names.js';

export interface HashRequest {
  readonly fd: number;
  readonly name: string;
  readonly size: number;
  readonly geometry: Geometry;
  /** Absolute folder that gets a file for each fragment; null: digests only. */
  readonly copyTo: string | null;
}

export type Hashed =
  | {
      readonly kind: 'hashed';
      readonly sha256: HexDigest;
      readonly fragmentDigests: Uint8Array;
      readonly blockDigests: Uint8Array;
    }
  | {readonly kind: 'cancelled'}
  /** The file became shorter meanwhile. */
  | {readonly kind: 'short'}
  | {readonly kind: 'disk'; readonly code: string; readonly message: string};

type Trouble = Exclude<Hashed, {readonly kind: 'hashed'}>;

/** Work at the workers that can be watched and ended. */
export interface Hashing {
  /** Bytes gone through, of `totalBytes`. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Ends it soon. */
  cancel(): void;
}

/** One file being hashed. `start` once; `cancel` and `doneBytes` at any time. */
export class FileHashing implements Hashing {
  /** Each byte counts twice: hashed as part of the whole, and in its block. */
  readonly totalBytes: number;
  readonly #workers: Workers;
  readonly #request: HashRequest;
  readonly #whole = new TaskControl();
  /** Fragments at the workers now. */
  readonly #running = new Set<TaskControl>();
  readonly #fragments: number;
  readonly #fragmentDigests: Uint8Array;
  readonly #blockDigests: Uint8Array;
  #splitBytes = 0;
  #next = 1;
  #trouble: Trouble | null = null;

  constructor(workers: Workers, request: HashRequest) {
    const {size, geometry} = request;
    this.#workers = workers;
    this.#request = request;
    this.totalBytes = 2 * size;
    this.#fragments = fragmentCount(size, geometry);
    this.#fragmentDigests = new Uint8Array(this.#fragments * DIGEST_BYTES);
    this.#blockDigests = new Uint8Array(Math.ceil(size / geometry.blockBytes) * DIGEST_BYTES);
  }

  get doneBytes(): number {
    let done = this.#whole.doneBytes + this.#splitBytes;
    for (const control of this.#running) done += control.doneBytes;
    return done;
  }

  cancel(): void {
    this.#stop({kind: 'cancelled'});
  }

  /** Resolves when no worker touches the file any more. Rejects when the pool itself failed. */
  async start(): Promise<Hashed> {
    const lanes = Math.min(this.#fragments, WORKERS_MAX, availableParallelism());
    const splitting = Array.from({length: lanes}, () => this.#splitOnAndOn());
    // All must have ended before the descriptor may be closed, so a rejection waits for the others.
    const settled = await Promise.allSettled([this.#hashWhole(), ...splitting]);
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    const whole = settled[0].status === 'fulfilled' ? settled[0].value : null;
    if (this.#trouble !== null || whole === null) return this.#trouble ?? {kind: 'cancelled'};
    return {
      kind: 'hashed',
      sha256: whole,
      fragmentDigests: this.#fragmentDigests,
      blockDigests: this.#blockDigests,
    };
  }

  async #hashWhole(): Promise<HexDigest | null> {
    const {fd, size, geometry} = this.#request;
    const task = {fd, size, geometry, pieces: false, control: this.#whole.shared};
    const result = await this.#run(() =>
      this.#workers.run('hash-file', task, {deadlineMs: deadlineOf(size)}),
    );
    if (result.kind === 'hashed') return result.sha256;
    this.#stop(result);
    return null;
  }

  async #splitOnAndOn(): Promise<void> {
    while (this.#trouble === null && this.#next <= this.#fragments) await this.#split(this.#next++);
  }

  async #split(fragment: number): Promise<void> {
    const {fd, name, size, geometry, copyTo} = this.#request;
    const control = new TaskControl();
    const length = fragmentLength(size, geometry, fragment);
    const task = {
      fd,
      position: fragmentOffset(geometry, fragment),
      length,
      blockBytes: geometry.blockBytes,
      copyTo: copyTo === null ? null : join(copyTo, fragmentFile(name, fragment)),
      control: control.shared,
    };
    this.#running.add(control);
    // The deadline is that of the whole file: the task may queue behind the one that hashes it.
    const result = await this.#run(() =>
      this.#workers.run('split-fragment', task, {deadlineMs: deadlineOf(size)}),
    );
    this.#running.delete(control);
    if (result.kind !== 'split') return this.#stop(result);
    this.#splitBytes += length;
    this.#fragmentDigests.set(fromHex(result.fragmentDigest), (fragment - 1) * DIGEST_BYTES);
    this.#blockDigests.set(result.blockDigests, (fragment - 1) * blocksPerFragment(geometry) * DIGEST_BYTES);
  }

  /** A pool that fails one task must not leave the others at the file. */
  async #run<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      this.#stop({kind: 'cancelled'});
      throw error;
    }
  }

  #stop(trouble: Trouble): void {
    this.#trouble ??= trouble;
    this.#whole.cancel();
    for (const control of this.#running) control.cancel();
  }
}

/** Deadline of a task over a file of `size` bytes, milliseconds. */
export function deadlineOf(size: number): number {
  return TASK_TIMEOUT_MS + (size / FILE_TASK_BYTES_PER_SECOND_MIN) * 1_000;
}

/** How far it is, 0 to 1,000. */
export function permilleOf({doneBytes, totalBytes}: Hashing): number {
  return totalBytes === 0 ? 1_000 : Math.min(1_000, Math.floor((doneBytes / totalBytes) * 1_000));
}
