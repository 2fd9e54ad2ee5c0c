/** The rate of one connection, learnt from byte counts. Pure: time comes with each sample. */

import {RATE_HALF_LIFE_MS} from '../../limits.js';

/** An exponentially weighted mean over reading time; `null` until the first byte. */
export class RateMeter {
  #bytes = 0;
  #ms = 0;

  /** `bytes` arrived within `ms` of reading; time in which we did not read must not be given. */
  sample(bytes: number, ms: number): void {
    if (ms <= 0) return;
    if (bytes === 0 && this.#bytes === 0) return; // silence before the first byte is latency, not rate
    const keep = 0.5 ** (ms / RATE_HALF_LIFE_MS);
    this.#bytes = this.#bytes * keep + bytes;
    this.#ms = this.#ms * keep + ms;
  }

  /** As `sample`, of time in which we did not always read: what came faster than was known counts, slowness is ours. */
  sampleAtLeast(bytes: number, ms: number): void {
    if (bytes * this.#ms > this.#bytes * ms || this.#ms === 0) this.sample(bytes, ms);
  }

  /** Bytes per second, or null while nothing is known. */
  get bytesPerSecond(): number | null {
    return this.#ms === 0 ? null : (this.#bytes / this.#ms) * 1000;
  }
}
