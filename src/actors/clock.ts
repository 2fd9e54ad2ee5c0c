/** Time as everything in fdl sees it: monotonic milliseconds, replaced as a whole by the simulation. */

import {performance} from 'node:perf_hooks';

/** Also satisfies xstate's `clock` option, so machines and actors share one time. */
export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
