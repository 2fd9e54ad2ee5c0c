/** The files that are being prepared now: how far they are, and how they are ended. */

import type {Sighting} from '../../../machines/catalogue.js';
import {type Hashing, permilleOf} from '../../fragments/hash-version.js';

/** One file being prepared. */
export interface RunningFile {
  readonly sighting: Sighting;
  /** Takes the hashing, as soon as there is one. */
  hashing(hashing: Hashing): void;
  /** It has ended, however. */
  end(): void;
}

interface Entry {
  readonly sighting: Sighting;
  hashing: Hashing | null;
  isCancelled: boolean;
}

export class RunningFiles {
  readonly #entries = new Set<Entry>();
  #finishedBytes = 0;

  get count(): number {
    return this.#entries.size;
  }

  start(sighting: Sighting): RunningFile {
    const entry: Entry = {sighting, hashing: null, isCancelled: false};
    this.#entries.add(entry);
    return {
      sighting,
      hashing: (hashing) => {
        entry.hashing = hashing;
        if (entry.isCancelled) hashing.cancel();
      },
      end: () => {
        this.#entries.delete(entry);
        this.#finishedBytes += entry.hashing?.totalBytes ?? 0;
      },
    };
  }

  /** Ends what is being done for a file. */
  cancel(name: string): void {
    for (const entry of this.#entries) if (entry.sighting.name === name) cancelEntry(entry);
  }

  cancelAll(): void {
    for (const entry of this.#entries) cancelEntry(entry);
  }

  /** How far a file is, 0 to 1,000; null when it is not being hashed. */
  permilleOf(name: string): number | null {
    for (const {sighting, hashing} of this.#entries) {
      if (sighting.name === name && hashing !== null) return permilleOf(hashing);
    }
    return null;
  }

  /** Bytes gone through and in all, with those finished since `forgetFinished`; `name`: one that is being hashed. */
  progress(): {readonly doneBytes: number; readonly totalBytes: number; readonly name: string | null} {
    let doneBytes = this.#finishedBytes;
    let totalBytes = this.#finishedBytes;
    let name: string | null = null;
    for (const {sighting, hashing} of this.#entries) {
      if (hashing === null) continue;
      doneBytes += hashing.doneBytes;
      totalBytes += hashing.totalBytes;
      name ??= sighting.name;
    }
    return {doneBytes, totalBytes, name};
  }

  forgetFinished(): void {
    this.#finishedBytes = 0;
  }
}

function cancelEntry(entry: Entry): void {
  entry.isCancelled = true;
  entry.hashing?.cancel();
}
