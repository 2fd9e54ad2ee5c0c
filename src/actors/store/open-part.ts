/** The part of one version while it is being filled: every block that is verified, written, checked or taken over. */

import {asFdlError, type FdlError} from '../../errors.js';
import {blockLength, blockOffset} from '../../geometry.js';
import type {DatedManifest} from '../../machines/events.js';
import type {Run} from '../../model.js';
import {DIGEST_BYTES, toHex} from '../../protocol/digests.js';
import type {CheckBlockResult} from '../../workers/check-block.js';
import type {CopyBlockResult} from '../../workers/copy-block.js';
import type {StoreBlockResult} from '../../workers/store-block.js';
import type {BlockSet} from './block-set.js';
import type {DigestShelf} from './digest-shelf.js';
import {diskError, errnoError, isDiskFull, withNeed} from './disk-error.js';
import {DiskWait} from './disk-wait.js';
import type {OlderPart} from './leftovers.js';
import {encodeFragmentDigests, encodeRecord} from './log-records.js';
import {LogWriter} from './log-writer.js';
import type {PartFile} from './output-file.js';
import type {ResumeLog} from './resume-log.js';
import {equalRuns} from './salvage.js';
import {type SpareBlock, SpareBlocks} from './spare-blocks.js';
import type {ReceivedBlock, StoreNews, StoreOptions} from './store-port.js';

export interface OpenPartOptions {
  readonly store: StoreOptions;
  readonly manifest: DatedManifest;
  readonly part: PartFile;
  readonly log: ResumeLog;
  /** Rejects when the part is no longer under its name. */
  readonly checkThere: () => Promise<void>;
  /** Blocks that count. */
  readonly stored: BlockSet;
  /** Blocks of earlier runs that must be checked first. */
  readonly unchecked: BlockSet;
  readonly shelf: DigestShelf;
  readonly older: readonly OlderPart[];
  readonly tell: (news: StoreNews) => void;
  readonly fail: (error: unknown) => void;
}

export class OpenPart {
  readonly #options: OpenPartOptions;
  readonly #wait: DiskWait;
  readonly #spares: SpareBlocks;
  readonly log: LogWriter;
  /** Blocks at the workers or waiting for room. */
  #waiting = 0;
  /** Blocks at the workers: while there are any, the descriptor must stay open. */
  #writing = 0;
  #onQuiet: (() => void)[] = [];
  #isEnded = false;

  constructor(options: OpenPartOptions) {
    this.#options = options;
    const {store, part, manifest} = options;
    this.#wait = new DiskWait({
      clock: store.clock,
      waitMs: store.diskWaitMs,
      onPaused: () => options.tell(this.#pauseNews()),
      onResumed: () => options.tell({type: 'store.resumed'}),
      onGivenUp: (error) => options.fail(withNeed(asFdlError(error), this.#needBytes)),
    });
    this.#spares = new SpareBlocks({
      manifest,
      workers: store.workers,
      fd: part.file.fd,
      isPressed: () => this.#waiting > 0,
      onResult: (block, result) => this.#onSpare(block, result),
      onBroken: (error) => options.fail(error),
    });
    this.log = new LogWriter({
      clock: store.clock,
      log: options.log,
      part: part.file,
      checkThere: options.checkThere,
      onAppendFailed: (error, retry) => this.#onRefused(diskError(error, options.log.path, 'write'), retry),
      onAppended: () => this.#wait.succeeded(),
      onSyncFailed: (error) => this.#failed(diskError(error, part.path, 'sync')),
    });
  }

  get waiting(): number {
    return this.#waiting;
  }

  get isComplete(): boolean {
    return this.#options.stored.isComplete;
  }

  /** Nothing is stored, and nothing may turn out to be. */
  get isEmpty(): boolean {
    return this.#options.stored.count + this.#options.unchecked.count === 0;
  }

  /** Queues what earlier runs left, as far as its digests are known; returns it, blocks of older parts included. */
  start(): Run[] {
    const {shelf} = this.#options;
    return [...shelf.fragments]
      .sort((a, b) => a - b)
      .flatMap((fragment) => this.#spareRuns(fragment, shelf.get(fragment) ?? new Uint8Array(0)));
  }

  /** Starts the work that `start` queued. */
  pump(): void {
    if (!this.#isEnded) this.#spares.pump();
  }

  learnFragmentDigests(digests: Uint8Array): void {
    this.log.add(encodeFragmentDigests(digests));
  }

  learnBlockDigests(fragment: number, digests: Uint8Array): Run[] {
    if (this.#options.shelf.get(fragment) !== null) return [];
    this.#options.shelf.put(fragment, digests);
    this.log.add(encodeRecord({kind: 'block-digests', fragment, digests}));
    const runs = this.#spareRuns(fragment, digests);
    this.pump();
    return runs;
  }

  put(block: ReceivedBlock): void {
    this.#waiting++;
    const attempt = (): void => this.#write(block);
    if (this.#wait.isFull) this.#wait.later(attempt);
    else attempt();
  }

  /** No new work is started; what is at the workers goes on, what waits for room is dropped. */
  end(): void {
    this.#isEnded = true;
    this.#wait.end();
    this.#spares.stop();
    this.log.stop();
  }

  /** Resolves when no worker holds the descriptor. */
  quiet(): Promise<void> {
    if (this.#writing + this.#spares.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onQuiet.push(resolve));
  }

  #pauseNews(): StoreNews {
    const {part, store} = this.#options;
    return {type: 'store.paused', path: part.path, needBytes: this.#needBytes, waitMs: store.diskWaitMs};
  }

  get #needBytes(): number {
    return this.#options.manifest.size - this.#options.stored.bytes;
  }

  #write(received: ReceivedBlock): void {
    const {store, manifest, part, shelf} = this.#options;
    const {fragment, block, slab, length} = received;
    const digests = shelf.get(fragment);
    if (digests === null) throw new Error(`fragment ${fragment}: a block came before its digests`);
    const digest = toHex(digests.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES));
    const task = {
      memory: store.slabs.memory,
      start: slab * store.slabs.bytes,
      length,
      fd: part.file.fd,
      position: blockOffset(manifest.geometry, fragment, block),
      digest,
    };
    this.#writing++;
    // When the pool fails a thread may still be writing: the block stays counted, and its slab stays taken.
    store.workers
      .run('store-block', task)
      .then((result) => this.#onWritten(received, digest, result))
      .catch(this.#options.fail);
  }

  #onWritten(received: ReceivedBlock, expected: string, result: StoreBlockResult): void {
    const {connection, fragment, block, slab, length} = received;
    this.#writing--;
    if (result.kind === 'disk' && isDiskFull(result.code)) {
      this.#onRefused(errnoError(result.code, this.#options.part.path, 'write'), () => this.#write(received));
      return this.#checkQuiet();
    }
    this.#waiting--;
    this.#options.store.slabs.give(slab);
    if (result.kind === 'stored') this.#stored(fragment, block, length, {kind: 'network', connection});
    else if (result.kind === 'wrong') {
      const {received: found} = result;
      this.#options.tell({type: 'block.wrong', fragment, block, connection, expected, received: found});
    } else this.#failed(errnoError(result.code, this.#options.part.path, 'write'));
    this.#checkQuiet();
    this.pump();
  }

  #onSpare(spare: SpareBlock, result: CheckBlockResult | CopyBlockResult): void {
    const {fragment, block, expected, from} = spare;
    const {manifest, unchecked, part} = this.#options;
    if (result.kind === 'disk' && from !== null) {
      const error = errnoError(result.code, part.path, 'write');
      if (isDiskFull(result.code)) this.#onRefused(error, () => this.#spares.run(spare));
      else this.#failed(error);
    } else if (result.kind === 'right' || result.kind === 'stored') {
      const length = blockLength(manifest.size, manifest.geometry, fragment, block);
      this.#stored(fragment, block, length, {kind: from === null ? 'part' : 'older-part'});
    } else {
      if (unchecked.delete(fragment, block) && from === null) this.log.removed(fragment, block);
      const received = result.kind === 'wrong' ? result.received : '';
      this.#options.tell({type: 'block.wrong', fragment, block, connection: null, expected, received});
    }
    this.#checkQuiet();
  }

  #stored(
    fragment: number,
    block: number,
    bytes: number,
    origin: (StoreNews & {type: 'block.stored'})['origin'],
  ): void {
    const {stored, unchecked, tell} = this.#options;
    unchecked.delete(fragment, block);
    if (stored.add(fragment, block)) this.log.stored(fragment, block, bytes);
    this.#wait.succeeded();
    tell({type: 'block.stored', fragment, block, bytes, origin});
  }

  /** Queues what is on disk of a fragment and not certain: our own blocks first. */
  #spareRuns(fragment: number, digests: Uint8Array): Run[] {
    const own = this.#options.unchecked.runsOf(fragment);
    for (const run of own) this.#spares.add(run, digests, null);
    return [...own, ...this.#salvage(fragment, digests)];
  }

  /** What older parts have of a fragment; from now on it counts as unchecked. */
  #salvage(fragment: number, digests: Uint8Array): Run[] {
    const {older, manifest, stored, unchecked} = this.#options;
    const salvaged: Run[] = [];
    for (const {file, state} of older) {
      const isWanted = (block: number): boolean =>
        !stored.has(fragment, block) && !unchecked.has(fragment, block);
      for (const run of equalRuns({manifest, fragment, digests, older: state, isWanted})) {
        unchecked.addRun(run);
        this.#spares.add(run, digests, file.fd);
        salvaged.push(run);
      }
    }
    return salvaged;
  }

  /** Only room can be waited for. */
  #onRefused(error: FdlError, retry: () => void): void {
    if (this.#isEnded) return;
    if (error.code === 'disk-full') this.#wait.failed(error, retry);
    else this.#failed(error);
  }

  /** What the disk said to have written may be lost: no clean end, so that the next run looks at all of it. */
  #failed(error: unknown): void {
    this.log.spoil(error);
    this.#options.fail(error);
  }

  #checkQuiet(): void {
    if (this.#writing + this.#spares.running > 0) return;
    for (const resolve of this.#onQuiet.splice(0)) resolve();
  }
}
