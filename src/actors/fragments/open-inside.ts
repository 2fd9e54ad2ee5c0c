/** Opens files of the served folder, and nothing else whatever links and races put in the way. */

import {constants} from 'node:fs';
import {type FileHandle, open, readlink} from 'node:fs/promises';
import {join, sep} from 'node:path';
import type {FileStamp} from '../../machines/version.js';
import {stampOf} from './file-stamp.js';

/** An open regular file and what it was when it was opened. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly stamp: FileStamp;
  readonly size: number;
  readonly modifiedNs: bigint;
}

/** O_NOFOLLOW: no link as last component. O_NONBLOCK: a FIFO must not hold us. Both are 0 where they do not exist. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens `path` (relative) below `root` (absolute, without links). Null when there is no regular file inside `root` at
 * that path: absent, a link, a device and a place outside look all the same. Throws what else the system says (EMFILE, EIO).
 */
export async function openInside(root: string, path: string): Promise<OpenedFile | null> {
  const handle = await openPlain(join(root, path));
  if (handle === null) return null;
  try {
    const stats = await handle.stat({bigint: true});
    if (stats.isFile() && (await isInside(root, handle))) {
      return {handle, stamp: stampOf(stats), size: Number(stats.size), modifiedNs: stats.mtimeNs};
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

async function openPlain(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, FLAGS);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // ENXIO: a socket, or a FIFO without a reader; EACCES must not tell that something is there.
    if (
      ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO', 'ENAMETOOLONG', 'EISDIR'].includes(
        code ?? '',
      )
    )
      return null;
    throw error;
  }
}

/** A folder on the way may have become a link between the scan and now; the kernel knows what was opened. */
async function isInside(root: string, handle: FileHandle): Promise<boolean> {
  try {
    const path = await readlink(`/proc/self/fd/${handle.fd}`);
    return path.startsWith(root.endsWith(sep) ? root : root + sep);
  } catch {
    return true; // no /proc on this system: the scan, which never follows links, must do
  }
}
