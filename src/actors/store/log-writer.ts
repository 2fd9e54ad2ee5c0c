/** Keeps the log of an open part: batches what was stored, and syncs part and log now and then, never on a block's path. */

import {LOG_BATCH_BYTES, LOG_BATCH_MS, SYNC_BYTES, SYNC_INTERVAL_MS} from '../../limits.js';
import type {Run} from '../../model.js';
import type {Clock} from '../clock.js';
import type {DiskFile} from './disk.js';
import {encodeRecord, encodeRuns} from './log-records.js';
import type {ResumeLog} from './resume-log.js';

export interface LogWriterOptions {
  readonly clock: Clock;
  readonly log: ResumeLog;
  readonly part: DiskFile;
  /** Rejects when the part is no longer under its name. */
  readonly checkThere: () => Promise<void>;
  /** An append failed; `retry` does it again. */
  readonly onAppendFailed: (error: unknown, retry: () => void) => void;
  /** The retry went through. */
  readonly onAppended: () => void;
  /** A sync failed: what was written may be lost, and a second try would not tell. Call `spoil`. */
  readonly onSyncFailed: (error: unknown) => void;
}

export class LogWriter {
  readonly #options: LogWriterOptions;
  /** Encoded records in order; after them come `#runs`. */
  #sealed: Buffer[] = [];
  #runs: {readonly kind: 'stored' | 'removed'; readonly list: Run[]} = {kind: 'stored', list: []};
  #appending: Promise<void> = Promise.resolve();
  #syncing: Promise<void> | null = null;
  #batchTimer: unknown = null;
  #syncTimer: unknown = null;
  #unloggedBytes = 0;
  #unsyncedBytes = 0;
  #isStopped = false;
  /** An append failed and `retry` was handed out: nothing is tried before it. */
  #isRefused = false;
  /** Why there can be no clean end any more. */
  #spoiled: {readonly error: unknown} | null = null;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** One or more encoded records, after everything added before. */
  add(records: Buffer): void {
    this.#seal();
    this.#sealed.push(records);
    this.#armBatch();
  }

  /** The write of a block has returned. */
  stored(fragment: number, block: number, bytes: number): void {
    this.#addRun('stored', {fragment, first: block, end: block + 1});
    this.#unloggedBytes += bytes;
    this.#unsyncedBytes += bytes;
    if (this.#unloggedBytes >= LOG_BATCH_BYTES) this.#flushOrTell();
    if (this.#unsyncedBytes >= SYNC_BYTES) this.#syncSoon(0);
    else this.#syncSoon(SYNC_INTERVAL_MS);
  }

  removed(fragment: number, block: number): void {
    this.#addRun('removed', {fragment, first: block, end: block + 1});
  }

  /** Ends when all that was added is in the log, not yet synced. Rejects when the disk refuses; nothing is lost then. */
  flush(): Promise<void> {
    const appended = this.#appending.then(() => this.#append());
    this.#appending = appended.catch(() => undefined);
    return appended;
  }

  /**
   * The part, then the log, reach the disk itself, with a record of how the part looks: the next run trusts it. When no
   * worker writes any more. Rejects when the disk refuses, or did so before: a second sync would not tell what is lost.
   */
  async seal(): Promise<void> {
    const {log, part} = this.#options;
    await this.#syncing;
    if (this.#spoiled !== null) throw this.#spoiled.error;
    await this.flush();
    await part.sync();
    const {size, inode, mtimeNs, ctimeNs} = await part.facts();
    const mark = {size, inode: String(inode), mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs)};
    this.add(encodeRecord({kind: 'closed', mark}));
    await this.flush();
    await log.sync();
  }

  /** The disk failed: what it said to have written may be lost, and the next run must look at all of it. */
  spoil(error: unknown): void {
    this.#spoiled ??= {error};
  }

  /** No timer fires any more; `flush` and `seal` still work. */
  stop(): void {
    this.#isStopped = true;
    this.#options.clock.clearTimeout(this.#batchTimer);
    this.#options.clock.clearTimeout(this.#syncTimer);
  }

  #addRun(kind: 'stored' | 'removed', run: Run): void {
    if (this.#runs.kind !== kind) {
      this.#seal();
      this.#runs = {kind, list: []};
    }
    this.#runs.list.push(run);
    this.#armBatch();
  }

  #seal(): void {
    if (this.#runs.list.length === 0) return;
    this.#sealed.push(encodeRuns(this.#runs.kind, merged(this.#runs.list)));
    this.#runs = {kind: this.#runs.kind, list: []};
  }

  async #append(): Promise<void> {
    this.#seal();
    if (this.#sealed.length === 0) return;
    this.#unloggedBytes = 0;
    const batch = Buffer.concat(this.#sealed.splice(0));
    try {
      await this.#options.log.append(batch);
    } catch (error) {
      this.#sealed.unshift(batch);
      throw error;
    }
  }

  #armBatch(): void {
    if (this.#batchTimer !== null || this.#isStopped || this.#isRefused) return;
    this.#batchTimer = this.#options.clock.setTimeout(() => {
      this.#batchTimer = null;
      this.#flushOrTell();
    }, LOG_BATCH_MS);
  }

  #flushOrTell(): void {
    if (this.#isStopped || this.#isRefused) return;
    this.flush().catch((error) => this.#refused(error));
  }

  #refused(error: unknown): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#options.onAppendFailed(error, () => {
      this.#isRefused = false;
      if (this.#isStopped) return;
      this.flush().then(this.#options.onAppended, (again) => this.#refused(again));
    });
  }

  #syncSoon(delayMs: number): void {
    if (this.#isStopped || this.#syncing !== null) return;
    if (this.#syncTimer !== null && delayMs > 0) return;
    this.#options.clock.clearTimeout(this.#syncTimer);
    this.#syncTimer = this.#options.clock.setTimeout(() => {
      this.#syncTimer = null;
      this.#syncing = this.#syncNow().finally(() => {
        this.#syncing = null;
        if (this.#unsyncedBytes > 0 && !this.#isRefused) this.#syncSoon(SYNC_INTERVAL_MS);
      });
    }, delayMs);
  }

  /** Bounds what a power cut costs. Nothing relies on it: without a clean end every block is checked anyway. */
  async #syncNow(): Promise<void> {
    const {log, part, checkThere, onSyncFailed} = this.#options;
    const bytes = this.#unsyncedBytes;
    try {
      await this.flush();
    } catch (error) {
      return this.#refused(error);
    }
    try {
      await checkThere();
      await part.datasync();
      await log.sync();
      this.#unsyncedBytes -= bytes;
    } catch (error) {
      onSyncFailed(error);
    }
  }
}

/** Blocks arrive in any order; neighbours become one run. */
function merged(runs: readonly Run[]): Run[] {
  const sorted = [...runs].sort((a, b) => a.fragment - b.fragment || a.first - b.first);
  const result: Run[] = [];
  for (const run of sorted) {
    const last = result.at(-1);
    if (last !== undefined && last.fragment === run.fragment && run.first <= last.end) {
      result[result.length - 1] = {...last, end: Math.max(last.end, run.end)};
    } else result.push(run);
  }
  return result;
}
