/** Temporary folders below `fragments/`: one for each file being indexed, by this process alone. */

import {randomBytes} from 'node:crypto';
import {lstat, mkdir, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {TEMP_STALE_MS} from '../../../limits.js';
import {FRAGMENTS_FOLDER} from '../../fragments/fragment-names.js';
import {syncFolder} from '../../fragments/index-files.js';

const PREFIX = '.tmp-';

/** Makes a new folder `fragments/.tmp-<random>` below the absolute `root`. */
export async function makeTemporaryFolder(root: string): Promise<string> {
  const path = join(root, FRAGMENTS_FOLDER, PREFIX + randomBytes(8).toString('hex'));
  await mkdir(path, {recursive: true});
  return path;
}

/** Tells other servers of this folder, by the file system's own clock, that its owner lives. */
export async function touchFolder(path: string): Promise<void> {
  const mark = join(path, '.alive');
  await writeFile(mark, '');
  await rm(mark, {force: true});
}

/**
 * Removes the temporary folders that nobody touched for TEMP_STALE_MS, by the file system's own clock: `reference` is
 * a folder made a moment ago on the same file system.
 */
export async function removeStaleFolders(root: string, reference: string): Promise<void> {
  const parent = join(root, FRAGMENTS_FOLDER);
  const {mtimeMs: now} = await lstat(reference);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    const found = await lstat(path).catch(() => null); // its owner was quicker
    if (found !== null && now - found.mtimeMs > TEMP_STALE_MS) await rm(path, {recursive: true, force: true});
  }
}

/**
 * Puts the finished folder `from` where `to` is, synced. What lay there (an older version) is moved away first and
 * removed; a reader sees the old, for a moment nothing, then the new. Throws when another process put its own there
 * in between, again and again.
 */
export async function putInPlace(root: string, from: string, to: string): Promise<void> {
  await syncFolder(from);
  await mkdir(dirname(to), {recursive: true});
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(from, to);
      break;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (attempt === PLACE_ATTEMPTS || !['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM'].includes(code))
        throw error;
      await moveAway(root, to);
    }
  }
  await syncFolder(dirname(to));
}

const PLACE_ATTEMPTS = 5;

async function moveAway(root: string, path: string): Promise<void> {
  const away = join(root, FRAGMENTS_FOLDER, PREFIX + randomBytes(8).toString('hex'));
  try {
    await rename(path, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  await rm(away, {recursive: true, force: true});
}
