/** A file system that is small: to be filled, or made read-only. */

import {spawnSync} from 'node:child_process';
import {closeSync, openSync, rmSync, statfsSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {MIB, type Scene} from './scenario.js';
import {until} from './wait.js';

const FILLER = 'filler.bin';
const STORED_DEADLINE_MS = 30_000;

/** A file system of so many MiB in a folder of the scene; undefined where this user may not mount one. */
export function smallDisk(scene: Scene, mebibytes: number): string | undefined {
  const folder = scene.newFolder('small');
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'fdl-test', folder]);
  if (mounted.status !== 0) return undefined;
  scene.cleanup.after(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}

/** Makes it read-only, or writable again. */
export function remount(folder: string, how: 'ro' | 'rw'): boolean {
  return spawnSync('mount', ['-o', `remount,${how}`, folder]).status === 0;
}

/** Waits until so many bytes are stored there: what was sent may still be on its way, above all on a busy machine. */
export async function whenStored(folder: string, bytes: number): Promise<void> {
  await until(`${bytes} bytes in ${folder}`, STORED_DEADLINE_MS, () => {
    const {blocks, bfree, bsize} = statfsSync(folder);
    return (blocks - bfree) * bsize >= bytes;
  });
}

/** Takes all room but so many bytes. */
export function fillDisk(folder: string, leftBytes: number): void {
  const {bavail, bsize} = statfsSync(folder);
  const file = openSync(join(folder, FILLER), 'w');
  const piece = Buffer.alloc(MIB);
  try {
    for (let left = bavail * bsize - leftBytes; left > 0; left -= MIB) {
      writeSync(file, piece, 0, Math.min(left, MIB));
    }
  } catch (error) {
    // Whoever writes there meanwhile has taken the rest.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

/** Gives back what `fillDisk` took. */
export function emptyDisk(folder: string): void {
  rmSync(join(folder, FILLER));
}
