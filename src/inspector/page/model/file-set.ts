/** A download of several files as a whole, row by row. */

import type {TraceRow} from '../../../trace/rows.js';
import type {SetFile, SetMoment} from './moment.js';

export class FileSet {
  #facts: Omit<SetMoment, 'large' | 'bundlesOut'> | null = null;
  /** Entries are replaced, never changed: copies share them. */
  #large = new Map<number, SetFile>();
  #out = new Map<number, number>();

  clone(): FileSet {
    const copy = new FileSet();
    copy.#facts = this.#facts && {...this.#facts};
    copy.#large = new Map(this.#large);
    copy.#out = new Map(this.#out);
    return copy;
  }

  take(row: TraceRow): void {
    if (row.k === 'set') {
      const {wanted} = row;
      const none = {storedFiles: 0, completeFiles: 0, failedFiles: 0, bundles: 0};
      this.#facts = {wanted, files: null, bytes: null, ...none};
      return;
    }
    const facts = this.#facts;
    if (facts === null) return;
    switch (row.k) {
      case 'chosen':
        this.#facts = {...facts, files: row.files, bytes: row.bytes};
        return;
      case 'item': {
        const {item, name, size, is} = row;
        if (item !== undefined && (is === 'begun' || this.#large.has(item)))
          this.#large.set(item, {item, name, size, is});
        if (is === 'stored') this.#facts = {...facts, storedFiles: facts.storedFiles + 1};
        if (is === 'complete') this.#facts = {...facts, completeFiles: facts.completeFiles + 1};
        if (is === 'failed') this.#facts = {...facts, failedFiles: facts.failedFiles + 1};
        return;
      }
      case 'bundle':
        this.#facts = {...facts, bundles: facts.bundles + 1};
        this.#out.set(row.bundle, row.connection);
        return;
      case 'bundled':
        this.#out.delete(row.bundle);
        return;
      case 'dial':
        for (const [bundle, connection] of this.#out)
          if (connection === row.connection) this.#out.delete(bundle);
        return;
    }
  }

  /** It is a download of its own: other rows tell what came of it. */
  isLarge({item}: {readonly item?: number}): boolean {
    return item !== undefined && this.#large.has(item);
  }

  moment(): SetMoment | null {
    return this.#facts && {...this.#facts, bundlesOut: this.#out.size, large: [...this.#large.values()]};
  }
}
