/** Looks after fragments that may be damaged: one at a time, each at most once in REPORT_INTERVAL_MS. */

import {REPORT_INTERVAL_MS, REPORTS_WAITING_MAX} from '../../../limits.js';
import type {Catalogue} from '../../../machines/catalogue.js';
import {type FileStamp, type Version, withFragment} from '../../../machines/version.js';
import type {LibraryNotice} from '../library-events.js';
import type {LibraryContext} from './index-original.js';
import {adoptedStamp, isIndexed, repairFragment} from './repair-fragment.js';

export class FragmentDoctor {
  readonly #context: LibraryContext;
  readonly #catalogue: Catalogue;
  readonly #notify: (notice: LibraryNotice) => void;
  readonly #indexAgain: (name: string) => void;
  /** When a fragment was last looked at, by root and number. */
  readonly #examined = new Map<string, number>();
  readonly #waiting: {readonly version: Version; readonly fragment: number}[] = [];
  #working: Promise<void> | null = null;
  #closed = false;

  /** `indexAgain` is called with the name of an original whose index is gone or damaged. */
  constructor(
    context: LibraryContext,
    catalogue: Catalogue,
    notify: (notice: LibraryNotice) => void,
    indexAgain: (name: string) => void,
  ) {
    this.#context = context;
    this.#catalogue = catalogue;
    this.#notify = notify;
    this.#indexAgain = indexAgain;
  }

  /** Has a fragment hashed and, when it is wrong, made anew or withdrawn. Too many requests are dropped. */
  examine(version: Version, fragment: number): void {
    const key = `${version.name}/${version.manifest.root}/${fragment}`;
    const now = this.#context.clock.now();
    const last = this.#examined.get(key);
    if (last !== undefined && now - last < REPORT_INTERVAL_MS) return;
    if (this.#closed || this.#waiting.length >= REPORTS_WAITING_MAX) return;
    this.#forgetOld(now);
    this.#examined.set(key, now);
    this.#waiting.push({version, fragment});
    this.#working ??= this.#work();
  }

  /** Takes over the stamp of a fragment that another server of this folder made anew; null when there is none. */
  async adopt(version: Version, fragment: number): Promise<FileStamp | null> {
    const stamp = await adoptedStamp(this.#context, version, fragment);
    if (stamp !== null) this.#update(version, fragment, stamp);
    return stamp;
  }

  /** Resolves when nothing is being looked at any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#repair(next.version, next.fragment);
    }
    this.#working = null;
  }

  async #repair(seen: Version, fragment: number): Promise<void> {
    const version = this.#catalogue.version(seen.name);
    if (version?.manifest.root !== seen.manifest.root) return; // another version by now
    const {name} = version;
    const row = this.#catalogue.row(name);
    const original = row?.sighting.kind === 'original' ? row.sighting.stamp : null;
    try {
      if (original !== null && !(await isIndexed(this.#context, version, fragment)))
        return this.#indexAgain(name);
      const {outcome, stamp} = await repairFragment(this.#context, version, fragment, original);
      this.#update(version, fragment, stamp);
      this.#notify({kind: 'fragment-examined', name, fragment, outcome});
    } catch (error) {
      this.#update(version, fragment, null);
      this.#notify({kind: 'fragment-unreadable', name, fragment, reason: String(error)});
    }
  }

  /** Applied to what is offered now, which may have changed in other fragments meanwhile. */
  #update(seen: Version, fragment: number, stamp: FileStamp | null): void {
    const version = this.#catalogue.version(seen.name);
    if (version?.manifest.root === seen.manifest.root)
      this.#catalogue.updated(withFragment(version, fragment, stamp));
  }

  #forgetOld(now: number): void {
    for (const [key, at] of this.#examined) {
      if (now - at >= REPORT_INTERVAL_MS) this.#examined.delete(key);
    }
  }
}
