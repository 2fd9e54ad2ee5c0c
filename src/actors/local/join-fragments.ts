/** Joins a folder of fragments into the file. Every block is verified; what is wrong is named, and nothing wrong gets the name. */

import {randomBytes} from 'node:crypto';
import {readdir, realpath} from 'node:fs/promises';
import {basename, resolve} from 'node:path';
import {FdlError} from '../../errors.js';
import {fragmentCount} from '../../geometry.js';
import type {HexDigest} from '../../model.js';
import {type FoundIndex, readIndex} from '../fragments/index-files.js';
import type {IndexRecord} from '../fragments/index-record.js';
import {nodeDisk, removeIfThere} from '../store/disk.js';
import {diskError} from '../store/disk-error.js';
import {thisHost} from '../store/host.js';
import {takeLock} from '../store/lock.js';
import {checkRoom, draftPath, type Place, publish, removeDrafts, resolvePlace} from '../store/output-file.js';
import {FragmentJoin, type FragmentTrouble} from './fragment-join.js';
import {nameOfSet} from './fragment-set.js';
import {joinError} from './join-trouble.js';
import {readError} from './local-file.js';
import {type LocalContext, type LocalOptions, watch} from './local-work.js';

export interface JoinOptions extends LocalOptions {
  /** The folder with the fragments and their index.json. */
  readonly folder: string;
  /** File to write, or folder to put it in; the current folder unless given. */
  readonly output?: string;
  /** Name of the file, where neither the folder nor the fragments tell it. */
  readonly name?: string;
  /** The version it must be. */
  readonly root?: HexDigest;
  /** Replaces an output that is there. */
  readonly force?: boolean;
}

export interface JoinResult {
  readonly folder: string;
  /** Absolute path of the file. */
  readonly output: string;
  readonly bytes: number;
  readonly fragments: number;
  readonly root: HexDigest;
  readonly sha256: HexDigest;
}

/**
 * Throws FdlError `fragments-missing` (exit 4) or `content-differs` (6) when the fragments are not all there and right,
 * `manifest-invalid`, `pin-mismatch`, `path-unsuitable`, `output-exists`, `output-in-use`, `output-unsuitable`,
 * `disk-full`, `disk-failed`, `interrupted`.
 */
export async function joinFragments(context: LocalContext, options: JoinOptions): Promise<JoinResult> {
  const root = await realpath(options.folder).catch((error: unknown) => {
    throw folderError(error, options.folder);
  });
  const files = await readdir(root).catch((error: unknown) => {
    throw folderError(error, options.folder);
  });
  const record = usable(await readIndex(root, '.', context.geometry), options);
  const fragments = fragmentCount(record.manifest.size, context.geometry);
  const name =
    options.name ?? nameOfSet(basename(root), files, fragments) ?? basename(resolve(options.folder));
  const place = await resolvePlace(nodeDisk, name, {path: options.output ?? null});
  try {
    return await joinInto(context, options, {root, record, name, place});
  } catch (error) {
    throw diskError(error, place.output, 'write');
  }
}

/** The record of an index that can be used and is of the wanted version. */
function usable(found: FoundIndex, {folder, root}: JoinOptions): IndexRecord {
  if (found.kind === 'absent') {
    throw new FdlError(
      'manifest-invalid',
      `${folder} has no index.json: nothing tells which bytes are right`,
      {
        hint: "Copy the index.json that lies beside the fragments on the server; 'fdl split' and 'fdl serve' make one.",
      },
    );
  }
  if (found.kind === 'unusable') {
    throw new FdlError('manifest-invalid', `the index.json of ${folder} cannot be used: ${found.reason}`, {
      hint: 'Copy it anew from where the fragments come from.',
    });
  }
  const {manifest} = found.record;
  if ((root ?? manifest.root) === manifest.root) return found.record;
  throw new FdlError('pin-mismatch', `${folder} holds another version: root ${manifest.root}`, {
    hint: 'Take the fragments of the wanted version, or leave --root out.',
  });
}

interface JoinPlan {
  readonly root: string;
  readonly record: IndexRecord;
  readonly name: string;
  readonly place: Place;
}

async function joinInto(context: LocalContext, options: JoinOptions, plan: JoinPlan): Promise<JoinResult> {
  const {place, record} = plan;
  const {clock} = context;
  const lock = await takeLock({
    disk: nodeDisk,
    clock,
    host: thisHost(),
    path: place.lock,
    output: place.output,
  });
  try {
    await checkFree(place, options.force === true);
    await removeDrafts(nodeDisk, place);
    await checkRoom(nodeDisk, place, record.manifest.size);
    await fill(context, options, plan);
  } finally {
    await lock.release();
  }
  const {size, root, sha256} = record.manifest;
  const fragments = fragmentCount(size, context.geometry);
  return {folder: options.folder, output: place.output, bytes: size, fragments, root, sha256};
}

async function checkFree({output}: Place, force: boolean): Promise<void> {
  if (force || (await nodeDisk.facts(output)) === null) return;
  throw new FdlError('output-exists', `${output} exists`, {
    hint: 'Use --force to replace it, or name another place with --output.',
  });
}

/** Fills a file without a name of its own, and gives it its name when all of it is right. */
async function fill(
  context: LocalContext,
  options: JoinOptions,
  {root, record, name, place}: JoinPlan,
): Promise<void> {
  const path = draftPath(place, randomBytes(4).toString('hex'));
  const file = await nodeDisk.open(path, {access: 'write', create: 'only', mode: 0o666});
  try {
    await file.truncate(record.manifest.size);
    const join = new FragmentJoin(context, {root, record, name, to: file.fd, output: place.output});
    const ended = watch(join, options.folder, context.clock, options);
    const trouble: readonly FragmentTrouble[] = await join.start().finally(ended);
    if (trouble.length > 0) throw joinError(options.folder, record, trouble);
    await file.setModified(record.modifiedMs);
    await file.sync();
    await publish(nodeDisk, place, {path, file, found: null}, options.force === true);
  } finally {
    await file.close();
    await removeIfThere(nodeDisk, path);
  }
}

function folderError(error: unknown, folder: string): FdlError {
  const {code} = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return readError(error, folder);
  const why = code === 'ENOENT' ? 'there is no such folder' : 'it is no folder';
  return new FdlError('path-unsuitable', `cannot read ${folder}: ${why}`, {
    hint: 'Name the folder that holds the fragments and their index.json.',
  });
}
