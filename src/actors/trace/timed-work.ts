/** What a download waits for beside its servers, measured while it is traced: full memory, and threads that are busy. */

import type {Workers} from '../../workers/pool.js';
import type {StoreBlockResult} from '../../workers/store-block.js';
import type {StoredFile} from '../../workers/store-files.js';
import {type Meter, Meters} from '../client/meters.js';
import type {Clock} from '../clock.js';

/** Meters that also measure for how long reading was paused. */
export class TimedMeters extends Meters {
  readonly #clock: Clock;
  readonly #pausedMs = new Map<number, number>();
  readonly #sinceMs = new Map<number, number>();

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  override open(connection: number): Meter {
    const {count, pause, resume} = super.open(connection);
    return {
      count,
      pause: () => {
        if (!this.#sinceMs.has(connection)) this.#sinceMs.set(connection, this.#clock.now());
        pause();
      },
      resume: () => {
        this.#endPause(connection);
        resume();
      },
    };
  }

  override close(connection: number): void {
    this.#endPause(connection);
    super.close(connection);
  }

  /** How long a connection's reading was paused since this was last asked, in milliseconds. */
  takePausedMs(connection: number): number {
    const isPaused = this.#sinceMs.has(connection);
    this.#endPause(connection);
    if (isPaused) this.#sinceMs.set(connection, this.#clock.now());
    const pausedMs = this.#pausedMs.get(connection) ?? 0;
    this.#pausedMs.delete(connection);
    return pausedMs;
  }

  #endPause(connection: number): void {
    const sinceMs = this.#sinceMs.get(connection);
    if (sinceMs === undefined) return;
    this.#sinceMs.delete(connection);
    this.#pausedMs.set(connection, (this.#pausedMs.get(connection) ?? 0) + this.#clock.now() - sinceMs);
  }
}

/** Blocks that went through the threads, and the time that took; times are sums over blocks, in milliseconds. */
export interface Work {
  tasks: number;
  waitedMs: number;
  hashedMs: number;
  writtenMs: number;
}

/** Workers whose storing of blocks, or of the files of bundles, is measured. */
export class TimedWorkers implements Workers {
  readonly #workers: Workers;
  readonly #clock: Clock;
  #work: Work = {tasks: 0, waitedMs: 0, hashedMs: 0, writtenMs: 0};

  constructor(workers: Workers, clock: Clock) {
    this.#workers = workers;
    this.#clock = clock;
  }

  readonly run: Workers['run'] = (name, task, options) => {
    if (name !== 'store-block' && name !== 'store-files') return this.#workers.run(name, task, options);
    const askedAtMs = this.#clock.now();
    return this.#workers.run(name, task, options).then((result) => {
      this.#note(this.#clock.now() - askedAtMs, result as StoreBlockResult | StoredFile[]);
      return result;
    });
  };

  close(): Promise<void> {
    return this.#workers.close();
  }

  /** What was done since this was last asked. */
  take(): Work {
    const work = this.#work;
    this.#work = {tasks: 0, waitedMs: 0, hashedMs: 0, writtenMs: 0};
    return work;
  }

  /** What was not stored was not timed either, and not all that takes time is measured: the rest is waiting. */
  #note(tookMs: number, result: StoreBlockResult | readonly StoredFile[]): void {
    const parts = 'kind' in result ? [result] : result;
    let restMs = tookMs;
    for (const part of parts) {
      if (part.kind !== 'stored') continue;
      const {hashMs, writeMs} = part;
      this.#work.tasks++;
      this.#work.hashedMs += hashMs;
      this.#work.writtenMs += writeMs;
      restMs -= hashMs + writeMs;
    }
    if (restMs < tookMs) this.#work.waitedMs += Math.max(0, restMs);
  }
}
