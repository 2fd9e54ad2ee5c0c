/** The stamp of a file from what the system says of it. */

import type {BigIntStats} from 'node:fs';
import type {FileStamp} from '../../machines/version.js';

export function stampOf(stats: BigIntStats): FileStamp {
  return `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.ino}`;
}
