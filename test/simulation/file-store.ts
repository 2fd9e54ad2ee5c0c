/** What a simulated server offers: one file, in memory, honestly or not. */

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
} from '../../src/actors/server/fragment-store.js';
import {blockCount, fragmentLength, fragmentOffset} from '../../src/geometry.js';
import type {HexDigest} from '../../src/model.js';
import {DIGEST_BYTES} from '../../src/protocol/digests.js';
import type {SimVersion} from './version.js';
import type {World} from './world.js';

/** How a server treats what it has. */
export type Conduct =
  | {readonly kind: 'honest'}
  /** Bytes of some blocks are not the right ones. */
  | {readonly kind: 'corrupt'; readonly chance: number}
  /** Right bytes, of another place. */
  | {readonly kind: 'misplaced'; readonly chance: number}
  /** Digests of blocks that do not give their fragment's. */
  | {readonly kind: 'wrong-block-digests'}
  /** Digests of fragments that do not give the root. */
  | {readonly kind: 'wrong-fragment-digests'}
  /** The size is off by so much. */
  | {readonly kind: 'wrong-size'; readonly by: number}
  /** Only fragments whose number leaves this rest. */
  | {readonly kind: 'partial'; readonly of: number; readonly rest: number}
  /** It knows the file and never has what is asked for. */
  | {readonly kind: 'empty-handed'}
  | {readonly kind: 'absent'};

export class SimStore implements FragmentStore {
  readonly #world: World;
  readonly #name: string;
  readonly #conduct: Conduct;
  version: SimVersion;
  /** The version before it was replaced. */
  replaced: SimVersion | null = null;
  /** Until then reading fails. */
  failingUntilMs = 0;
  indexingUntilMs = 0;
  reports = 0;

  constructor(world: World, name: string, version: SimVersion, conduct: Conduct) {
    this.#world = world;
    this.#name = name;
    this.version = version;
    this.#conduct = conduct;
  }

  list(): Listing {
    return {entries: [], more: false};
  }

  pending(): Pending {
    return {scanned: true, files: 0};
  }

  manifest(name: string): Answer<OfferedManifest> {
    if (name !== this.#name || this.#conduct.kind === 'absent')
      return refuse('file-not-found', 'no such file');
    if (this.#world.clock.now() < this.indexingUntilMs) return refuse('indexing', 'being indexed', 500);
    const {manifest, fragments} = this.version;
    if (this.#conduct.kind === 'wrong-size')
      return answer({...manifest, size: Math.max(0, manifest.size + this.#conduct.by)});
    const here = Array.from({length: fragments}, (_, index) => index + 1).filter((one) => this.#has(one));
    return answer({...manifest, fragmentsHere: here.length});
  }

  digests(root: HexDigest, first: number, count: number): Answer<Uint8Array> {
    const stale = this.#refusal(root);
    if (stale !== null) return stale;
    const digests = this.version.fragmentDigests.slice(
      (first - 1) * DIGEST_BYTES,
      (first - 1 + count) * DIGEST_BYTES,
    );
    if (this.#conduct.kind === 'wrong-fragment-digests') spoil(digests);
    return answer(digests);
  }

  have(root: HexDigest, first: number, count: number): Answer<Uint8Array> {
    const stale = this.#refusal(root);
    if (stale !== null) return stale;
    const bits = new Uint8Array(Math.ceil(count / 8));
    for (let bit = 0; bit < count; bit++)
      if (this.#has(first + bit)) bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
    return answer(bits);
  }

  async blockDigests(root: HexDigest, fragment: number): Promise<Answer<Uint8Array>> {
    await this.#pause();
    const stale = this.#refusal(root);
    if (stale !== null) return stale;
    if (!this.#has(fragment)) return refuse('fragment-not-here', 'not here');
    const digests = (this.version.blockDigests[fragment] ?? new Uint8Array(0)).slice();
    if (this.#conduct.kind === 'wrong-block-digests') spoil(digests);
    return answer(digests);
  }

  locate(_name: string, root: HexDigest, fragment: number): Answer<Located> {
    const stale = this.#refusal(root);
    if (stale !== null) return stale;
    const {fragments, geometry, bytes} = this.version;
    if (fragment > fragments) return answer({kind: 'beyond'});
    if (!this.#has(fragment)) return refuse('fragment-not-here', 'not here');
    return answer({
      kind: 'here',
      length: fragmentLength(bytes.length, geometry, fragment),
      blocks: blockCount(bytes.length, geometry, fragment),
      blockBytes: geometry.blockBytes,
      revision: this.version.manifest.root,
    });
  }

  async openFragment(_name: string, root: HexDigest, fragment: number): Promise<Answer<OpenFragment>> {
    await this.#pause();
    const stale = this.#refusal(root);
    if (stale !== null) return stale;
    const {version} = this;
    return answer({
      read: async (target, offset) => {
        await this.#pause();
        if (this.#world.clock.now() < this.failingUntilMs) return refuse('io-error', 'the disk failed');
        this.#fill(version, target, fragmentOffset(version.geometry, fragment) + offset);
        return answer(null);
      },
      isUnchanged: async () => this.version === version,
      close: async () => {},
    });
  }

  report(): void {
    this.reports++;
  }

  #has(fragment: number): boolean {
    if (this.#conduct.kind === 'empty-handed') return false;
    return this.#conduct.kind !== 'partial' || fragment % this.#conduct.of === this.#conduct.rest;
  }

  #refusal(
    root: HexDigest,
  ): {readonly kind: 'refused'; readonly refusal: ReturnType<typeof refuse>['refusal']} | null {
    if (root === this.version.manifest.root) return null;
    return refuse(root === this.replaced?.manifest.root ? 'stale-root' : 'file-not-found', 'another version');
  }

  #fill({bytes, geometry}: SimVersion, target: Uint8Array, at: number): void {
    const {kind} = this.#conduct;
    const isOff = (kind === 'corrupt' || kind === 'misplaced') && this.#world.chance(this.#conduct.chance);
    const from = isOff && kind === 'misplaced' ? (at + geometry.blockBytes) % bytes.length : at;
    target.set(bytes.subarray(from, from + target.length));
    if (isOff && kind === 'corrupt') {
      const byte = this.#world.between(0, target.length - 1);
      target[byte] = (target[byte] ?? 0) ^ (1 << this.#world.between(0, 7));
    }
  }

  /** The server's own disk takes a moment. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#world.clock.setTimeout(resolve, this.#world.between(0, 5));
    });
  }
}

function spoil(digests: Uint8Array): void {
  if (digests.length > 0) digests[0] = (digests[0] ?? 0) ^ 1;
}
