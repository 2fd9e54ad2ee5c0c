/**
 * What killed runs left beside small files: parts that no run goes on with, since such a file is fetched as a whole.
 * Those of large files are the business of their stores.
 */

import {basename, dirname, join} from 'node:path';
import type {Geometry} from '../../../model.js';
import {nodeDisk} from '../../store/disk.js';
import {outputOfVersionFile} from '../../store/unfinished-names.js';
import {asSmallFile, type SetFile} from './set-files.js';

/** Removes them. What cannot be removed stays: it is no reason to fail. */
export async function removeLeftovers(files: readonly SetFile[], geometry: Geometry): Promise<void> {
  const byFolder = new Map<string, Set<string>>();
  for (const file of files) {
    if (asSmallFile(file, geometry) === null) continue;
    const folder = dirname(file.path);
    const names = byFolder.get(folder) ?? new Set();
    byFolder.set(folder, names.add(basename(file.path)));
  }
  for (const [folder, names] of byFolder) await removeIn(folder, names);
}

async function removeIn(folder: string, names: ReadonlySet<string>): Promise<void> {
  const entries = await nodeDisk.list(folder).catch(() => []);
  const there = new Set(entries);
  for (const entry of entries) {
    const output = outputOfVersionFile(entry);
    // Where there is a lock, another run is fetching it in the way of large files.
    const isLeft = output !== null && names.has(output) && !there.has(`${output}.fdl-lock`);
    if (isLeft) await nodeDisk.unlink(join(folder, entry)).catch(() => undefined);
  }
}
