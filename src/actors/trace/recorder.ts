/** Puts the time on rows and hands them on. The receiver must not throw: whoever takes callbacks of others sees to that. */

import type {TraceRow} from '../../trace/rows.js';
import type {Clock} from '../clock.js';
import {Numbers} from './numbers.js';

/** Takes rows, in their order and at once: whatever is slow is for later. */
export type OnTrace = (row: TraceRow) => void;

/** Hundredths of a millisecond tell all there is to tell. */
const PARTS = 100;

export class Recorder {
  /** Of everything in this trace. */
  readonly numbers: Numbers;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #onTrace: OnTrace;

  /** `whole`: the trace that it writes a part of; null: one of its own, that begins now. */
  constructor(clock: Clock, onTrace: OnTrace, whole: Recorder | null = null) {
    this.#clock = clock;
    this.#startedAtMs = whole === null ? clock.now() : whole.#startedAtMs;
    this.#onTrace = onTrace;
    this.numbers = whole?.numbers ?? new Numbers();
  }

  /** For rows about one file of a set, in the same trace. */
  forItem(item: number): Recorder {
    return new Recorder(this.#clock, (row) => this.#onTrace({...row, item}), this);
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
