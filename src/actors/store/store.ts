/**
 * The store of one download: everything that touches its files. It decides nothing about servers; it takes blocks, and
 * tells what became of them. Only bytes that hash as they should ever reach the part file.
 */

import {FdlError} from '../../errors.js';
import {STORE_CLOSE_TIMEOUT_MS} from '../../limits.js';
import type {DatedManifest} from '../../machines/events.js';
import type {HexDigest, Run} from '../../model.js';
import {TaskControl} from '../../workers/task-control.js';
import {type Disk, errnoOf, nodeDisk} from './disk.js';
import {diskError, removedMeanwhile} from './disk-error.js';
import {thisHost} from './host.js';
import {findLeftovers} from './leftovers.js';
import {type Lock, takeLock} from './lock.js';
import type {OpenPart} from './open-part.js';
import {type OpenedVersion, openVersion} from './open-version.js';
import {type Place, publish, removeOurs, resolvePlace} from './output-file.js';
import type {ReceivedBlock, Store, StoreNews, StoreOptions} from './store-port.js';
import {hashOf} from './whole-file.js';

/** Creates a store that has touched nothing yet; `prepare` comes first. */
export function createStore(options: StoreOptions): Store {
  return new DiskStore(options);
}

type State =
  | {readonly kind: 'new'}
  | {readonly kind: 'prepared'; readonly place: Place}
  | {readonly kind: 'opened'; readonly place: Place; readonly version: OpenedVersion}
  | {readonly kind: 'finished'}
  | {readonly kind: 'failed'};

class DiskStore implements Store {
  readonly #options: StoreOptions;
  readonly #disk: Disk;
  /** Cancels the hashing of whole files. */
  readonly #control = new TaskControl();
  #state: State = {kind: 'new'};
  #lock: Lock | null = null;
  #version: OpenedVersion | null = null;
  /** The command under way. */
  #work: Promise<void> = Promise.resolve();
  /** The end of `close`, once it was called. */
  #closed: Promise<void> | null = null;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
  }

  get waiting(): number {
    return this.#version?.part?.waiting ?? 0;
  }

  prepare(): void {
    const {file, output, clock, geometry, restart, host = thisHost()} = this.#options;
    this.#do(file, async () => {
      const place = await resolvePlace(this.#disk, file, output);
      this.#lock = await takeLock({
        disk: this.#disk,
        clock,
        host,
        path: place.lock,
        output: place.output,
      });
      if (restart) await removeOurs(this.#disk, place);
      const leftovers = await findLeftovers(this.#disk, place, geometry);
      this.#state = {kind: 'prepared', place};
      this.#tell({type: 'store.prepared', output: place.output, leftovers});
    });
  }

  open(manifest: DatedManifest): void {
    if (this.#state.kind === 'failed') return;
    if (this.#state.kind !== 'prepared') throw new Error(`open() while ${this.#state.kind}`);
    const {place} = this.#state;
    this.#do(place.output, async () => {
      const version = await openVersion({
        store: this.#options,
        disk: this.#disk,
        place,
        manifest,
        control: this.#control,
        tell: (news) => this.#tell(news),
        fail: (error) => this.#fail(error, place.output),
      });
      this.#version = version;
      this.#state = {kind: 'opened', place, version};
      const {trusted, unchecked, fragmentDigests} = version;
      this.#tell({
        type: 'store.opened',
        trusted,
        unchecked,
        fragmentDigests,
        complete: version.part === null,
      });
      if (this.#closed === null) version.part?.pump();
    });
  }

  learnFragmentDigests(digests: Uint8Array): void {
    this.#part()?.learnFragmentDigests(digests);
  }

  learnBlockDigests(fragment: number, digests: Uint8Array): Run[] {
    return this.#part()?.learnBlockDigests(fragment, digests) ?? [];
  }

  blockDigestsOf(fragment: number): Uint8Array | null {
    return this.#version?.shelf.get(fragment) ?? null;
  }

  forget(fragment: number): void {
    this.#version?.shelf.forget(fragment);
  }

  putBlock(block: ReceivedBlock): void {
    const part = this.#part();
    if (part === null) this.#options.slabs.give(block.slab);
    else part.put(block);
  }

  finish({sha256}: {readonly sha256: HexDigest | null}): void {
    if (this.#state.kind === 'failed') return;
    if (this.#state.kind !== 'opened') throw new Error(`finish() while ${this.#state.kind}`);
    const {place, version} = this.#state;
    this.#do(place.output, async () => {
      const sha256Verified = await this.#verify(version, sha256);
      if (version.part !== null) await this.#publish(place, version, version.part);
      this.#state = {kind: 'finished'};
      this.#tell({type: 'store.finished', output: place.output, sha256Verified});
    });
  }

  close(how: 'clean' | 'abandon'): Promise<void> {
    this.#closed ??= this.#closeInTime(how);
    return this.#closed;
  }

  async #closeInTime(how: 'clean' | 'abandon'): Promise<void> {
    this.#control.cancel();
    this.#version?.part?.end();
    const {clock} = this.#options;
    const closing = this.#closeAll(how);
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, STORE_CLOSE_TIMEOUT_MS);
      const onEnd = (): void => {
        clock.clearTimeout(timer);
        resolve();
      };
      closing.then(onEnd, onEnd);
    });
    this.#lock?.abandon();
  }

  /** A store that failed is not marked as closed: the next run looks at what it left. */
  async #closeAll(how: 'clean' | 'abandon'): Promise<void> {
    await this.#work;
    const version = this.#version;
    if (version !== null) {
      version.part?.end();
      await version.part?.quiet();
      const isClean = how === 'clean' && this.#state.kind === 'opened';
      await (isClean ? version.part?.log.seal() : version.part?.log.flush())?.catch(() => undefined);
      await version.close();
      if (version.found === null && version.part?.isEmpty === true && this.#state.kind !== 'finished') {
        await this.#removeEmpty(version);
      }
    }
    await this.#lock?.release();
  }

  /** A part that holds nothing would only puzzle. */
  async #removeEmpty({path, logFile}: OpenedVersion): Promise<void> {
    for (const ours of [path, logFile]) await this.#disk.unlink(ours).catch(() => undefined);
  }

  /** The pin is checked, never believed: what was hashed is what lies on the disk. */
  async #verify(version: OpenedVersion, sha256: HexDigest | null): Promise<boolean> {
    if (version.part !== null && !version.part.isComplete)
      throw new Error('finish() before every block is stored');
    if (sha256 === null) return false;
    if (version.hashed === sha256) return true;
    const {manifest, file, path} = version;
    const {workers, clock} = this.#options;
    const control = this.#control;
    const onHashing = (doneBytes: number): void => this.#tell({type: 'store.hashing', doneBytes});
    const hashed = await hashOf({workers, file, path, manifest, pieces: false, control, clock, onHashing});
    if (hashed?.sha256 === sha256) return true;
    throw new FdlError('sha256-mismatch', `the SHA-256 of ${path} is not the one you gave`, {
      hint: 'The servers agree on other content. What was fetched is kept; look up the right SHA-256, or ask who runs the servers.',
    });
  }

  /** Everything on the disk before the name, the name on the disk before the rest is removed. */
  async #publish(place: Place, version: OpenedVersion, part: OpenPart): Promise<void> {
    part.end();
    await part.quiet();
    await version.file.setModified(version.manifest.modifiedMs).catch(() => undefined); // a nicety
    await part.log.seal();
    await publish(this.#disk, place, version, this.#options.force).catch((error: unknown) => {
      throw errnoOf(error) === 'ENOENT' ? removedMeanwhile(version.path) : error;
    });
    await removeOurs(this.#disk, place);
  }

  #part(): OpenPart | null {
    return this.#state.kind === 'opened' ? this.#state.version.part : null;
  }

  /** Runs a command; commands follow one another. */
  #do(path: string, command: () => Promise<void>): void {
    this.#work = this.#work.then(command).catch((error) => this.#fail(error, path));
  }

  #fail(error: unknown, path: string): void {
    if (this.#state.kind === 'failed' || isInterruption(error)) return;
    this.#state = {kind: 'failed'};
    this.#version?.part?.end();
    if (this.#closed === null) this.#tell({type: 'store.failed', error: diskError(error, path, 'write')});
  }

  #tell(news: StoreNews): void {
    this.#options.notify({...news, atMs: this.#options.clock.now()});
  }
}

/** `close` cancelled the hashing of a file: nothing is wrong with the disk. */
function isInterruption(error: unknown): boolean {
  return error instanceof FdlError && error.code === 'interrupted';
}
