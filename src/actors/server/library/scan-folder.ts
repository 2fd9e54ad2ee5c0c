/** Looks through the served folder: which files could be offered, and what is skipped and why. Follows no link. */

import {createHash} from 'node:crypto';
import type {BigIntStats, Dirent} from 'node:fs';
import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {FILES_MAX, FOLDER_DEPTH_MAX} from '../../../limits.js';
import type {Sighting} from '../../../machines/catalogue.js';
import {nameProblem} from '../../../protocol/names.js';
import {stampOf} from '../../fragments/file-stamp.js';
import {FRAGMENTS_FOLDER, INDEX_FILE} from '../../fragments/fragment-names.js';

/** Something that is not offered. `name` is as it lies on disk: escape it before it is shown. */
export interface Skipped {
  readonly name: string;
  /** In a few words, to follow the name. */
  readonly reason: string;
}

export interface FolderScan {
  readonly sightings: readonly Sighting[];
  readonly skipped: readonly Skipped[];
}

/** Files looked at at once: enough to hide the latency of a network folder. */
const STATS_AT_ONCE = 32;

/** Scans the absolute folder `root`. Throws when it cannot be seen as it is; then nothing may be concluded from it. */
export async function scanFolder(root: string): Promise<FolderScan> {
  const scan = new Scan(root);
  await scan.originals();
  await scan.copies();
  return {sightings: [...scan.sightings.values()], skipped: scan.skipped};
}

class Scan {
  readonly sightings = new Map<string, Sighting>();
  readonly skipped: Skipped[] = [];
  readonly #root: string;
  #full = false;

  constructor(root: string) {
    this.#root = root;
  }

  async originals(): Promise<void> {
    const entries = await readdir(this.#root, {withFileTypes: true});
    await this.#walk('', entries, 0);
  }

  /** Every folder below `fragments/` with an index whose file is not here itself. */
  async copies(): Promise<void> {
    await this.#walkFragments('', 0);
  }

  async #walk(folder: string, entries: readonly Dirent[], depth: number): Promise<void> {
    const files: string[] = [];
    for (const entry of entries) {
      const name = folder + entry.name;
      // Hidden on purpose, nearly always; a line for each would bury the others.
      if (entry.name.startsWith('.') || name === FRAGMENTS_FOLDER) continue;
      if (entry.isDirectory()) await this.#walkInto(name, depth + 1);
      else if (!entry.isFile())
        this.#skip(name, entry.isSymbolicLink() ? 'is a link' : 'is not a regular file');
      else if (this.#mayTravel(name)) files.push(name);
    }
    for (let start = 0; start < files.length; start += STATS_AT_ONCE) {
      await Promise.all(files.slice(start, start + STATS_AT_ONCE).map((name) => this.#original(name)));
    }
  }

  async #walkInto(folder: string, depth: number): Promise<void> {
    if (depth > FOLDER_DEPTH_MAX) return this.#skip(folder, `is more than ${FOLDER_DEPTH_MAX} folders deep`);
    const entries = await this.#entriesOf(folder, join(this.#root, folder));
    await this.#walk(`${folder}/`, entries, depth);
  }

  async #original(name: string): Promise<void> {
    const stats = await statsOf(join(this.#root, name));
    if (!stats?.isFile() || !this.#hasRoom(name)) return;
    const size = Number(stats.size);
    this.sightings.set(name, {
      name,
      kind: 'original',
      stamp: stampOf(stats),
      size,
      modifiedMs: Number(stats.mtimeMs),
    });
  }

  async #walkFragments(folder: string, depth: number): Promise<void> {
    const path = join(this.#root, FRAGMENTS_FOLDER, folder);
    const entries = await this.#entriesOf(`${FRAGMENTS_FOLDER}/${folder}`, path);
    const name = folder.slice(0, -1);
    const isFragments = entries.some((entry) => entry.name === INDEX_FILE && entry.isFile());
    if (isFragments && name !== '' && this.#mayTravel(name)) await this.#copy(name, path, entries);
    for (const entry of entries) {
      if (!entry.isDirectory() || entry.name.startsWith('.') || depth >= FOLDER_DEPTH_MAX) continue;
      // Fragments of a file that is here are known from its index.
      if (!this.sightings.has(folder + entry.name))
        await this.#walkFragments(`${folder}${entry.name}/`, depth + 1);
    }
  }

  async #copy(name: string, path: string, entries: readonly Dirent[]): Promise<void> {
    if (!this.#hasRoom(name)) return;
    const files = entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => entry.name);
    const stamps: string[] = [];
    let modifiedMs = 0;
    for (let start = 0; start < files.length; start += STATS_AT_ONCE) {
      const part = files.slice(start, start + STATS_AT_ONCE);
      const found = await Promise.all(part.map((file) => statsOf(join(path, file))));
      for (const [index, stats] of found.entries()) {
        if (stats === null) continue;
        stamps.push(`${part[index]}=${stampOf(stats)}`);
        modifiedMs = Math.max(modifiedMs, Number(stats.mtimeMs));
      }
    }
    this.sightings.set(name, {name, kind: 'copy', stamp: digestOf(stamps), size: 0, modifiedMs});
  }

  /** Nothing for a folder that is gone or may not be read; what else fails (EMFILE, EIO) fails the scan. */
  async #entriesOf(name: string, path: string): Promise<readonly Dirent[]> {
    try {
      return await readdir(path, {withFileTypes: true});
    } catch (error) {
      if (isForbidden(error)) this.#skip(name, 'may not be read');
      else if (!isGone(error)) throw error;
      return [];
    }
  }

  #mayTravel(name: string): boolean {
    const problem = nameProblem(name);
    if (problem !== null) this.#skip(name, problem);
    return problem === null;
  }

  #hasRoom(name: string): boolean {
    if (this.sightings.size < FILES_MAX) return true;
    if (!this.#full) this.#skip(name, `and what follows: a library holds ${FILES_MAX} files`);
    this.#full = true;
    return false;
  }

  #skip(name: string, reason: string): void {
    if (this.skipped.length < FILES_MAX) this.skipped.push({name, reason});
  }
}

/** Null for what was removed meanwhile. A file that is there and cannot be looked at must not seem to be gone: throws. */
async function statsOf(path: string): Promise<BigIntStats | null> {
  try {
    return await lstat(path, {bigint: true});
  } catch (error) {
    if (isGone(error) || isForbidden(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function isForbidden(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** One short text for all stamps of a folder. The order must not depend on the file system. */
function digestOf(stamps: readonly string[]): string {
  return createHash('sha256')
    .update([...stamps].sort().join('\n'))
    .digest('hex');
}
