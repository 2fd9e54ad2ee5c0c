/** Whether what is still to be fetched fits the disk: better told before the first byte than after the last that fits. */

import {FdlError} from '../../../errors.js';
import {formatBytes, formatCount} from '../../../units.js';
import {nodeDisk} from '../../store/disk.js';
import {partPath} from '../../store/output-file.js';
import type {SetFile} from './set-files.js';

/** Throws FdlError `disk-full` when the files that are to come need more than is free below `folder`. */
export async function checkSetRoom(folder: string, files: readonly SetFile[]): Promise<void> {
  const freeBytes = await nodeDisk.freeBytes(folder);
  const sizes = files.reduce((sum, {offers: [offer]}) => sum + (offer?.size ?? 0), 0);
  if (freeBytes === null || sizes <= freeBytes) return;
  const needBytes = sizes - (await keptBytes(files));
  if (needBytes <= freeBytes) return;
  const [needs, free] = [formatBytes(needBytes), formatBytes(freeBytes)];
  const what = `${formatCount(files.length, 'file')} below ${folder}`;
  throw new FdlError('disk-full', `the disk is full: ${what} need ${needs} more, ${free} are free`, {
    hint: 'Make room, ask for fewer files, or name another folder with --output.',
  });
}

/** Room that earlier runs have taken already, for parts and for what is complete. */
async function keptBytes(files: readonly SetFile[]): Promise<number> {
  let bytes = 0;
  for (const {path, offers} of files) {
    const [offer] = offers;
    if (offer === undefined) continue;
    const part = await nodeDisk.facts(partPath({output: path}, offer.root));
    const there = part ?? (await nodeDisk.facts(path));
    bytes += Math.min(there?.allocatedBytes ?? 0, offer.size);
  }
  return bytes;
}
