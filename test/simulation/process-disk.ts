/** A process's view of the simulated disk: calls take a while, and fail as the faults say. */

import type {Disk, DiskFile, FileFacts, OpenOptions} from '../../src/actors/store/disk.js';
import type {FileCalls} from '../../src/workers/file-calls.js';
import {errno, type Inode, type SimDisk} from './disk.js';
import type {World} from './world.js';

const BLOCK = 512;
const NS_PER_MS = 1_000_000;

/** An open file. */
interface Opened {
  readonly inode: Inode;
  readonly path: string;
}

export class ProcessDisk implements Disk {
  readonly calls: FileCalls;
  readonly #disk: SimDisk;
  readonly #world: World;
  readonly #isAlive: () => boolean;
  readonly #descriptors = new Map<number, Opened>();
  #next = 3;

  /** `isAlive`: a call of a dead process never ends. */
  constructor(disk: SimDisk, world: World, isAlive: () => boolean) {
    this.#disk = disk;
    this.#world = world;
    this.#isAlive = isAlive;
    this.calls = {
      read: (fd, bytes, from, length, at) => this.#read(fd, bytes.subarray(from, from + length), at),
      write: (fd, bytes, from, length, at) => this.#write(fd, bytes.subarray(from, from + length), at),
    };
  }

  /** Descriptors that are open. */
  get openFiles(): number {
    return this.#descriptors.size;
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
