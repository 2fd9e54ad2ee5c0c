/** The few fragments a session keeps open, so that the fetches of one fragment share one descriptor. */

import {SESSION_FILES_MAX} from '../../limits.js';
import type {HexDigest} from '../../model.js';
import {type Answer, answer, type FragmentStore, type OpenFragment} from './fragment-store.js';

export class OpenFragments {
  readonly #store: FragmentStore;
  /** Least recently used first. */
  readonly #open = new Map<string, OpenFragment>();
  #closed = false;

  constructor(store: FragmentStore) {
    this.#store = store;
  }

  /**
   * The fragment, opened now or before in this `revision`. It stays open until SESSION_FILES_MAX others were used, or
   * until `release` or `close`.
   */
  async get(
    name: string,
    root: HexDigest,
    fragment: number,
    revision: string,
  ): Promise<Answer<OpenFragment>> {
    const key = `${root}/${fragment}/${revision}/${name}`;
    const known = this.#open.get(key);
    if (known !== undefined) {
      this.#open.delete(key);
      if (await known.isUnchanged()) {
        this.#open.set(key, known);
        return answer(known);
      }
      closeQuietly(known);
    }
    const opened = await this.#store.openFragment(name, root, fragment);
    if (opened.kind === 'refused') return opened;
    this.#open.set(key, opened.value);
    for (const [oldest, file] of this.#open) {
      if (this.#open.size <= SESSION_FILES_MAX && !this.#closed) break;
      this.#open.delete(oldest);
      closeQuietly(file);
    }
    return opened;
  }

  /** Forgets one that gave an error: its file may be another by now. */
  drop(file: OpenFragment): void {
    for (const [key, open] of this.#open) {
      if (open !== file) continue;
      this.#open.delete(key);
      closeQuietly(file);
    }
  }

  /** Closes all, for good. */
  close(): void {
    this.#closed = true;
    this.release();
  }

  /** Closes all for now. Call it when none is being read. */
  release(): void {
    for (const file of this.#open.values()) closeQuietly(file);
    this.#open.clear();
  }
}

/** Closing a file that was only read cannot lose anything. */
function closeQuietly(file: OpenFragment): void {
  file.close().catch(() => {});
}
