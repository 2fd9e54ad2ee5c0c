/** What a log says, record by record; and how much of it counts. Pure. */

import {blockCount, fragmentCount} from '../../geometry.js';
import {PAGE_ITEMS_MAX} from '../../limits.js';
import type {Run} from '../../model.js';
import {DIGEST_BYTES, fragmentDigest, rootOf} from '../../protocol/digests.js';
import {BlockSet} from './block-set.js';
import {DigestShelf} from './digest-shelf.js';
import type {FileFacts} from './disk.js';
import type {LogHeader, LogMark} from './log-json.js';
import type {LogRecord} from './log-records.js';

export class LogState {
  readonly header: LogHeader;
  /** Blocks stored, or checked, since a run last doubted. They count only in a part that `wasClosedAs` it is. */
  readonly trusted: BlockSet;
  /** Blocks stored before that, which no run has checked since. */
  readonly unchecked: BlockSet;
  /** As the log has them; see `proveDigests`. */
  readonly blockDigests = new DigestShelf();
  readonly #pages = new Map<number, Uint8Array>();
  #closed: LogMark | null = null;

  constructor(header: LogHeader) {
    this.header = header;
    this.trusted = new BlockSet(header.manifest.size, header.manifest.geometry);
    this.unchecked = new BlockSet(header.manifest.size, header.manifest.geometry);
  }

  /** Takes one more record; false when it does not fit this file, which ends the log like a torn record. */
  apply(record: LogRecord): boolean {
    this.#closed = null;
    switch (record.kind) {
      case 'header':
        return false;
      case 'doubted':
        this.doubt();
        return true;
      case 'fragment-digests':
        return this.#keepPage(record.first, record.digests);
      case 'block-digests':
        return this.#keepBlockDigests(record.fragment, record.digests);
      case 'stored':
        return this.#eachRun(record.runs, (run) => {
          this.trusted.addRun(run);
          this.unchecked.deleteRun(run);
        });
      case 'removed':
        return this.#eachRun(record.runs, (run) => {
          this.trusted.deleteRun(run);
          this.unchecked.deleteRun(run);
        });
      case 'closed':
        this.#closed = record.mark;
        return true;
    }
  }

  /** Whether the log says that this block was stored; the block may lie outside its file. */
  claims(fragment: number, block: number): boolean {
    return this.trusted.has(fragment, block) || this.unchecked.has(fragment, block);
  }

  /** Bytes of all blocks that the log claims. */
  get claimedBytes(): number {
    return this.trusted.bytes + this.unchecked.bytes;
  }

  get claimsAll(): boolean {
    const {size} = this.header.manifest;
    return this.claimedBytes === size;
  }

  /** Whether all blocks can be checked without asking anyone for digests. */
  get knowsAllDigests(): boolean {
    const {size, geometry} = this.header.manifest;
    return [...this.blockDigests.fragments].length === fragmentCount(size, geometry);
  }

  /**
   * The fragment digests when they make up the root, else null. Block digests that do not make up their fragment's are
   * dropped: a log can withhold what it knows, but not lie.
   */
  proveDigests(): Uint8Array | null {
    const {size, geometry, sha256, root} = this.header.manifest;
    const fragmentDigests = this.#allPages(fragmentCount(size, geometry));
    if (fragmentDigests === null || rootOf({size, geometry, sha256, fragmentDigests}) !== root) return null;
    for (const fragment of [...this.blockDigests.fragments]) {
      const digests = this.blockDigests.get(fragment) ?? new Uint8Array(0);
      const expected = fragmentDigests.subarray((fragment - 1) * DIGEST_BYTES, fragment * DIGEST_BYTES);
      if (!fragmentDigest(digests).equals(expected)) this.blockDigests.drop(fragment);
    }
    return fragmentDigests;
  }

  /** Whether the part is exactly as the log's clean end left it: not written to, touched, copied or renamed since. */
  wasClosedAs(part: FileFacts): boolean {
    return this.mayHaveBecome(part) && this.#closed?.ctimeNs === String(part.ctimeNs);
  }

  /** Whether this may be the closed part under its final name, which it cannot get without a new ctime. Only a hint. */
  mayHaveBecome(output: FileFacts): boolean {
    const closed = this.#closed;
    if (closed === null || closed.size !== output.size) return false;
    return closed.inode === String(output.inode) && closed.mtimeNs === String(output.mtimeNs);
  }

  /** All blocks must be checked before they count. */
  doubt(): void {
    for (const run of this.trusted.runs()) {
      this.trusted.deleteRun(run);
      this.unchecked.addRun(run);
    }
  }

  #keepPage(first: number, digests: Uint8Array): boolean {
    const {size, geometry} = this.header.manifest;
    const last = first - 1 + digests.length / DIGEST_BYTES;
    if (first < 1 || (first - 1) % PAGE_ITEMS_MAX !== 0 || last > fragmentCount(size, geometry)) return false;
    if (digests.length > PAGE_ITEMS_MAX * DIGEST_BYTES) return false;
    this.#pages.set(first, digests);
    return true;
  }

  #allPages(count: number): Uint8Array | null {
    const all = new Uint8Array(count * DIGEST_BYTES);
    let known = 0;
    for (const [first, digests] of this.#pages) {
      all.set(digests, (first - 1) * DIGEST_BYTES);
      known += digests.length;
    }
    return known === all.length ? all : null;
  }

  #keepBlockDigests(fragment: number, digests: Uint8Array): boolean {
    const {size, geometry} = this.header.manifest;
    if (fragment < 1 || fragment > fragmentCount(size, geometry)) return false;
    if (digests.length !== blockCount(size, geometry, fragment) * DIGEST_BYTES) return false;
    if (!this.blockDigests.put(fragment, digests)) this.blockDigests.forget(fragment);
    return true;
  }

  #eachRun(runs: readonly Run[], use: (run: Run) => void): boolean {
    if (!runs.every((run) => this.trusted.contains(run))) return false;
    runs.forEach(use);
    return true;
  }
}
