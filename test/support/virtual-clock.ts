/** Time that stands still between timers: each fires at its own moment, in order of due time, then of setting. */

import type {Clock} from '../../src/actors/clock.js';
import {MinHeap} from '../../src/machines/plan/heap.js';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  /** Fired or cleared. */
  isOver: boolean;
}

export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #pending = 0;
  readonly #timers = new MinHeap<Timer>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  );

  now(): number {
    return this.#nowMs;
  }

  /** Timers that are set and have not fired. */
  get pending(): number {
    return this.#pending;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    this.#order++;
    const timer = {atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, callback, isOver: false};
    this.#timers.push(timer);
    this.#pending++;
    return timer;
  }

  clearTimeout(timer: unknown): void {
    const known = timer as Timer | null | undefined;
    if (known === null || known === undefined || known.isOver) return;
    known.isOver = true;
    this.#pending--;
  }

  /** Fires timers one by one until `isDone`, or until none is left or the time is up. Returns whether it is done. */
  run(isDone: () => boolean, untilMs: number): boolean {
    while (!isDone()) {
      const timer = this.#timers.peek();
      if (timer === undefined || timer.atMs > untilMs) return false;
      this.#timers.pop();
      if (timer.isOver) continue;
      this.#nowMs = timer.atMs;
      timer.isOver = true;
      this.#pending--;
      timer.callback();
    }
    return true;
  }

  /** Lets so much time pass. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    this.run(() => false, untilMs);
    this.#nowMs = untilMs;
  }
}
