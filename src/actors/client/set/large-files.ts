/** Downloads files one by one, a few at a time: the next one begins before the last blocks of another have come. */

import {FILES_AT_ONCE} from '../../../limits.js';

/** A queue of downloads that is worked off by FILES_AT_ONCE at a time. */
export class LargeFiles<File> {
  readonly #download: (file: File) => Promise<void>;
  readonly #waiting: File[] = [];
  #next = 0;
  #isClosed = false;
  #wake: (() => void)[] = [];

  /** `download` reports what becomes of a file; it must not reject. */
  constructor(download: (file: File) => Promise<void>) {
    this.#download = download;
  }

  push(file: File): void {
    this.#waiting.push(file);
    this.#wakeAll();
  }

  /** No more files will come. */
  close(): void {
    this.#isClosed = true;
    this.#wakeAll();
  }

  /** Resolves when it was closed and every file has ended. */
  async run(): Promise<void> {
    await Promise.all(Array.from({length: FILES_AT_ONCE}, () => this.#work()));
  }

  async #work(): Promise<void> {
    for (;;) {
      const file = this.#waiting[this.#next];
      if (file !== undefined) {
        this.#next++;
        await this.#download(file);
      } else if (this.#isClosed) return;
      else await new Promise<void>((resolve) => void this.#wake.push(resolve));
    }
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
