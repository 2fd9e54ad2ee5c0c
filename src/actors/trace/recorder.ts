/** Puts the time on rows and hands them on. The receiver must not throw: whoever takes callbacks of others sees to that. */

import type {TraceRow} from '../../trace/rows.js';
import type {Clock} from '../clock.js';

/** Takes rows, in their order and at once: whatever is slow is for later. */
export type OnTrace = (row: TraceRow) => void;

/** Hundredths of a millisecond tell all there is to tell. */
const PARTS = 100;

export class Recorder {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #onTrace: OnTrace;

  constructor(clock: Clock, onTrace: OnTrace) {
    this.#clock = clock;
    this.#startedAtMs = clock.now();
    this.#onTrace = onTrace;
  }

  /** Milliseconds since the start, for the `t` of a row. */
  now(): number {
    return this.at(this.#clock.now());
  }

  /** A reading of the clock as `t`. */
  at(clockMs: number): number {
    return rounded(clockMs - this.#startedAtMs);
  }

  add(row: TraceRow): void {
    this.#onTrace(row);
  }
}

/** A length of time as rows have it. */
export function rounded(ms: number): number {
  return Math.round(ms * PARTS) / PARTS;
}
