/** The store over a served folder: answers from the catalogue, opens files, has bad fragments looked after. */

import {blockCount, fragmentLength, fragmentOffset} from '../../../geometry.js';
import {LISTING_BYTES_MAX} from '../../../limits.js';
import type {Catalogue, Row} from '../../../machines/catalogue.js';
import {compareNames} from '../../../machines/name-order.js';
import {
  type FileStamp,
  fragmentsHere,
  fragmentsOf,
  hasFragment,
  stampOfFragment,
  type Version,
} from '../../../machines/version.js';
import type {HexDigest} from '../../../model.js';
import {DIGEST_BYTES} from '../../../protocol/digests.js';
import type {ListingEntry} from '../../../protocol/messages.js';
import {fragmentFile, fragmentsFolder} from '../../fragments/fragment-names.js';
import {rightBlockDigests} from '../../fragments/index-files.js';
import {openInside} from '../../fragments/open-inside.js';
import {
  type Answer,
  answer,
  type FragmentStore,
  type Listing,
  type Located,
  type OfferedManifest,
  type OpenFragment,
  type Pending,
  refuse,
} from '../fragment-store.js';
import {FragmentFile} from './fragment-file.js';

/** Bytes of a listing entry beside its name: size, root, flag and their msgpack heads. */
const ENTRY_BYTES = 64;

/** What the store has done about fragments. */
export interface FragmentCare {
  /** Whether the folder has been looked through once: before, absence means nothing. */
  isScanned(): boolean;
  /** How far the indexing of a file is, 0 to 1,000; null when nobody knows. */
  progressOf(name: string): number | null;
  /** The file of a fragment is not what the index says. Resolves with its stamp when another server made it anew. */
  adopt(version: Version, fragment: number): Promise<FileStamp | null>;
  /** Have a fragment hashed, and made anew or withdrawn. */
  examine(version: Version, fragment: number): void;
  /** A file could not be read. */
  failed(version: Version, fragment: number, cause: unknown): void;
}

export class FolderStore implements FragmentStore {
  readonly #root: string;
  readonly #catalogue: Catalogue;
  readonly #care: FragmentCare;

  /** `root`: the absolute served folder. */
  constructor(root: string, catalogue: Catalogue, care: FragmentCare) {
    this.#root = root;
    this.#catalogue = catalogue;
    this.#care = care;
  }

  list(after: string, limit: number): Listing {
    const names = this.#catalogue.names();
    const entries: ListingEntry[] = [];
    let bytes = 0;
    let index = firstAfter(names, after);
    for (; index < names.length && entries.length < limit; index++) {
      const name = names[index] ?? '';
      const version = this.#catalogue.version(name);
      if (version === null) continue;
      bytes += Buffer.byteLength(name) + ENTRY_BYTES;
      if (bytes > LISTING_BYTES_MAX) break;
      const {size, root} = version.manifest;
      entries.push({name, size, root, whole: fragmentsHere(version) === fragmentsOf(version)});
    }
    return {entries, more: index < names.length};
  }

  pending(): Pending {
    let files = 0;
    for (const row of this.#catalogue.rows) if (isFile(row) && isComing(row)) files++;
    return {scanned: this.#care.isScanned(), files};
  }

  manifest(name: string): Answer<OfferedManifest> {
    const found = this.#named(name);
    if (found.kind === 'refused') return found;
    const {manifest, modifiedMs} = found.value;
    const {size, geometry, sha256, root} = manifest;
    return answer({size, ...geometry, sha256, root, modifiedMs, fragmentsHere: fragmentsHere(found.value)});
  }

  digests(root: HexDigest, first: number, count: number): Answer<Uint8Array> {
    const found = this.#page(root, first, count);
    if (found.kind === 'refused') return found;
    return answer(
      found.value.fragmentDigests.subarray((first - 1) * DIGEST_BYTES, (first - 1 + count) * DIGEST_BYTES),
    );
  }

  have(root: HexDigest, first: number, count: number): Answer<Uint8Array> {
    const found = this.#page(root, first, count);
    if (found.kind === 'refused') return found;
    const bitmap = new Uint8Array(Math.ceil(count / 8));
    for (let bit = 0; bit < count; bit++) {
      if (hasFragment(found.value, first + bit))
        bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
    return answer(bitmap);
  }

  async blockDigests(root: HexDigest, fragment: number): Promise<Answer<Uint8Array>> {
    const found = this.#page(root, fragment, 1);
    if (found.kind === 'refused') return found;
    const version = found.value;
    try {
      const digests = await rightBlockDigests(this.#root, fragmentsFolder(version.name), version, fragment);
      if (digests !== null) return answer(digests);
    } catch (error) {
      this.#care.failed(version, fragment, error);
      return refuse('io-error', 'the block digests cannot be read');
    }
    // Removed or damaged on disk, or never known: a copy that lacks both fragment and digests.
    this.#care.examine(version, fragment);
    return refuse('fragment-not-here', 'the block digests of this fragment are not here');
  }

  locate(name: string, root: HexDigest, fragment: number): Answer<Located> {
    const found = this.#exactly(name, root);
    if (found.kind === 'refused') return found;
    const version = found.value;
    if (fragment > fragmentsOf(version)) return answer({kind: 'beyond'});
    if (!hasFragment(version, fragment)) return refuse('fragment-not-here', 'this fragment is not here');
    const {size, geometry} = version.manifest;
    return answer({
      kind: 'here',
      length: fragmentLength(size, geometry, fragment),
      blocks: blockCount(size, geometry, fragment),
      blockBytes: geometry.blockBytes,
      revision: stampOfFragment(version, fragment) ?? '',
    });
  }

  async openFragment(name: string, root: HexDigest, fragment: number): Promise<Answer<OpenFragment>> {
    const found = this.#exactly(name, root);
    if (found.kind === 'refused') return found;
    const version = found.value;
    try {
      return version.source.kind === 'original'
        ? await this.#openOriginal(version, version.source.stamp, fragment)
        : await this.#openFile(version, fragment);
    } catch (error) {
      this.#care.failed(version, fragment, error);
      return refuse('io-error', 'the fragment cannot be opened');
    }
  }

  report(root: HexDigest, fragment: number, block: number): void {
    const version = this.#catalogue.versionOf(root);
    if (version === null || fragment > fragmentsOf(version)) return;
    const {size, geometry} = version.manifest;
    if (block < blockCount(size, geometry, fragment)) this.#care.examine(version, fragment);
  }

  async #openOriginal(version: Version, stamp: FileStamp, fragment: number): Promise<Answer<OpenFragment>> {
    const opened = await openInside(this.#root, version.name);
    if (opened?.stamp !== stamp) {
      await opened?.handle.close();
      return refuse('stale-root', 'the file has changed');
    }
    const offset = fragmentOffset(version.manifest.geometry, fragment);
    return answer(new FragmentFile(opened, offset, 'original', this.#onFailure(version, fragment)));
  }

  async #openFile(version: Version, fragment: number): Promise<Answer<OpenFragment>> {
    const path = `${fragmentsFolder(version.name)}/${fragmentFile(version.name, fragment)}`;
    const opened = await openInside(this.#root, path);
    const recorded = stampOfFragment(version, fragment);
    if (
      opened !== null &&
      (opened.stamp === recorded || opened.stamp === (await this.#care.adopt(version, fragment)))
    ) {
      return answer(new FragmentFile(opened, 0, 'fragment', this.#onFailure(version, fragment)));
    }
    await opened?.handle.close();
    this.#care.examine(version, fragment);
    return refuse('fragment-not-here', 'this fragment is not here');
  }

  #onFailure(version: Version, fragment: number): (cause: unknown) => void {
    return (cause) => {
      this.#care.failed(version, fragment, cause);
      this.#care.examine(version, fragment);
    };
  }

  #named(name: string): Answer<Version> {
    const row = this.#catalogue.row(name);
    const version = this.#catalogue.version(name);
    if (version !== null) return answer(version);
    if (!isFile(row)) return this.#unknown();
    if (row.kind === 'failed')
      return refuse('io-error', 'the file could not be indexed; the log of the server says why');
    return this.#indexing(row);
  }

  #indexing(row: Row): Answer<never> {
    const progress = row.kind === 'waiting' ? row.progressPermille : this.#care.progressOf(row.sighting.name);
    return refuse('indexing', 'the file is being indexed', progress);
  }

  #unknown(): Answer<never> {
    if (this.#care.isScanned()) return refuse('file-not-found', 'no such file');
    return refuse('indexing', 'the folder is being looked through');
  }

  /** The file of this name in this version, and no other. */
  #exactly(name: string, root: HexDigest): Answer<Version> {
    const version = this.#catalogue.version(name);
    if (version?.manifest.root === root) return answer(version);
    const row = this.#catalogue.row(name);
    if (!isFile(row)) return this.#unknown();
    const isKnown = row.kind === 'ready' || row.kind === 'failed' || this.#catalogue.wasReplaced(name, root);
    // After a start nothing is known yet, and it may well be this very version.
    return isKnown ? refuse('stale-root', 'the file has changed') : this.#indexing(row);
  }

  #page(root: HexDigest, first: number, count: number): Answer<Version> {
    const version = this.#catalogue.versionOf(root);
    if (version === null) return refuse('stale-root', 'no file of this root is here');
    if (first + count - 1 > fragmentsOf(version))
      return refuse('bad-request', 'the file has fewer fragments');
    return answer(version);
  }
}

/** Whether something is or will be offered: not what is left of a removed file, nor a copy that is still arriving. */
function isFile(row: Row | undefined): row is Row {
  if (row === undefined || row.kind === 'hidden') return false;
  return row.kind !== 'settling' || row.sighting.kind === 'original';
}

/** Whether nothing is offered under its name yet, and will be. */
function isComing(row: Row): boolean {
  return row.kind !== 'ready' && row.kind !== 'failed' && row.kind !== 'hidden' && row.served === null;
}

/** Index of the first name after `after`, by bisection. */
function firstAfter(names: readonly string[], after: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareNames(names[middle] ?? '', after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
