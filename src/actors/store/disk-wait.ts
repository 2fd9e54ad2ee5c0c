/** Waiting for room on a full disk: what failed is tried again, one probe at a time, until it fits or time is up. */

import {DISK_RETRY_MAX_MS, DISK_RETRY_MIN_MS} from '../../limits.js';
import type {Clock} from '../clock.js';

export interface DiskWaitOptions {
  readonly clock: Clock;
  /** How long a disk may stay full, from the first failure on; 0: not at all. */
  readonly waitMs: number;
  readonly onPaused: () => void;
  readonly onResumed: () => void;
  readonly onGivenUp: (error: unknown) => void;
}

type State =
  | {readonly kind: 'flowing'}
  | {readonly kind: 'full'; readonly sinceMs: number; readonly delayMs: number; readonly timer: unknown}
  | {readonly kind: 'ended'};

export class DiskWait {
  readonly #options: DiskWaitOptions;
  #state: State = {kind: 'flowing'};
  /** What waits for room, oldest first. */
  #attempts: (() => void)[] = [];

  constructor(options: DiskWaitOptions) {
    this.#options = options;
  }

  /** True while nothing new should be tried: hand it to `later`. */
  get isFull(): boolean {
    return this.#state.kind === 'full';
  }

  /** Runs `attempt` when there may be room; never after `end`. */
  later(attempt: () => void): void {
    if (this.#state.kind !== 'ended') this.#attempts.push(attempt);
  }

  /** `attempt` found the disk full: it will be run again, unless time is up. */
  failed(error: unknown, attempt: () => void): void {
    if (this.#state.kind === 'ended') return;
    const {clock, waitMs, onPaused, onGivenUp} = this.#options;
    const sinceMs = this.#state.kind === 'full' ? this.#state.sinceMs : clock.now();
    if (clock.now() - sinceMs >= waitMs) {
      this.end();
      onGivenUp(error);
      return;
    }
    this.#attempts.unshift(attempt);
    if (this.#state.kind === 'full') return;
    this.#arm(sinceMs, DISK_RETRY_MIN_MS);
    onPaused();
  }

  /** Something was written: there is room again. */
  succeeded(): void {
    if (this.#state.kind !== 'full') return;
    this.#options.clock.clearTimeout(this.#state.timer);
    this.#state = {kind: 'flowing'};
    this.#options.onResumed();
    for (const attempt of this.#attempts.splice(0)) attempt();
  }

  /** Forgets everything that waits. */
  end(): void {
    if (this.#state.kind === 'full') this.#options.clock.clearTimeout(this.#state.timer);
    this.#state = {kind: 'ended'};
    this.#attempts = [];
  }

  /** The delay does not outlast the wait, so that a last try is made when time is up. */
  #arm(sinceMs: number, delayMs: number): void {
    const {clock, waitMs} = this.#options;
    const leftMs = sinceMs + waitMs - clock.now();
    const soonMs = leftMs > 0 ? Math.min(delayMs, leftMs) : DISK_RETRY_MIN_MS;
    const timer = clock.setTimeout(() => this.#probe(), soonMs);
    this.#state = {kind: 'full', sinceMs, delayMs, timer};
  }

  /** One attempt stands for all. The next probe does not wait for its outcome, which may say nothing about room. */
  #probe(): void {
    if (this.#state.kind !== 'full') return;
    const attempt = this.#attempts.shift();
    if (attempt === undefined) return this.succeeded();
    this.#arm(this.#state.sinceMs, Math.min(DISK_RETRY_MAX_MS, this.#state.delayMs * 2));
    attempt();
  }
}
