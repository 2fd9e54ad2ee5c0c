/**
 * Where the files of a set go: the tree of their names below one folder. Names come from listings, so nothing of them is
 * trusted: none leads out of the folder, and no link on the way is followed.
 */

import {accessSync, constants} from 'node:fs';
import {lstat, mkdir, realpath, stat} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {asFdlError, FdlError} from '../../../errors.js';
import {nameProblem} from '../../../protocol/names.js';
import {nodeDisk} from '../../store/disk.js';
import {diskError, removedMeanwhile} from '../../store/disk-error.js';

/** A place for a file, or why it has none. */
export type PlaceFor =
  | {readonly kind: 'place'; readonly path: string}
  | {readonly kind: 'none'; readonly error: FdlError};

export class OutputTree {
  /** Absolute, without links. */
  readonly root: string;
  /** By its name: whether a folder is there, or why not. */
  readonly #folders = new Map<string, Promise<FdlError | null>>();

  private constructor(root: string) {
    this.root = root;
  }

  /** Opens the folder, and makes it if it is missing. Throws FdlError `output-unsuitable` or what the disk says. */
  static async open(path: string): Promise<OutputTree> {
    const folder = resolve(path);
    try {
      await makeFolder(folder);
      if (!(await stat(folder)).isDirectory()) throw notAFolder(folder);
      return new OutputTree(await realpath(folder));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw notAFolder(folder);
      throw diskError(error, folder, 'make the folder');
    }
  }

  /** The path of a file; the folders on its way are there then. */
  async placeFor(name: string): Promise<PlaceFor> {
    const problem = nameProblem(name);
    if (problem !== null)
      return {kind: 'none', error: new FdlError('name-invalid', `a file name ${problem}`)};
    const end = name.lastIndexOf('/');
    const error = end < 0 ? null : await this.#folder(name.slice(0, end));
    return error === null ? {kind: 'place', path: join(this.root, name)} : {kind: 'none', error};
  }

  /** Whether the folder is still there, and may be written to. */
  isUsable(): boolean {
    try {
      accessSync(this.root, constants.W_OK | constants.X_OK);
      return true;
    } catch {
      return false;
    }
  }

  /** Makes the names in all folders survive a power cut. Throws what the disk says. */
  async sync(): Promise<void> {
    const made = [...this.#folders.keys()].map((name) => join(this.root, name));
    for (const folder of [...made, this.root]) {
      await nodeDisk.syncFolder(folder).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? removedMeanwhile(folder) : diskError(error, folder, 'sync');
      });
    }
  }

  #folder(name: string): Promise<FdlError | null> {
    const known = this.#folders.get(name) ?? this.#make(name);
    this.#folders.set(name, known);
    return known;
  }

  async #make(name: string): Promise<FdlError | null> {
    const end = name.lastIndexOf('/');
    const above = end < 0 ? null : await this.#folder(name.slice(0, end));
    if (above !== null) return above;
    const path = join(this.root, name);
    try {
      await mkdir(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const stats = await lstat(path);
      if (stats.isDirectory()) return null;
      return stats.isSymbolicLink()
        ? unsuitable(path, 'it is a symbolic link, which could lead anywhere')
        : notAFolder(path);
    } catch (error) {
      return asFdlError(diskError(error, path, 'make the folder'));
    }
  }
}

/** With those above it. Node's own way tries for ever where a file system refuses new folders by saying ENOENT. */
async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw error;
    await makeFolder(above);
    await make().catch((again: NodeJS.ErrnoException) => {
      throw again.code === 'ENOENT' ? takesNoFolders(path, above) : again;
    });
  }
}

/** What /proc does, for example. */
function takesNoFolders(path: string, above: string): FdlError {
  return new FdlError('disk-unwritable', `cannot make the folder ${path}: ${above} takes none (ENOENT)`, {
    hint: 'Name another folder with --output.',
  });
}

function notAFolder(path: string): FdlError {
  return unsuitable(path, 'it is no folder');
}

function unsuitable(path: string, why: string): FdlError {
  return new FdlError('output-unsuitable', `cannot write below ${path}: ${why}`, {
    hint: 'Name another folder with --output, or remove it.',
  });
}
