/**
 * A simulated disk: what programs see, and what would be left of it after a power cut. Names and contents reach the
 * medium when they are synced, or by chance before; what is not synced may be kept, lost, torn or kept out of order.
 */

import type {World} from './world.js';

type Change =
  | {readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array}
  | {readonly kind: 'size'; readonly size: number};

/** What happens to changes that were not synced. */
export type Afterlife = 'kept' | 'dropped' | 'torn' | 'reordered';

export interface Inode {
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

export function errno(code: string): Error {
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
