/** Block digests of a file, in memory: kept up to SHELF_BYTES_MAX, beyond that only while their fragment is open. */

import {SHELF_BYTES_MAX} from '../../limits.js';

export class DigestShelf {
  readonly #kept = new Map<number, Uint8Array>();
  readonly #passing = new Map<number, Uint8Array>();
  #bytes = 0;

  /** Fragments whose digests are kept. */
  get fragments(): IterableIterator<number> {
    return this.#kept.keys();
  }

  get(fragment: number): Uint8Array | null {
    return this.#kept.get(fragment) ?? this.#passing.get(fragment) ?? null;
  }

  /** False when there is no room to keep them: then they stay until `forget`. */
  put(fragment: number, digests: Uint8Array): boolean {
    const before = this.#kept.get(fragment)?.length ?? 0;
    if (this.#bytes - before + digests.length > SHELF_BYTES_MAX) {
      this.#passing.set(fragment, digests);
      return false;
    }
    this.#bytes += digests.length - before;
    this.#kept.set(fragment, digests);
    return true;
  }

  forget(fragment: number): void {
    this.#passing.delete(fragment);
  }

  /** Drops them for good: they are not what they should be. */
  drop(fragment: number): void {
    this.#passing.delete(fragment);
    this.#bytes -= this.#kept.get(fragment)?.length ?? 0;
    this.#kept.delete(fragment);
  }
}
