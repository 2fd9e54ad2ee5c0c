/** The stamp of a file from what the system says of it. */

import type {BigIntStats} from 'node:fs';
import {lstat} from 'node:fs/promises';
import type {FileStamp} from '../../machines/version.js';

export function stampOf(stats: BigIntStats): FileStamp {
  return `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.ino}`;
}

/** Stamp of a regular file, null when there is none. */
export async function fileStamp(path: string): Promise<FileStamp | null> {
  const stats = await lstat(path, {bigint: true}).catch(() => null);
  return stats?.isFile() ? stampOf(stats) : null;
}
