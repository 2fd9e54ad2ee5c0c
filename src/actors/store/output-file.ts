/** Names and places of one output: where the file goes, what lies beside it until then, and how it gets its name. */

import {basename, dirname, join, resolve} from 'node:path';
import {FdlError} from '../../errors.js';
import type {HexDigest} from '../../model.js';
import {formatBytes} from '../../units.js';
import {type Disk, type DiskFile, errnoOf, type FileFacts, hasNoLinks, removeIfThere} from './disk.js';
import {removedMeanwhile} from './disk-error.js';
import type {OutputTarget} from './store-port.js';

/** Digits of the root in the name of part and log. */
const ROOT_DIGITS = 16;
/** What follows the output's name in files that are ours and that nobody needs when it is complete. */
const OURS = /^\.([0-9a-f]{16})(\.new)?\.fdl-(part|log)$/;
/** A file written by one run from its start to its end; a killed one left it. */
const DRAFT = /^\.draft-[0-9a-f]{8}\.fdl-part$/;
/** What a run that was killed while it looked at the lock left: see lock.ts. */
const PROBE = /^\.(?:[0-9a-f]{8}|takeover)\.fdl-lock$/;

export interface Place {
  /** Absolute path of the file to be. */
  readonly output: string;
  readonly folder: string;
  readonly lock: string;
}

/** Where `file` (a name on the servers) goes. Throws FdlError `output-unsuitable`. */
export async function resolvePlace(disk: Disk, file: string, target: OutputTarget): Promise<Place> {
  const ownName = file.slice(file.lastIndexOf('/') + 1);
  const wanted = resolve(target.path ?? ownName);
  const there = await disk.followedFacts(wanted);
  const isFolder = there?.kind === 'folder';
  if (!isFolder && target.path !== null && /[/\\]$/.test(target.path)) {
    throw unsuitable(target.path, 'there is no such folder', 'Create it first, or name a file.');
  }
  const output = isFolder ? join(wanted, ownName) : wanted;
  await checkOutput(disk, output);
  const folder = dirname(output);
  if ((await disk.followedFacts(folder))?.kind !== 'folder') {
    throw unsuitable(
      folder,
      'there is no such folder',
      'Create it first, or name another place with --output.',
    );
  }
  return {output, folder, lock: `${output}.fdl-lock`};
}

/** Only a regular file may be replaced; anything else stands for something we must not touch. */
async function checkOutput(disk: Disk, output: string): Promise<void> {
  const kind = (await disk.facts(output))?.kind ?? 'file';
  if (kind === 'file') return;
  const what = {folder: 'it is a folder', link: 'it is a symbolic link', other: 'it is no regular file'}[
    kind
  ];
  throw unsuitable(output, what, 'Name another place with --output.');
}

function unsuitable(path: string, why: string, hint: string): FdlError {
  return new FdlError('output-unsuitable', `cannot write ${path}: ${why}`, {hint});
}

export function outputExists(output: string): FdlError {
  return new FdlError('output-exists', `${output} exists with other content`, {
    hint: 'Use --force to replace it, or name another place with --output.',
  });
}

export function partPath(place: Pick<Place, 'output'>, root: HexDigest): string {
  return `${place.output}.${root.slice(0, ROOT_DIGITS)}.fdl-part`;
}

export function logPath(place: Place, root: HexDigest): string {
  return `${place.output}.${root.slice(0, ROOT_DIGITS)}.fdl-log`;
}

/** Where a file is made that no later run goes on with; `word`: 8 random hex digits. */
export function draftPath({output}: Pick<Place, 'output'>, word: string): string {
  return `${output}.draft-${word}.fdl-part`;
}

/** The first digits of the roots of which a log lies beside the output, in order of name. */
export async function rootsBeside(disk: Disk, place: Place): Promise<string[]> {
  const roots: string[] = [];
  for (const {suffix} of await oursBeside(disk, place)) {
    const [, digits, renewed, what] = OURS.exec(suffix) ?? [];
    if (digits !== undefined && renewed === undefined && what === 'log') roots.push(digits);
  }
  return roots;
}

/** Removes the drafts that killed runs left. Only for the holder of the lock. */
export async function removeDrafts(disk: Disk, place: Place): Promise<void> {
  for (const {path, suffix} of await oursBeside(disk, place)) {
    if (DRAFT.test(suffix)) await removeIfThere(disk, path);
  }
}

/** Removes parts and logs of every version, and the crumbs of killed runs. */
export async function removeOurs(disk: Disk, place: Place): Promise<void> {
  for (const {path} of await oursBeside(disk, place)) await removeIfThere(disk, path);
  await disk.syncFolder(place.folder);
}

async function oursBeside(disk: Disk, place: Place): Promise<{path: string; suffix: string}[]> {
  const base = basename(place.output);
  return (await disk.list(place.folder))
    .filter((name) => name.startsWith(base))
    .sort()
    .map((name) => ({path: join(place.folder, name), suffix: name.slice(base.length)}))
    .filter(({suffix}) => OURS.test(suffix) || PROBE.test(suffix) || DRAFT.test(suffix));
}

export interface PartFile {
  readonly path: string;
  readonly file: DiskFile;
  /** How it was found; null when it is new. */
  readonly found: FileFacts | null;
}

/**
 * Opens the part of a version without truncating it and grows it to `size`; a part that cannot be one is removed first.
 * Throws FdlError `disk-full` when the rest would not fit.
 */
export async function openPart(disk: Disk, place: Place, root: HexDigest, size: number): Promise<PartFile> {
  const path = partPath(place, root);
  let found = await disk.facts(path);
  if (found !== null && (found.kind !== 'file' || found.size > size)) {
    await disk.unlink(path);
    found = null;
  }
  const file = await disk.open(path, {
    access: 'write',
    create: found === null ? 'only' : 'maybe',
    mode: 0o666,
  });
  try {
    await checkRoom(disk, place, size - (found?.allocatedBytes ?? 0));
    if (found === null || found.size < size) await file.truncate(size);
    return {path, file, found};
  } catch (error) {
    await file.close();
    if (found === null) await removeIfThere(disk, path);
    throw error;
  }
}

/** Throws FdlError `disk-full` when `need` more bytes do not fit. */
export async function checkRoom(
  disk: Disk,
  place: Pick<Place, 'output' | 'folder'>,
  need: number,
): Promise<void> {
  const freeBytes = await disk.freeBytes(place.folder);
  if (freeBytes === null || need <= freeBytes) return;
  const [needs, free] = [formatBytes(need), formatBytes(freeBytes)];
  throw new FdlError('disk-full', `the disk is full: ${place.output} needs ${needs} more, ${free} are free`, {
    hint: 'Make room, or name another place with --output.',
  });
}

/**
 * Throws FdlError `disk-failed` when a part is no longer under its name: its folder was removed, for example. Under that
 * of the output it may be, if another run filled it and has finished.
 */
export async function checkThere(disk: Disk, place: Place, {path, file}: PartFile): Promise<void> {
  const facts = await file.facts();
  if (isSameFile(await disk.facts(path), facts)) return;
  if (!isSameFile(await disk.facts(place.output), facts)) throw removedMeanwhile(path);
}

function isSameFile(a: FileFacts | null, b: FileFacts | null): boolean {
  return a !== null && b !== null && a.device === b.device && a.inode === b.inode;
}

/**
 * Gives the complete part its name. `link` refuses to overwrite what appeared meanwhile, `rename` would not. Safe to be
 * repeated after a crash at any point, and while another run publishes the same part.
 */
export async function publish(
  disk: Disk,
  place: Pick<Place, 'output' | 'folder'>,
  part: PartFile,
  force: boolean,
): Promise<void> {
  const facts = await part.file.facts();
  if (!isSameFile(await disk.facts(place.output), facts)) {
    await checkOutput(disk, place.output);
    try {
      await (force ? disk.rename(part.path, place.output) : linkTo(disk, part.path, place.output));
    } catch (error) {
      if (!isSameFile(await disk.facts(place.output), facts)) throw error;
    }
  }
  await removeIfThere(disk, part.path);
  await disk.syncFolder(place.folder);
}

async function linkTo(disk: Disk, part: string, output: string): Promise<void> {
  try {
    await disk.link(part, output);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw outputExists(output);
    if (!hasNoLinks(error)) throw error;
    if ((await disk.facts(output)) !== null) throw outputExists(output);
    await disk.rename(part, output);
  }
}
