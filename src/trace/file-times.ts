/** What became of the files of a set, and which of them took longest, from the rows of its trace. Pure. */

import {REPORT_FILES_MAX} from '../limits.js';
import type {RowOf, TraceRow} from './rows.js';

/** A file of a set that was a download of its own. */
export interface FileTime {
  readonly item: number;
  readonly name: string;
  /** `begun`: it had not ended. */
  readonly is: RowOf<'item'>['is'];
  /** From its beginning to its end. */
  readonly ms: number;
  /** Received, found right and written. */
  readonly storedBytes: number;
}

export interface FilesTime {
  /** Of the set; 0 when it was not known yet. */
  readonly files: number;
  readonly stored: number;
  readonly complete: number;
  readonly failed: number;
  /** Files that came in bundles, and how many of these were asked for. */
  readonly bundledFiles: number;
  readonly bundles: number;
  /** Files that were downloads of their own, and those of them that took longest, the longest first. */
  readonly single: number;
  readonly slowest: readonly FileTime[];
}

export class FileTimes {
  readonly #counts = {begun: 0, stored: 0, complete: 0, failed: 0};
  /** Files under way, with the `t` at which they began. */
  readonly #begun = new Map<number, FileTime & {readonly sinceMs: number}>();
  #slowest: FileTime[] = [];
  #files = 0;
  #bundles = 0;
  #bundledFiles = 0;

  take(row: TraceRow): void {
    if (row.k === 'chosen') this.#files = row.files;
    else if (row.k === 'bundle') this.#bundles++;
    else if (row.k === 'stored' && row.item !== undefined && row.connection !== null)
      this.#addBytes(row.item, row.bytes);
    else if (row.k === 'item') this.#takeItem(row);
  }

  end(lastMs: number): FilesTime {
    const {begun: single, stored, complete, failed} = this.#counts;
    const open = [...this.#begun.values()].map(({sinceMs, ...file}) => ({...file, ms: lastMs - sinceMs}));
    return {
      files: Math.max(this.#files, stored + complete + failed),
      stored,
      complete,
      failed,
      bundledFiles: this.#bundledFiles,
      bundles: this.#bundles,
      single,
      slowest: longest([...this.#slowest, ...open]),
    };
  }

  #takeItem({t, item = 0, name, is, server, storedBytes = 0}: RowOf<'item'>): void {
    this.#counts[is]++;
    if (server !== undefined) this.#bundledFiles++;
    if (is === 'begun') {
      this.#begun.set(item, {item, name, is, ms: 0, storedBytes: 0, sinceMs: t});
      return;
    }
    const begun = this.#begun.get(item);
    if (begun === undefined) return;
    this.#begun.delete(item);
    this.#slowest = longest([...this.#slowest, {item, name, is, ms: t - begun.sinceMs, storedBytes}]);
  }

  #addBytes(item: number, bytes: number): void {
    const begun = this.#begun.get(item);
    if (begun !== undefined) this.#begun.set(item, {...begun, storedBytes: begun.storedBytes + bytes});
  }
}

function longest(files: readonly FileTime[]): FileTime[] {
  return files.toSorted((a, b) => b.ms - a.ms).slice(0, REPORT_FILES_MAX);
}
