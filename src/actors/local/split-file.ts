/** Makes the fragments of a file by hand: exactly what a server would make of it. */

import {lstat, mkdir, readdir, realpath, rm} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {FdlError} from '../../errors.js';
import {fragmentCount} from '../../geometry.js';
import {FRAGMENTS_MAX} from '../../limits.js';
import type {FileStamp} from '../../machines/version.js';
import type {HexDigest} from '../../model.js';
import {checkName} from '../../protocol/names.js';
import {BLOCKS_FILE, FRAGMENTS_FOLDER, fragmentFile, INDEX_FILE} from '../fragments/fragment-names.js';
import type {Hashing} from '../fragments/hash-version.js';
import {type Made, makeFragments} from '../fragments/make-fragments.js';
import type {OpenedFile} from '../fragments/open-inside.js';
import {
  keepTouching,
  makeTemporaryFolder,
  putInPlace,
  removeStaleFolders,
  touchFolder,
} from '../fragments/temporary-folders.js';
import {nodeDisk} from '../store/disk.js';
import {diskError, errnoError} from '../store/disk-error.js';
import {checkRoom} from '../store/output-file.js';
import {watched} from './digest-file.js';
import {changedMeanwhile, openLocal} from './local-file.js';
import {type LocalContext, type LocalOptions, stopped, watch} from './local-work.js';

export interface SplitOptions extends LocalOptions {
  /** The file. */
  readonly path: string;
  /** Folder of all fragments, which gets a folder for this file; `fragments` beside the file unless given. */
  readonly output?: string;
  /** Name of the file on servers, such as models/a.bin; the name of the file unless given. */
  readonly name?: string;
  /** Replaces fragments that are there. */
  readonly force?: boolean;
}

export interface SplitResult {
  readonly path: string;
  /** Absolute path of the folder with the fragments and their index. */
  readonly folder: string;
  readonly fragments: number;
  readonly bytes: number;
  readonly root: HexDigest;
  readonly sha256: HexDigest;
  /** A server of the folder that holds the file finds everything done; else the fragments are a copy to be served. */
  readonly besideOriginal: boolean;
}

/** Throws FdlError `path-unsuitable`, `name-invalid`, `output-exists`, `output-unsuitable`, `disk-full`, `disk-failed`, `interrupted`. */
export async function splitFile(context: LocalContext, options: SplitOptions): Promise<SplitResult> {
  const name = checkName(options.name ?? basename(options.path).normalize('NFC'));
  const opened = await openLocal(options.path);
  try {
    if (fragmentCount(opened.size, context.geometry) > FRAGMENTS_MAX)
      throw new FdlError(
        'path-unsuitable',
        `${options.path} is too large: more than ${FRAGMENTS_MAX} fragments`,
      );
    const parent = resolve(options.output ?? join(dirname(resolve(options.path)), FRAGMENTS_FOLDER));
    const target = join(parent, name);
    try {
      await checkTarget(target, name, options.force === true);
      return await splitInto(context, options, {parent, target, name, opened});
    } catch (error) {
      throw diskError(error, target, 'write');
    }
  } finally {
    await opened.handle.close();
  }
}

interface SplitPlace {
  readonly parent: string;
  readonly target: string;
  readonly name: string;
  readonly opened: OpenedFile;
}

async function splitInto(
  context: LocalContext,
  options: SplitOptions,
  {parent, target, name, opened}: SplitPlace,
): Promise<SplitResult> {
  const {geometry, workers, clock} = context;
  await mkdir(parent, {recursive: true});
  await checkRoom(nodeDisk, {output: target, folder: parent}, opened.size);
  const original = await originalStamp(options.path, parent, name, opened);
  const temporary = await makeTemporaryFolder(parent);
  try {
    await removeStaleFolders(parent, temporary);
    const onStart = (hashing: Hashing): (() => Promise<void>) => {
      const ended = watch(watched(hashing, opened.size), options.path, clock, options);
      const stopTouching = keepTouching(clock, () => touchFolder(temporary));
      return async () => {
        ended();
        await stopTouching();
      };
    };
    const request = {workers, geometry, name, opened, folder: temporary, original, inPlace: false, onStart};
    const {record} = madeOf(await makeFragments(request), options.path, target);
    await putInPlace(parent, temporary, target);
    const {size, root, sha256} = record.manifest;
    const fragments = fragmentCount(size, geometry);
    return {
      path: options.path,
      folder: target,
      fragments,
      bytes: size,
      root,
      sha256,
      besideOriginal: original !== null,
    };
  } finally {
    await rm(temporary, {recursive: true, force: true});
  }
}

function madeOf(made: Made, path: string, target: string): Extract<Made, {readonly kind: 'made'}> {
  switch (made.kind) {
    case 'made':
      return made;
    case 'cancelled':
      throw stopped(path);
    case 'changed':
      throw changedMeanwhile(path);
    case 'disk':
      throw errnoError(made.code, target, 'write');
  }
}

/** What is replaced by force must be fragments of this file and nothing else. */
async function checkTarget(target: string, name: string, force: boolean): Promise<void> {
  const there = await lstat(target).catch(() => null);
  if (there === null) return;
  if (!force) {
    throw new FdlError('output-exists', `${target} exists`, {
      hint: 'Use --force to make the fragments anew, or name another folder with --output.',
    });
  }
  const foreign = there.isDirectory() ? (await readdir(target)).find((file) => !isOurs(file, name)) : '';
  if (foreign === undefined) return;
  throw new FdlError(
    'output-unsuitable',
    `${target} holds something else than fragments of ${basename(name)}`,
    {
      hint: 'Name another folder with --output.',
    },
  );
}

function isOurs(file: string, name: string): boolean {
  if (file === INDEX_FILE || file === BLOCKS_FILE || file.startsWith('.index.')) return true;
  const number = /(\d+)(?:\.[^.]*)?$/.exec(file)?.[1] ?? '';
  return [...number].some((_, at) => fragmentFile(name, Number(number.slice(at))) === file);
}

/** The stamp to record when the fragments lie where a server of the file's folder looks for them; null elsewhere. */
async function originalStamp(
  path: string,
  parent: string,
  name: string,
  {stamp}: OpenedFile,
): Promise<FileStamp | null> {
  if (basename(parent) !== FRAGMENTS_FOLDER) return null;
  const beside = join(dirname(parent), name);
  const isPlain = (await lstat(beside).catch(() => null))?.isFile() === true;
  if (!isPlain) return null;
  return (await realpath(beside)) === (await realpath(path)) ? stamp : null;
}
