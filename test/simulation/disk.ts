/**
 * A simulated disk: what programs see, and what would be left of it after a power cut. Names and contents reach the
 * medium when they are synced, or by chance before; what is not synced may be kept, lost, torn or kept out of order.
 */

import type {Disk, DiskFile, FileFacts, OpenOptions} from '../../src/actors/store/disk.js';
import type {FileCalls} from '../../src/workers/file-calls.js';
import type {World} from './world.js';

type Change =
  | {readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array}
  | {readonly kind: 'size'; readonly size: number};

/** What happens to changes that were not synced. */
export type Afterlife = 'kept' | 'dropped' | 'torn' | 'reordered';

interface Inode {
  readonly number: number;
  content: Uint8Array;
  mtimeMs: number;
  ctimeMs: number;
  /** As of the last sync. */
  durable: Uint8Array;
  pending: Change[];
  isFolder: boolean;
}

/** Names that change at one moment, or not at all. */
type NameChange = ReadonlyMap<string, Inode | null>;

/** What the disk refuses at present. */
export interface DiskFaults {
  /** Until then nothing more fits. */
  fullUntilMs: number;
  /** Until then, calls fail with this chance. */
  failingUntilMs: number;
  failing: {readonly chance: number; readonly errno: string; readonly calls: ReadonlySet<string>};
}

const FOLDER = '/out';
const BLOCK = 512;
const NS_PER_MS = 1_000_000;

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), {code});
}

export class SimDisk {
  readonly #world: World;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #pendingNames: NameChange[] = [];
  #inodes = 0;
  readonly faults: DiskFaults = {
    fullUntilMs: 0,
    failingUntilMs: 0,
    failing: {chance: 0, errno: 'EIO', calls: new Set()},
  };
  /** Told of every write, before it counts; throws nothing, but may note a violation. */
  onWrite: (path: string, at: number, bytes: Uint8Array) => void = () => {};
  onNamed: (path: string, content: Uint8Array) => void = () => {};

  constructor(world: World) {
    this.#world = world;
    this.#names.set(FOLDER, this.#inode(true));
    this.#durableNames = new Map(this.#names);
  }

  get folder(): string {
    return FOLDER;
  }

  /** Names in the folder. */
  get names(): string[] {
    return [...this.#names.keys()]
      .filter((path) => path !== FOLDER)
      .map((path) => path.slice(FOLDER.length + 1));
  }

  content(path: string): Uint8Array | null {
    return this.#names.get(path)?.content ?? null;
  }

  /** Overwrites some of what a file holds behind the back of everybody; its times do not tell. */
  spoil(path: string, at: number): void {
    const inode = this.#names.get(path);
    if (inode === undefined || at >= inode.content.length) return;
    inode.content[at] = (inode.content[at] ?? 0) ^ 0x55;
    inode.ctimeMs = this.#world.clock.now();
  }

  /** The machine stops: only what is on the medium is left. */
  cutPower(afterlife: Afterlife): void {
    const names = this.#pendingNames;
    const kept =
      afterlife === 'kept'
        ? names.length
        : afterlife === 'dropped'
          ? 0
          : this.#world.between(0, names.length);
    for (const change of names.slice(0, kept)) applyNames(this.#durableNames, change);
    this.#pendingNames = [];
    this.#names = new Map(this.#durableNames);
    for (const inode of new Set(this.#names.values())) this.#revive(inode, afterlife);
  }

  /** A process's view of the disk. `isAlive`: a call of a dead process never ends. */
  open(isAlive: () => boolean): {disk: Disk; calls: FileCalls; openFiles: () => number} {
    const descriptors = new Map<number, {inode: Inode; path: string}>();
    const process = new SimProcessDisk(this, this.#world, isAlive, descriptors);
    return {disk: process, calls: process.calls, openFiles: () => descriptors.size};
  }

  find(path: string): Inode | undefined {
    return this.#names.get(path);
  }

  create(path: string): Inode {
    const inode = this.#inode(false);
    this.rename(new Map([[path, inode]]));
    return inode;
  }

  rename(change: NameChange): void {
    applyNames(this.#names, change);
    this.#pendingNames.push(change);
    for (const [path, inode] of change) if (inode !== null) this.onNamed(path, inode.content);
  }

  syncNames(): void {
    for (const change of this.#pendingNames) applyNames(this.#durableNames, change);
    this.#pendingNames = [];
  }

  sync(inode: Inode): void {
    inode.durable = inode.content.slice();
    inode.pending = [];
  }

  write(inode: Inode, path: string, at: number, bytes: Uint8Array): void {
    this.onWrite(path, at, bytes);
    this.#change(inode, {kind: 'write', at, bytes: new Uint8Array(bytes)});
  }

  resize(inode: Inode, size: number): void {
    this.#change(inode, {kind: 'size', size});
  }

  get isFull(): boolean {
    return this.#world.clock.now() < this.faults.fullUntilMs;
  }

  /** The error that a call meets; null: none. */
  troubleOf(call: string): Error | null {
    const {failing, failingUntilMs} = this.faults;
    if (this.#world.clock.now() >= failingUntilMs || !failing.calls.has(call)) return null;
    if (!this.#world.chance(failing.chance)) return null;
    this.#world.seen.add(`disk: ${call} failed`);
    return errno(failing.errno);
  }

  #inode(isFolder: boolean): Inode {
    this.#inodes++;
    const atMs = this.#world.clock.now();
    return {
      number: this.#inodes,
      content: new Uint8Array(0),
      mtimeMs: atMs,
      ctimeMs: atMs,
      durable: new Uint8Array(0),
      pending: [],
      isFolder,
    };
  }

  #change(inode: Inode, change: Change): void {
    inode.content = changed(inode.content, change);
    inode.pending.push(change);
    inode.mtimeMs = this.#world.clock.now();
    inode.ctimeMs = inode.mtimeMs;
  }

  #revive(inode: Inode, afterlife: Afterlife): void {
    let content: Uint8Array = inode.durable.slice();
    for (const change of inode.pending) {
      const fate = this.#fateOf(change, afterlife);
      if (fate !== null) content = changed(content, fate);
    }
    if (inode.pending.length > 0) this.#world.seen.add(`power cut: unsynced writes ${afterlife}`);
    inode.content = content;
    inode.durable = content.slice();
    inode.pending = [];
  }

  #fateOf(change: Change, afterlife: Afterlife): Change | null {
    if (afterlife === 'kept') return change;
    if (afterlife === 'dropped' || this.#world.chance(0.5)) return null;
    if (afterlife === 'reordered' || change.kind === 'size') return change;
    return {...change, bytes: change.bytes.subarray(0, this.#world.between(0, change.bytes.length))};
  }
}

function applyNames(names: Map<string, Inode>, change: NameChange): void {
  for (const [path, inode] of change) {
    if (inode === null) names.delete(path);
    else names.set(path, inode);
  }
}

function changed(content: Uint8Array, change: Change): Uint8Array {
  if (change.kind === 'size') {
    const resized = new Uint8Array(change.size);
    resized.set(content.subarray(0, change.size));
    return resized;
  }
  const end = change.at + change.bytes.length;
  const grown = end > content.length ? changed(content, {kind: 'size', size: end}) : content;
  grown.set(change.bytes, change.at);
  return grown;
}

/** Calls take a while, and fail as the faults say. */
class SimProcessDisk implements Disk {
  readonly calls: FileCalls;
  readonly #disk: SimDisk;
  readonly #world: World;
  readonly #isAlive: () => boolean;
  readonly #descriptors: Map<number, {inode: Inode; path: string}>;
  #next = 3;

  constructor(
    disk: SimDisk,
    world: World,
    isAlive: () => boolean,
    descriptors: Map<number, {inode: Inode; path: string}>,
  ) {
    this.#disk = disk;
    this.#world = world;
    this.#isAlive = isAlive;
    this.#descriptors = descriptors;
    this.calls = {
      read: (fd, bytes, from, length, at) => this.#read(fd, bytes.subarray(from, from + length), at),
      write: (fd, bytes, from, length, at) => this.#write(fd, bytes.subarray(from, from + length), at),
    };
  }

  open(path: string, {access, create}: OpenOptions): Promise<DiskFile> {
    return this.#call('open', () => {
      const found = this.#disk.find(path);
      if (found !== undefined && create === 'only') throw errno('EEXIST');
      if (found === undefined && create === 'never') throw errno('ENOENT');
      if (found === undefined && this.#disk.isFull && this.#world.chance(0.5)) throw errno('ENOSPC');
      const inode = found ?? this.#disk.create(path);
      const fd = this.#next++;
      this.#descriptors.set(fd, {inode, path});
      return this.#file(fd, inode, path, access === 'write');
    });
  }

  facts(path: string): Promise<FileFacts | null> {
    return this.#call('stat', () => {
      const inode = this.#disk.find(path);
      return inode === undefined ? null : factsOf(inode);
    });
  }

  followedFacts(path: string): Promise<FileFacts | null> {
    return this.facts(path);
  }

  link(from: string, to: string): Promise<void> {
    return this.#call('link', () => {
      const inode = this.#disk.find(from);
      if (inode === undefined) throw errno('ENOENT');
      if (this.#disk.find(to) !== undefined) throw errno('EEXIST');
      this.#disk.rename(new Map([[to, inode]]));
      inode.ctimeMs = this.#world.clock.now();
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', () => {
      const inode = this.#disk.find(from);
      if (inode === undefined) throw errno('ENOENT');
      this.#disk.rename(
        new Map<string, Inode | null>([
          [to, inode],
          [from, null],
        ]),
      );
      inode.ctimeMs = this.#world.clock.now();
    });
  }

  unlink(path: string): Promise<void> {
    return this.#call('unlink', () => {
      const inode = this.#disk.find(path);
      if (inode === undefined) throw errno('ENOENT');
      this.#disk.rename(new Map([[path, null]]));
      inode.ctimeMs = this.#world.clock.now();
    });
  }

  list(folder: string): Promise<string[]> {
    return this.#call('list', () => {
      if (this.#disk.find(folder) === undefined) throw errno('ENOENT');
      return this.#disk.names;
    });
  }

  freeBytes(): Promise<number | null> {
    return this.#call('statfs', () => (this.#disk.isFull ? 0 : 1_000_000_000));
  }

  syncFolder(): Promise<void> {
    return this.#call('syncFolder', () => this.#disk.syncNames());
  }

  #file(fd: number, inode: Inode, path: string, canWrite: boolean): DiskFile {
    return {
      fd,
      read: (target, position) => this.#call('read', () => this.#read(fd, target, position)),
      write: (bytes, position) =>
        this.#call('write', () => {
          for (let done = 0; done < bytes.length; )
            done += this.#write(fd, bytes.subarray(done), position + done);
        }),
      truncate: (size) =>
        this.#call('truncate', () => {
          if (!canWrite) throw errno('EBADF');
          this.#disk.resize(inode, size);
        }),
      datasync: () => this.#call('sync', () => this.#disk.sync(inode)),
      sync: () => this.#call('sync', () => this.#disk.sync(inode)),
      facts: () => this.#call('stat', () => factsOf(inode)),
      setModified: (modifiedMs) =>
        this.#call('utimes', () => {
          inode.mtimeMs = modifiedMs;
          inode.ctimeMs = this.#world.clock.now();
        }),
      close: () =>
        this.#call('close', () => {
          this.#world.require(this.#descriptors.delete(fd), `descriptor of ${path} was closed twice`);
        }),
    };
  }

  #read(fd: number, target: Uint8Array, at: number): number {
    const trouble = this.#disk.troubleOf('pread');
    if (trouble !== null) throw trouble;
    const open = this.#descriptors.get(fd);
    if (open === undefined) throw errno('EBADF');
    const bytes = open.inode.content.subarray(at, at + target.length);
    target.set(bytes);
    return bytes.length;
  }

  /** May take less than it was given. */
  #write(fd: number, bytes: Uint8Array, at: number): number {
    const trouble = this.#disk.troubleOf('pwrite');
    if (trouble !== null) throw trouble;
    const open = this.#descriptors.get(fd);
    if (open === undefined) {
      this.#world.violated(`written to descriptor ${fd}, which is closed`);
      throw errno('EBADF');
    }
    const isShort = bytes.length > 1 && this.#world.chance(this.#disk.isFull ? 0.5 : 0.05);
    if (this.#disk.isFull && !isShort) throw errno('ENOSPC');
    if (isShort) this.#world.seen.add('disk: short write');
    const taken = isShort ? bytes.subarray(0, this.#world.between(1, bytes.length - 1)) : bytes;
    this.#disk.write(open.inode, open.path, at, taken);
    return taken.length;
  }

  #call<T>(name: string, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#world.clock.setTimeout(
        () => {
          // A call under way when the process died may have had its effect.
          if (!this.#isAlive()) {
            if (this.#world.chance(0.5)) attempt(effect);
            return;
          }
          const trouble = this.#disk.troubleOf(name);
          if (trouble !== null) return reject(trouble);
          try {
            resolve(effect());
          } catch (error) {
            reject(error as Error);
          }
        },
        this.#world.between(0, 3),
      );
    });
  }
}

function attempt(effect: () => unknown): void {
  try {
    effect();
  } catch {
    // Nobody is there to be told.
  }
}

function factsOf({number, content, mtimeMs, ctimeMs, isFolder}: Inode): FileFacts {
  return {
    kind: isFolder ? 'folder' : 'file',
    size: content.length,
    allocatedBytes: Math.ceil(content.length / BLOCK) * BLOCK,
    device: 1n,
    inode: BigInt(number),
    mtimeNs: BigInt(Math.round(mtimeMs * NS_PER_MS)),
    ctimeNs: BigInt(Math.round(ctimeMs * NS_PER_MS)),
  };
}
