/**
 * What a library knows of its files: one row a file, plain data. Changed by what a scan saw and by how an indexing
 * ended; says what is to be indexed next. Pure: times come in with the calls, milliseconds of one monotonic clock.
 */

import type {HexDigest} from '../model.js';
import {compareNames} from './name-order.js';
import type {FileStamp, Version} from './version.js';

/** A file as a scan saw it. */
export interface Sighting {
  readonly name: string;
  /** `copy`: a fragments folder whose original is not here. */
  readonly kind: 'original' | 'copy';
  readonly stamp: FileStamp;
  /** Bytes; 0 for a copy, whose index tells. */
  readonly size: number;
  /** Last modification by the wall clock, milliseconds since 1970. */
  readonly modifiedMs: number;
}

export type Row =
  /** Seen, but perhaps still being copied. */
  | {
      readonly kind: 'settling';
      readonly sighting: Sighting;
      readonly sinceMs: number;
      readonly served: Version | null;
    }
  /** To be indexed, not before the given time. `progressPermille`: how far another server of the folder is with it. */
  | {
      readonly kind: 'waiting';
      readonly sighting: Sighting;
      readonly served: Version | null;
      readonly notBeforeMs: number;
      readonly progressPermille: number | null;
    }
  | {readonly kind: 'indexing'; readonly sighting: Sighting; readonly served: Version | null}
  | {readonly kind: 'ready'; readonly sighting: Sighting; readonly version: Version}
  | {
      readonly kind: 'failed';
      readonly sighting: Sighting;
      readonly reason: string;
      readonly retryAtMs: number;
    }
  /** Seen and of no interest: leftovers of a file that is gone. */
  | {readonly kind: 'hidden'; readonly sighting: Sighting};

/** A version that is offered no more. */
export interface Withdrawal {
  readonly version: Version;
  readonly reason: 'removed' | 'replaced';
}

export interface ScanOutcome {
  readonly withdrawn: readonly Withdrawal[];
  /** Files being indexed that are not what they were: the work is in vain. */
  readonly outdated: readonly string[];
}

/** How the indexing of a file ended. */
export type IndexingOutcome =
  | {readonly kind: 'ready'; readonly version: Version}
  | {readonly kind: 'postponed'; readonly progressPermille: number | null; readonly retryAtMs: number}
  | {readonly kind: 'failed'; readonly reason: string; readonly retryAtMs: number}
  | {readonly kind: 'nothing'}
  /** Not what the scan had seen: the next scan sees what it is now. */
  | {readonly kind: 'changed'};

export class Catalogue {
  readonly #settleMs: number;
  readonly #rows = new Map<string, Row>();
  /** Names of waiting rows, in the order in which they became so. */
  readonly #waiting = new Set<string>();
  /** Several files of one content share a root. */
  readonly #roots = new Map<HexDigest, Set<string>>();
  /** The version that was offered under a name before the file was replaced. */
  readonly #replaced = new Map<string, HexDigest>();
  #sorted: readonly string[] | null = null;

  /** A file is taken as complete when nothing about it changed for `settleMs`. */
  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  get rows(): Iterable<Row> {
    return this.#rows.values();
  }

  row(name: string): Row | undefined {
    return this.#rows.get(name);
  }

  /** What is offered under a name now. */
  version(name: string): Version | null {
    const row = this.#rows.get(name);
    return row === undefined ? null : servedBy(row);
  }

  /** Any offered file of this root: equal roots are equal bytes. */
  versionOf(root: HexDigest): Version | null {
    for (const name of this.#roots.get(root) ?? []) {
      const version = this.version(name);
      if (version !== null) return version;
    }
    return null;
  }

  /** Whether this version was offered under this name until the file was replaced. */
  wasReplaced(name: string, root: HexDigest): boolean {
    return this.#replaced.get(name) === root;
  }

  /** Names of all files offered, in code point order. */
  names(): readonly string[] {
    this.#sorted ??= [...this.#rows.values()]
      .filter((row) => servedBy(row) !== null)
      .map((row) => row.sighting.name)
      .sort(compareNames);
    return this.#sorted;
  }

  /** Number of files to be indexed, those under way not counted. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Their bytes; those of copies are not known. */
  get waitingBytes(): number {
    let bytes = 0;
    for (const name of this.#waiting) bytes += this.#rows.get(name)?.sighting.size ?? 0;
    return bytes;
  }

  /** Takes over what a whole scan saw. `wallMs`: milliseconds since 1970 at that time. */
  scanned(sightings: readonly Sighting[], atMs: number, wallMs: number): ScanOutcome {
    const withdrawn: Withdrawal[] = [];
    const outdated: string[] = [];
    const present = new Set(sightings.map(({name}) => name));
    for (const [name, row] of this.#rows) {
      if (present.has(name)) continue;
      const version = servedBy(row);
      if (version !== null) withdrawn.push({version, reason: 'removed'});
      if (row.kind === 'indexing') outdated.push(name);
      this.#drop(name);
    }
    for (const sighting of sightings) this.#saw(sighting, atMs, wallMs, withdrawn, outdated);
    return {withdrawn, outdated};
  }

  /** The next file to be indexed, now marked as such; null when there is none at this time. */
  takeNext(atMs: number): Sighting | null {
    for (const name of this.#waiting) {
      const row = this.#rows.get(name);
      if (row?.kind !== 'waiting' || row.notBeforeMs > atMs) continue;
      this.#set({kind: 'indexing', sighting: row.sighting, served: row.served});
      return row.sighting;
    }
    return null;
  }

  /** The indexing of `sighting` ended. False when that is of no interest any more: the file changed meanwhile. */
  indexed(sighting: Sighting, outcome: IndexingOutcome, atMs: number): boolean {
    const row = this.#rows.get(sighting.name);
    if (row?.kind !== 'indexing' || row.sighting !== sighting) return false;
    const {served} = row;
    switch (outcome.kind) {
      case 'ready':
        this.#set({kind: 'ready', sighting, version: outcome.version});
        break;
      case 'postponed': {
        const {retryAtMs: notBeforeMs, progressPermille} = outcome;
        this.#set({kind: 'waiting', sighting, served, notBeforeMs, progressPermille});
        break;
      }
      case 'failed':
        this.#set({kind: 'failed', sighting, reason: outcome.reason, retryAtMs: outcome.retryAtMs});
        break;
      case 'nothing':
        this.#set({kind: 'hidden', sighting});
        break;
      case 'changed':
        this.#set({kind: 'settling', sighting, sinceMs: atMs, served});
    }
    return true;
  }

  /** Another state of the fragments of the version that is offered; false when another version is by now. */
  updated(version: Version): boolean {
    const row = this.#rows.get(version.name);
    if (row?.kind !== 'ready' || row.version.manifest.root !== version.manifest.root) return false;
    this.#set({...row, version});
    return true;
  }

  /** What lies on disk for an offered original is gone or damaged: it is indexed anew, and offered meanwhile. */
  indexAgain(name: string, atMs: number): void {
    const row = this.#rows.get(name);
    if (row?.kind === 'ready' && row.sighting.kind === 'original')
      this.#queue(row.sighting, row.version, atMs);
  }

  #saw(sighting: Sighting, atMs: number, wallMs: number, withdrawn: Withdrawal[], outdated: string[]): void {
    const row = this.#rows.get(sighting.name);
    if (row !== undefined && row.sighting.stamp === sighting.stamp && row.sighting.kind === sighting.kind) {
      this.#sawAgain(row, atMs, wallMs);
      return;
    }
    if (row?.kind === 'indexing') outdated.push(sighting.name);
    const before = row === undefined ? null : servedBy(row);
    // A copy only grows or is mended; its version stays offered while its new fragments are looked at.
    const served = sighting.kind === 'copy' && row?.sighting.kind === 'copy' ? before : null;
    if (before !== null && served === null) {
      // What is left of an original that is gone are its fragments, which look like a copy.
      this.#replaced.set(sighting.name, before.manifest.root);
      withdrawn.push({version: before, reason: sighting.kind === 'copy' ? 'removed' : 'replaced'});
    }
    if (this.#hasSettled(sighting, atMs, atMs, wallMs)) this.#queue(sighting, served, atMs);
    else this.#set({kind: 'settling', sighting, sinceMs: atMs, served});
  }

  #sawAgain(row: Row, atMs: number, wallMs: number): void {
    if (row.kind === 'settling' && this.#hasSettled(row.sighting, row.sinceMs, atMs, wallMs)) {
      this.#queue(row.sighting, row.served, atMs);
    }
    if (row.kind === 'failed' && row.retryAtMs <= atMs) this.#queue(row.sighting, null, atMs);
  }

  /** By its own time, so that nothing waits at start; or by our watching, for a file with a time in the future. */
  #hasSettled(sighting: Sighting, sinceMs: number, atMs: number, wallMs: number): boolean {
    return wallMs - sighting.modifiedMs >= this.#settleMs || atMs - sinceMs >= this.#settleMs;
  }

  #queue(sighting: Sighting, served: Version | null, atMs: number): void {
    this.#set({kind: 'waiting', sighting, served, notBeforeMs: atMs, progressPermille: null});
  }

  #set(row: Row): void {
    const {name} = row.sighting;
    const version = servedBy(row);
    const before = this.version(name);
    if (before?.manifest.root !== version?.manifest.root) {
      this.#unroot(name);
      if (version !== null) this.#root(name, version.manifest.root);
      this.#sorted = null;
    }
    this.#rows.set(name, row);
    if (row.kind === 'waiting') this.#waiting.add(name);
    else this.#waiting.delete(name);
  }

  #drop(name: string): void {
    this.#unroot(name);
    this.#replaced.delete(name);
    this.#rows.delete(name);
    this.#waiting.delete(name);
    this.#sorted = null;
  }

  #root(name: string, root: HexDigest): void {
    const names = this.#roots.get(root);
    if (names === undefined) this.#roots.set(root, new Set([name]));
    else names.add(name);
  }

  #unroot(name: string): void {
    const root = this.version(name)?.manifest.root;
    if (root === undefined) return;
    const names = this.#roots.get(root);
    names?.delete(name);
    if (names?.size === 0) this.#roots.delete(root);
  }
}

function servedBy(row: Row): Version | null {
  if (row.kind === 'ready') return row.version;
  return row.kind === 'failed' || row.kind === 'hidden' ? null : row.served;
}
