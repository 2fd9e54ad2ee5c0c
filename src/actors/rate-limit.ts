/** A limit of bytes per second, shared by all who ask it, so smooth that the peer sees a slow link. */

import {RATE_PIECE_BYTES_MAX, RATE_PIECE_BYTES_MIN, RATE_PIECE_MS} from '../limits.js';
import type {Clock} from './clock.js';

export class RateLimit {
  /** Ask for at most so many bytes at once: about RATE_PIECE_MS of the rate. */
  readonly pieceBytes: number;
  readonly #bytesPerMs: number;
  readonly #clock: Clock;
  /** When everything granted so far has passed. */
  #freeAtMs: number;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#clock = clock;
    this.#freeAtMs = clock.now();
    const piece = Math.floor(this.#bytesPerMs * RATE_PIECE_MS);
    this.pieceBytes = Math.min(RATE_PIECE_BYTES_MAX, Math.max(RATE_PIECE_BYTES_MIN, piece));
  }

  /** Takes `bytes` out of the rate; returns how many milliseconds to wait before they may pass. First come, first served. */
  reserve(bytes: number): number {
    const now = this.#clock.now();
    // Unused time is forgotten but for one piece: a pause earns no burst, a late timer costs no rate.
    this.#freeAtMs = Math.max(this.#freeAtMs, now - RATE_PIECE_MS);
    const waitMs = Math.max(0, this.#freeAtMs - now);
    this.#freeAtMs += bytes / this.#bytesPerMs;
    return waitMs;
  }

  /** Resolves when `bytes` may pass. */
  async take(bytes: number): Promise<void> {
    const waitMs = this.reserve(bytes);
    if (waitMs <= 0) return;
    await new Promise<void>((resolve) => {
      this.#clock.setTimeout(resolve, waitMs);
    });
  }
}
