/**
 * Makes a copied fragments folder ready: one without an original here, whose index was written elsewhere. Each fragment is
 * hashed once against the manifest; what is missing or wrong is not offered.
 */

import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {blocksPerFragment, fragmentCount, fragmentLength} from '../../../geometry.js';
import {WORKERS_MAX} from '../../../limits.js';
import type {FileStamp} from '../../../machines/version.js';
import type {Manifest} from '../../../model.js';
import {DIGEST_BYTES, toHex} from '../../../protocol/digests.js';
import {TaskControl} from '../../../workers/task-control.js';
import {fileStamp} from '../../fragments/file-stamp.js';
import {fragmentFile, fragmentsFolder} from '../../fragments/fragment-names.js';
import {deadlineOf, type Hashing} from '../../fragments/hash-version.js';
import {
  readIndex,
  rightBlockDigests,
  syncFolder,
  writeBlockDigests,
  writeIndex,
} from '../../fragments/index-files.js';
import type {IndexRecord} from '../../fragments/index-record.js';
import {openInside} from '../../fragments/open-inside.js';
import {fragmentsVersion, type LibraryContext, type OnHashing, type Prepared} from './index-original.js';

/** Prepares the copy `name` (the path its original would have). Throws errno errors of the disk. */
export async function prepareCopy(
  context: LibraryContext,
  name: string,
  onHashing: OnHashing,
): Promise<Prepared> {
  const found = await readIndex(context.root, fragmentsFolder(name), context.geometry);
  if (found.kind === 'absent') return {kind: 'nothing'};
  if (found.kind === 'unusable')
    return {kind: 'failed', reason: `its index.json cannot be used: ${found.reason}`};
  // Made here from an original that is gone: withdrawn, not a copy.
  if (found.ofThisPlace && found.record.original !== null) return {kind: 'nothing'};
  const attempt = await context.claims.take(name);
  if (attempt.kind === 'elsewhere') return attempt;
  try {
    const check = new CopyCheck(context, name, found.record, found.ofThisPlace);
    onHashing(check);
    return await check.start();
  } finally {
    await attempt.claim.release();
  }
}

/** What is known of one fragment of a copy. */
type Checked =
  | {readonly kind: 'known'; readonly stamp: FileStamp | null}
  | {readonly kind: 'hashed'; readonly stamp: FileStamp | null; readonly blockDigests: Uint8Array | null};

class CopyCheck implements Hashing {
  readonly totalBytes: number;
  readonly #context: LibraryContext;
  readonly #name: string;
  readonly #record: IndexRecord;
  readonly #manifest: Manifest;
  /** Stamps recorded here; nothing is known of a folder that was written elsewhere. */
  readonly #recorded: readonly (FileStamp | null)[];
  readonly #checked: Checked[] = [];
  readonly #running = new Set<TaskControl>();
  #finishedBytes = 0;
  #next = 1;
  #cancelled = false;

  constructor(context: LibraryContext, name: string, record: IndexRecord, ofThisPlace: boolean) {
    this.#context = context;
    this.#name = name;
    this.#record = record;
    this.#manifest = record.manifest;
    this.#recorded = ofThisPlace ? (record.fragments ?? []) : [];
    this.totalBytes = record.manifest.size;
  }

  get doneBytes(): number {
    let done = this.#finishedBytes;
    for (const control of this.#running) done += control.doneBytes;
    return done;
  }

  cancel(): void {
    this.#cancelled = true;
    for (const control of this.#running) control.cancel();
  }

  async start(): Promise<Prepared> {
    const {size, geometry} = this.#manifest;
    const fragments = fragmentCount(size, geometry);
    const lanes = Math.min(fragments, WORKERS_MAX, availableParallelism());
    const settled = await Promise.allSettled(
      Array.from({length: lanes}, async () => {
        while (!this.#cancelled && this.#next <= fragments) await this.#check(this.#next++);
      }),
    );
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    if (this.#cancelled) return {kind: 'cancelled'};
    const stamps = this.#checked.map(({stamp}) => stamp);
    const hashed = this.#checked.some(({kind}) => kind === 'hashed');
    if (hashed || this.#recorded.length !== fragments) await this.#remember(stamps);
    return {kind: 'ready', version: fragmentsVersion(this.#name, this.#record, stamps), hashed, bad: []};
  }

  async #check(fragment: number): Promise<void> {
    const {size, geometry} = this.#manifest;
    const length = fragmentLength(size, geometry, fragment);
    const path = `${fragmentsFolder(this.#name)}/${fragmentFile(this.#name, fragment)}`;
    const recorded = this.#recorded[fragment - 1] ?? null;
    const present = await fileStamp(join(this.#context.root, path));
    const known = present === null || present === recorded;
    this.#checked[fragment - 1] = known
      ? {kind: 'known', stamp: present}
      : await this.#hash(path, fragment, length);
    this.#finishedBytes += length;
  }

  async #hash(path: string, fragment: number, length: number): Promise<Checked> {
    const opened = await openInside(this.#context.root, path);
    if (opened === null) return {kind: 'known', stamp: null};
    const control = new TaskControl();
    this.#running.add(control);
    try {
      if (opened.size !== length) return {kind: 'known', stamp: null}; // still being copied, or cut off
      const {blockBytes} = this.#manifest.geometry;
      const task = {
        fd: opened.handle.fd,
        position: 0,
        length,
        blockBytes,
        copyTo: null,
        control: control.shared,
      };
      const result = await this.#context.workers.run('split-fragment', task, {
        deadlineMs: deadlineOf(this.totalBytes),
      });
      if (result.kind !== 'split') return {kind: 'hashed', stamp: null, blockDigests: null};
      const expected = this.#record.fragmentDigests.subarray(
        (fragment - 1) * DIGEST_BYTES,
        fragment * DIGEST_BYTES,
      );
      return result.fragmentDigest === toHex(expected)
        ? {kind: 'hashed', stamp: opened.stamp, blockDigests: result.blockDigests}
        : {kind: 'hashed', stamp: null, blockDigests: null};
    } finally {
      this.#running.delete(control);
      await opened.handle.close();
    }
  }

  /** Writes the index anew as one of this place, so that a second start hashes nothing. */
  async #remember(stamps: readonly (FileStamp | null)[]): Promise<void> {
    const folder = join(this.#context.root, fragmentsFolder(this.#name));
    await writeBlockDigests(folder, await this.#blockDigests());
    const {manifest, modifiedMs, fragmentDigests} = this.#record;
    await writeIndex(folder, {original: null, manifest, modifiedMs, fragmentDigests, fragments: stamps});
    await syncFolder(folder);
  }

  /** What came with the copy where it is right, else what we hashed; zeros for a fragment that nobody knows. */
  async #blockDigests(): Promise<Uint8Array> {
    const {size, geometry} = this.#manifest;
    const all = new Uint8Array(Math.ceil(size / geometry.blockBytes) * DIGEST_BYTES);
    for (const [index, checked] of this.#checked.entries()) {
      const digests =
        (checked.kind === 'hashed' ? checked.blockDigests : null) ??
        (await rightBlockDigests(this.#context.root, fragmentsFolder(this.#name), this.#record, index + 1));
      if (digests !== null) all.set(digests, index * blocksPerFragment(geometry) * DIGEST_BYTES);
    }
    return all;
  }
}
