/**
 * The disk as the store uses it: a small port, so that a simulated disk can stand in. Files are opened without
 * following a link at the end of the path and without blocking on a FIFO. Every call rejects with errno errors.
 */

import {constants} from 'node:fs';
import {type FileHandle, link, lstat, open, readdir, rename, stat, statfs, unlink} from 'node:fs/promises';

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Bytes that take room on the disk: less than `size` when there are holes. */
  readonly allocatedBytes: number;
  readonly device: bigint;
  readonly inode: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export interface OpenOptions {
  readonly access: 'read' | 'write';
  /** `only`: fails with EEXIST when it is there. Never truncates. */
  readonly create: 'never' | 'maybe' | 'only';
  /** Permissions of a new file, before the umask. */
  readonly mode: number;
}

export interface DiskFile {
  /** For the worker threads: numbers of descriptors hold for the whole process. */
  readonly fd: number;
  /** Fills `target` from `position` as far as the file goes; returns the bytes read. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  facts(): Promise<FileFacts>;
  /** Sets the time of last change, milliseconds since 1970. */
  setModified(modifiedMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  open(path: string, options: OpenOptions): Promise<DiskFile>;
  /** Of the path itself, links not followed; null when nothing is there. */
  facts(path: string): Promise<FileFacts | null>;
  /** Of what the path leads to; null when nothing is there. */
  followedFacts(path: string): Promise<FileFacts | null>;
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Names in a folder. */
  list(folder: string): Promise<string[]>;
  /** Bytes this user may still write there; null when the file system does not say. */
  freeBytes(folder: string): Promise<number | null>;
  /** Makes names in the folder survive a power cut. Does nothing where folders cannot be synced. */
  syncFolder(folder: string): Promise<void>;
}

/** The errno name of a thrown value; empty when it has none. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EINVAL', 'EACCES']);

/** Whether a failed `link` means that the file system has no links. */
export function hasNoLinks(error: unknown): boolean {
  return NO_LINKS.has(errnoOf(error));
}

/** Removes a name, if there is one. */
export async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** The real disk. */
export const nodeDisk: Disk = {
  async open(path, {access, create, mode}) {
    const created = {never: 0, maybe: constants.O_CREAT, only: constants.O_CREAT | constants.O_EXCL}[create];
    const accessed = access === 'read' ? constants.O_RDONLY : constants.O_RDWR;
    const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    return new NodeFile(await open(path, accessed | created | careful, mode));
  },
  facts: (path) => factsAt(lstat(path, {bigint: true})),
  followedFacts: (path) => factsAt(stat(path, {bigint: true})),
  link,
  rename,
  unlink,
  list: (folder) => readdir(folder),
  async freeBytes(folder) {
    const {blocks, bavail, bsize} = await statfs(folder);
    return blocks === 0 ? null : bavail * bsize;
  },
  async syncFolder(folder) {
    let handle: FileHandle;
    try {
      handle = await open(folder, constants.O_RDONLY);
    } catch (error) {
      if (['EISDIR', 'EACCES', 'EPERM'].includes(errnoOf(error))) return;
      throw error;
    }
    try {
      await handle.sync();
    } catch (error) {
      if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EBADF'].includes(errnoOf(error))) throw error;
    } finally {
      await handle.close();
    }
  },
};

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  get fd(): number {
    return this.#handle.fd;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const {bytesRead} = await this.#handle.read(target, done, target.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const {bytesWritten} = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      if (bytesWritten === 0) throw Object.assign(new Error('a write made no progress'), {code: 'EIO'});
      done += bytesWritten;
    }
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  async facts(): Promise<FileFacts> {
    return asFacts(await this.#handle.stat({bigint: true}));
  }

  setModified(modifiedMs: number): Promise<void> {
    return this.#handle.utimes(modifiedMs / 1000, modifiedMs / 1000);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

type BigStats = Awaited<ReturnType<typeof bigLstat>>;
const bigLstat = (path: string) => lstat(path, {bigint: true});

async function factsAt(wanted: Promise<BigStats>): Promise<FileFacts | null> {
  try {
    return asFacts(await wanted);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function asFacts(stats: BigStats): FileFacts {
  return {
    kind: kindOf(stats),
    size: Number(stats.size),
    allocatedBytes: Number(stats.blocks) * 512,
    device: stats.dev,
    inode: stats.ino,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  };
}

function kindOf(stats: BigStats): FileFacts['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}
