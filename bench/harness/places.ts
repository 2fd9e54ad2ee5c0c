/** Where a suite keeps gigabytes: in memory as long as they leave the machine room, else on the disk. */

import {mkdtempSync, rmSync, statfsSync} from 'node:fs';
import {freemem, tmpdir} from 'node:os';
import {join} from 'node:path';

import {type Cleanup, tempBytesFree, tempFolder} from '../../test/support/files.js';

/** Of the free memory; the rest is for processes and for what the kernel holds for them. */
const MEMORY_SHARE = 0.5;
/** Of the free disk. */
const DISK_SHARE = 0.8;
/** TMPFS_MAGIC (statfs(2)). */
const TMPFS = 0x01021994;

export type Place = 'memory' | 'disk';

/** The best place that has room for `bytes`; undefined: there is none. */
export function placeFor(bytes: number): Place | undefined {
  return placeAmong(bytes, {
    memoryBytes: Math.min(freemem(), tempBytesFree()),
    disk: diskOf(tmpdir()),
  });
}

interface Room {
  readonly memoryBytes: number;
  /** Undefined: temporary files lie in memory as well. */
  readonly disk: {readonly bytes: number} | undefined;
}

export function placeAmong(bytes: number, {memoryBytes, disk}: Room): Place | undefined {
  if (bytes <= memoryBytes * MEMORY_SHARE) return 'memory';
  return disk !== undefined && bytes <= disk.bytes * DISK_SHARE ? 'disk' : undefined;
}

/** A new empty folder in such a place. */
export function folderIn(place: Place, cleanup: Cleanup): string {
  if (place === 'memory') return tempFolder(cleanup, 'bench');
  const folder = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
  cleanup.after(() => rmSync(folder, {recursive: true, force: true, maxRetries: 3}));
  return folder;
}

function diskOf(folder: string): Room['disk'] {
  const {type, bavail, bsize} = statfsSync(folder);
  return type === TMPFS ? undefined : {bytes: bavail * bsize};
}
