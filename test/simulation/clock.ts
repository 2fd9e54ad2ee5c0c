/** Simulated time: stands still between events, and each event happens at its own moment. */

import type {Clock} from '../../src/actors/clock.js';
import {MinHeap} from '../../src/machines/plan/heap.js';

interface Timer {
  readonly atMs: number;
  /** Drawn by chance: of events due at one moment any may be the first. */
  readonly tie: number;
  readonly order: number;
  readonly callback: () => void;
  isOver: boolean;
}

/** Real timers keep the order in which they were set, so few ties are enough to try the other order. */
const TIES = 4;

export class SimClock implements Clock {
  readonly #random: () => number;
  #nowMs = 0;
  #order = 0;
  readonly #timers = new MinHeap<Timer>((a, b) => {
    if (a.atMs !== b.atMs) return a.atMs < b.atMs;
    return a.tie === b.tie ? a.order < b.order : a.tie < b.tie;
  });

  constructor(random: () => number) {
    this.#random = random;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const tie = Math.floor(this.#random() * TIES);
    this.#order++;
    const timer = {atMs, tie, order: this.#order, callback, isOver: false};
    this.#timers.push(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    if (typeof timer === 'object' && timer !== null) (timer as Timer).isOver = true;
  }

  /** When the next event is due; null: none is. */
  get nextMs(): number | null {
    for (let next = this.#timers.peek(); next !== undefined; next = this.#timers.peek()) {
      if (!next.isOver) return next.atMs;
      this.#timers.pop();
    }
    return null;
  }

  /** Lets the next event happen; false: there is none. */
  step(): boolean {
    if (this.nextMs === null) return false;
    const timer = this.#timers.pop();
    if (timer === undefined) return false;
    this.#nowMs = timer.atMs;
    timer.isOver = true;
    timer.callback();
    return true;
  }
}

/** The time of one simulated process: with the process its timers are gone. */
export class ProcessClock implements Clock {
  readonly #clock: SimClock;
  readonly #timers = new Map<object, unknown>();
  #isAlive = true;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Timers that are set and have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, delayMs: number): object {
    const key = {};
    if (!this.#isAlive) return key;
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(key);
      callback();
    }, delayMs);
    this.#timers.set(key, timer);
    return key;
  }

  clearTimeout(key: unknown): void {
    const timer = this.#timers.get(key as object);
    if (timer === undefined) return;
    this.#timers.delete(key as object);
    this.#clock.clearTimeout(timer);
  }

  /** The process is no more. */
  kill(): void {
    this.#isAlive = false;
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer);
    this.#timers.clear();
  }
}
