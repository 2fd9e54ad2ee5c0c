/** Unfinished downloads of this machine: found and removed. */

import {dirname, resolve} from 'node:path';
import {systemClock} from './actors/clock.js';
import {type CleanedUp, cleanUp} from './actors/store/clean-up.js';
import {nodeDisk} from './actors/store/disk.js';
import {thisHost} from './actors/store/host.js';
import {findUnfinished, type UnfinishedDownload} from './actors/store/unfinished.js';

/** Where to look. */
export interface UnfinishedOptions {
  /** A folder, or the path of one output (or of a part, log or lock of it). The current folder unless given. */
  readonly path?: string;
  /** Also in the folders below. */
  readonly recursive?: boolean;
}

/** Looks at the unfinished downloads of a folder; changes nothing. Throws FdlError `folder-missing`, `path-unsuitable`. */
export async function unfinished({
  path = '.',
  recursive = false,
}: UnfinishedOptions = {}): Promise<UnfinishedDownload[]> {
  const wanted = resolve(path);
  const context = {disk: nodeDisk, host: thisHost(), wallMs: Date.now};
  const isFolder = (await nodeDisk.followedFacts(wanted).catch(() => null))?.kind === 'folder';
  if (isFolder) return findUnfinished(context, wanted, recursive);
  const beside = await findUnfinished(context, dirname(wanted), false);
  return beside.filter(({output, files}) => output === wanted || files.includes(wanted));
}

/** Removes what `unfinished` has found, except what somebody works on. */
export function clean(downloads: readonly UnfinishedDownload[]): Promise<CleanedUp[]> {
  return cleanUp({disk: nodeDisk, host: thisHost(), wallMs: Date.now, clock: systemClock}, downloads);
}
