/** A store on real files with a tiny geometry, and a file to put into it. */

import {createHash} from 'node:crypto';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {TestContext} from 'node:test';
import {systemClock} from '../../../src/actors/clock.js';
import {Slabs} from '../../../src/actors/slabs.js';
import {type HostIdentity, thisHost} from '../../../src/actors/store/host.js';
import {createStore} from '../../../src/actors/store/store.js';
import type {Store, StoreEvent, StoreOptions} from '../../../src/actors/store/store-port.js';
import {blockCount, blockLength, blockOffset, fragmentCount} from '../../../src/geometry.js';
import type {DatedManifest} from '../../../src/machines/events.js';
import type {Geometry, Run} from '../../../src/model.js';
import {blockDigest, fragmentDigest, rootOf} from '../../../src/protocol/digests.js';
import type {Workers} from '../../../src/workers/pool.js';

const GEOMETRY: Geometry = {blockBytes: 1024, fragmentBytes: 4096};
const NAME = 'folder/x.bin';
/** Long enough that a slow machine does not fail, short enough that a hanging test does. */
const EVENT_TIMEOUT_MS = 20_000;

/** One version of a file with all its digests. */
export interface SampleFile {
  readonly content: Buffer;
  readonly manifest: DatedManifest;
  readonly fragmentDigests: Buffer;
  readonly blockDigests: readonly Buffer[];
}

/** `content` as a server would describe it. */
export function sampleOf(content: Buffer): SampleFile {
  const size = content.length;
  const blockDigests = Array.from({length: fragmentCount(size, GEOMETRY)}, (_, index) =>
    Buffer.concat(
      Array.from({length: blockCount(size, GEOMETRY, index + 1)}, (_block, block) =>
        blockDigest(blockOf(content, index + 1, block)),
      ),
    ),
  );
  const fragmentDigests = Buffer.concat(blockDigests.map((digests) => fragmentDigest(digests)));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const root = rootOf({size, geometry: GEOMETRY, sha256, fragmentDigests});
  const manifest = {size, geometry: GEOMETRY, sha256, root, modifiedMs: 1_600_000_000_123};
  return {content, manifest, fragmentDigests, blockDigests};
}

/** `bytes` of content that no two blocks share; another `seed` changes every block. */
export function contentOf(bytes: number, seed = 1): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; parts.length * 32 < bytes; index++) {
    parts.push(createHash('sha256').update(`${seed}/${index}`).digest());
  }
  return Buffer.concat(parts).subarray(0, bytes);
}

/** The right bytes of a block: a view of `content`. */
export function blockOf(content: Buffer, fragment: number, block: number): Buffer {
  const start = blockOffset(GEOMETRY, fragment, block);
  return content.subarray(start, start + blockLength(content.length, GEOMETRY, fragment, block));
}

/** Another process of this machine, so that its lock does not look like ours. */
export function otherProcess(changes: Partial<HostIdentity> = {}): HostIdentity {
  return {...thisHost(), pid: 2 ** 22 - 1, startTime: '1', ...changes};
}

export function temporaryFolder(t: TestContext, under = tmpdir()): string {
  const folder = mkdtempSync(join(under, 'fdl-store-'));
  t.after(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

/** One run of a store; the next run on the same folder is a resume. */
export class StoreRun {
  readonly folder: string;
  readonly events: StoreEvent[] = [];
  readonly slabs = new Slabs(4, GEOMETRY.blockBytes);
  readonly store: Store;
  #listeners = new Set<() => void>();

  /** Closed when the test ends, if not before. */
  constructor(
    t: Pick<TestContext, 'after'>,
    workers: Workers,
    folder: string,
    options: Partial<StoreOptions> = {},
  ) {
    this.folder = folder;
    t.after(() => this.store.close('abandon'));
    this.store = createStore({
      file: NAME,
      output: {path: folder},
      geometry: GEOMETRY,
      force: false,
      restart: false,
      diskWaitMs: 0,
      workers,
      slabs: this.slabs,
      clock: systemClock,
      host: otherProcess(),
      ...options,
      notify: (event) => {
        this.events.push(event);
        for (const listener of [...this.#listeners]) listener();
      },
    });
  }

  /** The first event of a type (past ones included), or `store.failed`: as an exception unless it was asked for. */
  async next<T extends StoreEvent['type']>(type: T): Promise<StoreEvent & {type: T}> {
    await this.until(
      () => this.events.some((event) => event.type === type || event.type === 'store.failed'),
      type,
    );
    const found = this.events.find((event) => event.type === type);
    const failed = this.events.find((event) => event.type === 'store.failed');
    if (found === undefined) throw failed?.type === 'store.failed' ? failed.error : new Error('no event');
    return found as StoreEvent & {type: T};
  }

  /** Waits for events until `isMet`. */
  async until(isMet: () => boolean, what: string): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(check);
        reject(new Error(`waited for ${what}, saw ${JSON.stringify(this.events.map(({type}) => type))}`));
      }, EVENT_TIMEOUT_MS);
      timer.unref();
      const check = (): void => {
        if (!isMet()) return;
        clearTimeout(timer);
        this.#listeners.delete(check);
        resolve();
      };
      this.#listeners.add(check);
    });
  }

  /** Prepares and opens a version. */
  async open(sample: SampleFile): Promise<StoreEvent & {type: 'store.opened'}> {
    this.store.prepare();
    await this.next('store.prepared');
    this.store.open(sample.manifest);
    return this.next('store.opened');
  }

  /** Teaches the store all digests, as the servers would; returns the runs it takes from an older part. */
  learn(sample: SampleFile): Run[] {
    this.store.learnFragmentDigests(sample.fragmentDigests);
    return sample.blockDigests.flatMap((digests, index) => this.store.learnBlockDigests(index + 1, digests));
  }

  /** Puts blocks one after another and waits for each; `bytes` other than the right ones play a lying server. */
  async put(
    sample: SampleFile,
    blocks: readonly (readonly [number, number])[],
    bytes?: Buffer,
  ): Promise<void> {
    for (const [fragment, block] of blocks) {
      const slab = this.slabs.take();
      if (slab === null) throw new Error('no slab is free');
      const right = bytes ?? blockOf(sample.content, fragment, block);
      this.slabs.view(slab, right.length).set(right);
      const before = this.#ends(fragment, block);
      this.store.putBlock({connection: 7, fragment, block, slab, length: right.length});
      await this.until(
        () => this.#ends(fragment, block) > before || this.events.some(({type}) => type === 'store.failed'),
        `block ${fragment}/${block}`,
      );
    }
  }

  /** Blocks that ended as stored, as `fragment/block`. */
  stored(kind?: string): string[] {
    return this.events
      .flatMap((event) =>
        event.type === 'block.stored' && (kind === undefined || event.origin.kind === kind) ? [event] : [],
      )
      .map(({fragment, block}) => `${fragment}/${block}`)
      .sort();
  }

  wrong(): string[] {
    return this.events
      .flatMap((event) => (event.type === 'block.wrong' ? [`${event.fragment}/${event.block}`] : []))
      .sort();
  }

  /** Puts every block and asks for the name. */
  async complete(
    sample: SampleFile,
    sha256: string | null = null,
  ): Promise<StoreEvent & {type: 'store.finished'}> {
    this.learn(sample);
    await this.put(sample, everyBlock(sample));
    this.store.finish({sha256});
    return this.next('store.finished');
  }

  /** Names in the folder. */
  left(): string[] {
    return readdirSync(this.folder).sort();
  }

  output(): Buffer {
    return readFileSync(join(this.folder, 'x.bin'));
  }

  #ends(fragment: number, block: number): number {
    return this.events.filter(
      (event) =>
        (event.type === 'block.stored' || event.type === 'block.wrong') &&
        event.fragment === fragment &&
        event.block === block,
    ).length;
  }
}

/** Every block of a file, in order. */
export function everyBlock({content}: SampleFile): [number, number][] {
  const blocks: [number, number][] = [];
  for (let fragment = 1; fragment <= fragmentCount(content.length, GEOMETRY); fragment++) {
    for (let block = 0; block < blockCount(content.length, GEOMETRY, fragment); block++)
      blocks.push([fragment, block]);
  }
  return blocks;
}

/** Runs as `fragment/block`. */
export function blocksIn(runs: readonly Run[]): string[] {
  return runs
    .flatMap(({fragment, first, end}) =>
      Array.from({length: end - first}, (_, index) => `${fragment}/${first + index}`),
    )
    .sort();
}
