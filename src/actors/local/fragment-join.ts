/** Fragments on their way into one file, several at once, each verified. */

import {availableParallelism} from 'node:os';
import {fragmentCount, fragmentLength, fragmentOffset} from '../../geometry.js';
import {WORKERS_MAX} from '../../limits.js';
import {DIGEST_BYTES, toHex} from '../../protocol/digests.js';
import {TaskControl} from '../../workers/task-control.js';
import {fragmentFile} from '../fragments/fragment-names.js';
import {deadlineOf} from '../fragments/hash-version.js';
import {rightBlockDigests} from '../fragments/index-files.js';
import type {IndexRecord} from '../fragments/index-record.js';
import {type OpenedFile, openInside} from '../fragments/open-inside.js';
import {errnoError} from '../store/disk-error.js';
import {DifferenceList, type Differences} from './compare.js';
import {readFailed} from './local-file.js';
import {type LocalContext, stopped, type Watched} from './local-work.js';

/** What is wrong with one fragment. */
export type FragmentTrouble = {readonly fragment: number; readonly file: string} & (
  | {readonly kind: 'missing'}
  | {readonly kind: 'wrong-size'; readonly bytes: number; readonly expectedBytes: number}
  /** `instead`: the fragment whose content it has; null: none of this file. `wrong` null: its blocks are not known. */
  | {readonly kind: 'damaged'; readonly instead: number | null; readonly wrong: Differences | null}
);

export interface JoinJob {
  /** Absolute folder of the fragments, without links. */
  readonly root: string;
  readonly record: IndexRecord;
  /** Fragments are called after it. */
  readonly name: string;
  /** Descriptor to write to, and its name in messages. */
  readonly to: number;
  readonly output: string;
}

/** `start` once; it resolves with what is wrong, in order, when no thread works on it any more. */
export class FragmentJoin implements Watched {
  readonly totalBytes: number;
  readonly #context: LocalContext;
  readonly #job: JoinJob;
  readonly #running = new Set<TaskControl>();
  readonly #trouble: FragmentTrouble[] = [];
  readonly #fragments: number;
  #finishedBytes = 0;
  #next = 1;
  #isCancelled = false;

  constructor(context: LocalContext, job: JoinJob) {
    this.#context = context;
    this.#job = job;
    this.totalBytes = job.record.manifest.size;
    this.#fragments = fragmentCount(this.totalBytes, context.geometry);
  }

  doneBytes(): number {
    let done = this.#finishedBytes;
    for (const control of this.#running) done += control.doneBytes;
    return done;
  }

  cancel(): void {
    this.#isCancelled = true;
    for (const control of this.#running) control.cancel();
  }

  async start(): Promise<readonly FragmentTrouble[]> {
    const lanes = Math.min(this.#fragments, WORKERS_MAX, availableParallelism());
    const settled = await Promise.allSettled(
      Array.from({length: lanes}, async () => {
        while (!this.#isCancelled && this.#next <= this.#fragments) await this.#take(this.#next++);
      }),
    );
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    if (this.#isCancelled) throw stopped(this.#job.root);
    return this.#trouble.sort((a, b) => a.fragment - b.fragment);
  }

  async #take(fragment: number): Promise<void> {
    const {root, name} = this.#job;
    const file = fragmentFile(name, fragment);
    const expectedBytes = fragmentLength(this.totalBytes, this.#context.geometry, fragment);
    const opened = await openInside(root, file);
    try {
      if (opened === null) this.#trouble.push({fragment, file, kind: 'missing'});
      else if (opened.size === expectedBytes) await this.#copy(fragment, file, opened);
      else this.#trouble.push({fragment, file, kind: 'wrong-size', bytes: opened.size, expectedBytes});
    } catch (error) {
      this.cancel();
      throw error;
    } finally {
      await opened?.handle.close();
      this.#finishedBytes += expectedBytes;
    }
  }

  async #copy(fragment: number, file: string, {handle, size: length}: OpenedFile): Promise<void> {
    const {geometry, workers} = this.#context;
    const {to, output} = this.#job;
    const control = new TaskControl();
    this.#running.add(control);
    const task = {
      fd: handle.fd,
      position: 0,
      length,
      blockBytes: geometry.blockBytes,
      control: control.shared,
      to,
      toPosition: fragmentOffset(geometry, fragment),
    };
    const deadlineMs = deadlineOf(this.totalBytes);
    const result = await workers
      .run('join-fragment', task, {deadlineMs})
      .finally(() => this.#running.delete(control));
    if (result.kind === 'unwritable') throw errnoError(result.code, output, 'write');
    if (result.kind === 'unreadable') throw readFailed(file, result.code);
    if (result.kind === 'cancelled') return;
    if (result.kind === 'short') {
      this.#trouble.push({fragment, file, kind: 'damaged', instead: null, wrong: null});
    } else if (result.fragmentDigest !== this.#digestOf(fragment)) {
      await this.#blame(fragment, file, result);
    }
  }

  async #blame(
    fragment: number,
    file: string,
    found: {readonly fragmentDigest: string; readonly blockDigests: Uint8Array},
  ): Promise<void> {
    const {root, record} = this.#job;
    const instead = this.#fragmentWith(found.fragmentDigest);
    const expected = await rightBlockDigests(root, '.', record, fragment);
    this.#trouble.push({
      fragment,
      file,
      kind: 'damaged',
      instead,
      wrong: expected && this.#wrong(fragment, found, expected),
    });
  }

  /** The differences of one fragment, as if it were in its place in the file. */
  #wrong(
    fragment: number,
    {blockDigests}: {readonly blockDigests: Uint8Array},
    expected: Uint8Array,
  ): Differences {
    const list = new DifferenceList(
      {size: this.totalBytes, blockDigestsOf: () => blockDigests},
      this.#job.record.manifest,
    );
    list.add(fragment, expected);
    return list.result;
  }

  #fragmentWith(digest: string): number | null {
    for (let fragment = 1; fragment <= this.#fragments; fragment++) {
      if (this.#digestOf(fragment) === digest) return fragment;
    }
    return null;
  }

  #digestOf(fragment: number): string {
    return toHex(
      this.#job.record.fragmentDigests.subarray((fragment - 1) * DIGEST_BYTES, fragment * DIGEST_BYTES),
    );
  }
}
