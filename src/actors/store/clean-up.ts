/** Removes what unfinished downloads left, and nothing else: never what a living run works on. */

import {dirname} from 'node:path';
import {FdlError} from '../../errors.js';
import type {Clock} from '../clock.js';
import {errnoOf, removeIfThere} from './disk.js';
import {takeLock} from './lock.js';
import {type LookContext, type UnfinishedDownload, whoHolds} from './unfinished.js';

export interface CleanContext extends LookContext {
  readonly clock: Clock;
}

/** What became of one unfinished download. */
export interface CleanedUp {
  readonly download: UnfinishedDownload;
  /** `kept`: somebody works on it. */
  readonly outcome: 'removed' | 'kept' | 'failed';
  /** Why it was not removed, in words. */
  readonly problem: string | null;
}

/**
 * Removes the files of each, one after the other, holding the lock of its output meanwhile: a download that starts in
 * between is told to wait, one that runs is left alone. Never throws for one of them: see its outcome.
 */
export async function cleanUp(
  context: CleanContext,
  downloads: readonly UnfinishedDownload[],
): Promise<CleanedUp[]> {
  const done: CleanedUp[] = [];
  for (const download of downloads) done.push(await cleanOne(context, download));
  return done;
}

async function cleanOne(context: CleanContext, download: UnfinishedDownload): Promise<CleanedUp> {
  const {disk, clock, host} = context;
  const {output, files} = download;
  // A lock of a living run that is not the output's own: see unfinished-names.ts.
  if (download.workedOn.kind === 'running') return kept(download);
  try {
    const lock = await takeLock({disk, clock, host, path: `${output}.fdl-lock`, output});
    try {
      for (const path of files) {
        const isLock = path.endsWith('.fdl-lock');
        if (isLock && (await whoHolds(context, path)).kind === 'running') continue; // our own, for one
        if ((await disk.facts(path))?.kind === 'file') await removeIfThere(disk, path);
      }
    } finally {
      await lock.release();
    }
    await disk.syncFolder(dirname(output));
    return {download, outcome: 'removed', problem: null};
  } catch (error) {
    if (error instanceof FdlError && error.code === 'output-in-use') return kept(download);
    const problem =
      error instanceof FdlError ? error.message : `it cannot be removed (${errnoOf(error) || String(error)})`;
    return {download, outcome: 'failed', problem};
  }
}

function kept(download: UnfinishedDownload): CleanedUp {
  const {workedOn} = download;
  const who =
    workedOn.kind === 'running' && workedOn.pid !== null ? `process ${workedOn.pid}` : 'another run of fdl';
  return {download, outcome: 'kept', problem: `${who} works on it`};
}
