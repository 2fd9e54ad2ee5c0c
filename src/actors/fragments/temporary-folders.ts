/** Temporary folders in a folder `fragments`: one for each file being indexed, by this process alone. */

import {randomBytes} from 'node:crypto';
import {lstat, mkdir, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {LOCK_TOUCH_MS, TEMP_STALE_MS} from '../../limits.js';
import type {Clock} from '../clock.js';
import {syncFolder} from './index-files.js';

const PREFIX = '.tmp-';

/** Makes a new folder `.tmp-<random>` in the absolute `parent`, the folder of all fragments. */
export async function makeTemporaryFolder(parent: string): Promise<string> {
  const path = join(parent, PREFIX + randomBytes(8).toString('hex'));
  await mkdir(path, {recursive: true});
  return path;
}

/** Tells other servers of this folder, by the file system's own clock, that its owner lives. */
export async function touchFolder(path: string): Promise<void> {
  const mark = join(path, '.alive');
  await writeFile(mark, '');
  await rm(mark, {force: true});
}

/** Calls `touch` every LOCK_TOUCH_MS until the returned function has been called and resolved. */
export function keepTouching(clock: Clock, touch: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let timer = clock.setTimeout(tick, LOCK_TOUCH_MS);
  function tick(): void {
    last = touch().catch(() => {}); // others may then do the work too, which is all that can happen
    timer = clock.setTimeout(tick, LOCK_TOUCH_MS);
  }
  return async () => {
    clock.clearTimeout(timer);
    await last;
  };
}

/**
 * Removes the temporary folders that nobody touched for TEMP_STALE_MS, by the file system's own clock: `reference` is
 * a folder made a moment ago on the same file system.
 */
export async function removeStaleFolders(parent: string, reference: string): Promise<void> {
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
export async function putInPlace(parent: string, from: string, to: string): Promise<void> {
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
      await moveAway(parent, to);
    }
  }
  await syncFolder(dirname(to));
}

const PLACE_ATTEMPTS = 5;

async function moveAway(parent: string, path: string): Promise<void> {
  const away = join(parent, PREFIX + randomBytes(8).toString('hex'));
  try {
    await rename(path, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  await rm(away, {recursive: true, force: true});
}
