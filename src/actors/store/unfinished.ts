/** The unfinished downloads of a folder, as far as their files tell. Only looks: writes nothing, not even a probe. */

import {join} from 'node:path';
import {FdlError} from '../../errors.js';
import {FOLDER_DEPTH_MAX, FOLDER_ENTRIES_MAX, LOCK_STALE_MS} from '../../limits.js';
import type {HexDigest} from '../../model.js';
import {type Disk, errnoOf, type FileFacts} from './disk.js';
import type {HostIdentity} from './host.js';
import {lookAtLock} from './lock.js';
import {readLog} from './resume-log.js';
import {type OwnFiles, ownFiles} from './unfinished-names.js';

/** Who works on an output now. */
export type WorkedOn =
  | {readonly kind: 'nobody'}
  /** `pid` null: on another machine, or nothing tells. */
  | {readonly kind: 'running'; readonly pid: number | null};

/** One unfinished version of one output. */
export interface UnfinishedDownload {
  /** Path of the file to be. */
  readonly output: string;
  /** Its name on the servers; null when the log cannot be read. */
  readonly name: string | null;
  /** Null when the log cannot be read; its first digits are in the names of the files in any case. */
  readonly root: HexDigest | null;
  readonly size: number | null;
  /** Bytes that are there, as the log has them. */
  readonly storedBytes: number | null;
  /** Whether they must be hashed before they count: the run before did not end cleanly. */
  readonly needsCheck: boolean;
  /** Bytes that its files take on the disk. */
  readonly diskBytes: number;
  /** When something was last written to it, milliseconds since 1970. */
  readonly changedMs: number;
  readonly workedOn: WorkedOn;
  /** Its files, paths. */
  readonly files: readonly string[];
  /**
   * `damaged`: its log cannot be read. `unlogged`: a part without a log, as small files of a set have while they are
   * written. `crumbs`: no version, only locks or drafts that a killed run left.
   */
  readonly kind: 'download' | 'damaged' | 'unlogged' | 'crumbs';
}

export interface LookContext {
  readonly disk: Disk;
  readonly host: HostIdentity;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/**
 * All unfinished downloads in a folder, and with `recursive` below it (links are not followed), in order of path.
 * Throws FdlError `folder-missing`, or `path-unsuitable` when the folder cannot be read or is too large.
 */
export async function findUnfinished(
  context: LookContext,
  folder: string,
  recursive: boolean,
): Promise<UnfinishedDownload[]> {
  const found: UnfinishedDownload[] = [];
  for await (const {path, names} of foldersOf(context.disk, folder, recursive ? FOLDER_DEPTH_MAX : 0)) {
    for (const own of ownFiles(names)) found.push(...(await describe(context, path, own)));
  }
  return found;
}

async function* foldersOf(
  disk: Disk,
  path: string,
  depth: number,
): AsyncGenerator<{readonly path: string; readonly names: readonly string[]}> {
  const names = await namesIn(disk, path);
  yield {path, names};
  if (depth === 0) return;
  for (const name of names) {
    const below = join(path, name);
    if ((await factsOf(disk, below))?.kind === 'folder') yield* foldersOf(disk, below, depth - 1);
  }
}

async function namesIn(disk: Disk, folder: string): Promise<string[]> {
  try {
    const names = await disk.list(folder);
    if (names.length <= FOLDER_ENTRIES_MAX) return names.sort();
  } catch (error) {
    const code = errnoOf(error);
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new FdlError(
      isMissing ? 'folder-missing' : 'path-unsuitable',
      isMissing ? `there is no folder ${folder}` : `cannot read ${folder} (${code || String(error)})`,
      {hint: 'Name a folder that can be read.', cause: error},
    );
  }
  throw new FdlError('path-unsuitable', `${folder} holds more than ${FOLDER_ENTRIES_MAX} entries`);
}

async function describe(context: LookContext, folder: string, own: OwnFiles): Promise<UnfinishedDownload[]> {
  const output = join(folder, own.output);
  const workedOn = await whoWorksOn(context, folder, own);
  // Locks and drafts belong to the output as a whole: they go with its first version, or stand alone.
  const others = await regularFiles(context.disk, folder, [...own.drafts, ...own.locks]);
  const found: UnfinishedDownload[] = [];
  for (const [digits, names] of own.versions) {
    const files = await regularFiles(context.disk, folder, names);
    if (files.length === 0) continue;
    const more = found.length === 0 ? others : [];
    found.push(await version(context.disk, output, digits, [...files, ...more], workedOn));
  }
  if (found.length === 0 && others.length > 0) found.push(crumbs(output, others, workedOn));
  return own.locks.length > 0
    ? found
    : found.map((one) => (isYoung(context, one) ? {...one, workedOn: SOMEBODY} : one));
}

const SOMEBODY: WorkedOn = {kind: 'running', pid: null};

/** What is written without a lock (small files of a set, a manifest) is there for moments only: young ones may be alive. */
function isYoung({wallMs}: LookContext, {kind, changedMs}: UnfinishedDownload): boolean {
  return (kind === 'unlogged' || kind === 'crumbs') && Math.abs(wallMs() - changedMs) < LOCK_STALE_MS;
}

interface OwnFile {
  readonly path: string;
  readonly facts: FileFacts;
}

async function version(
  disk: Disk,
  output: string,
  digits: string,
  files: readonly OwnFile[],
  workedOn: WorkedOn,
): Promise<UnfinishedDownload> {
  const log = files.find(({path}) => path.endsWith(`${digits}.fdl-log`));
  const part = files.find(({path}) => path.endsWith(`${digits}.fdl-part`));
  const base = {output, ...totals(files), workedOn};
  const read = log === undefined ? null : await readLog(disk, log.path).catch(() => null);
  const header = read?.kind === 'usable' ? read.state.header : null;
  if (read?.kind !== 'usable' || header === null || !header.manifest.root.startsWith(digits)) {
    const kind = log === undefined ? 'unlogged' : 'damaged';
    return {
      ...base,
      kind,
      name: null,
      root: null,
      size: null,
      storedBytes: null,
      needsCheck: true,
    };
  }
  const {size, root} = header.manifest;
  return {
    ...base,
    kind: 'download',
    name: header.name,
    root,
    size,
    storedBytes: part === undefined ? 0 : read.state.claimedBytes,
    needsCheck: part === undefined || !read.state.wasClosedAs(part.facts),
  };
}

function crumbs(output: string, files: readonly OwnFile[], workedOn: WorkedOn): UnfinishedDownload {
  const nothing = {name: null, root: null, size: null, storedBytes: null, needsCheck: false};
  return {output, ...totals(files), ...nothing, workedOn, kind: 'crumbs'};
}

function totals(files: readonly OwnFile[]): Pick<UnfinishedDownload, 'diskBytes' | 'changedMs' | 'files'> {
  return {
    diskBytes: files.reduce((sum, {facts}) => sum + facts.allocatedBytes, 0),
    changedMs: Math.max(...files.map(({facts}) => Number(facts.mtimeNs / 1_000_000n))),
    files: files.map(({path}) => path),
  };
}

/** Only files: whatever else bears such a name is not ours. */
async function regularFiles(disk: Disk, folder: string, names: readonly string[]): Promise<OwnFile[]> {
  const files: OwnFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const facts = await factsOf(disk, path);
    if (facts?.kind === 'file') files.push({path, facts});
  }
  return files;
}

/** What cannot be looked at is nothing of ours. */
function factsOf(disk: Disk, path: string): Promise<FileFacts | null> {
  return disk.facts(path).catch(() => null);
}

async function whoWorksOn(context: LookContext, folder: string, own: OwnFiles): Promise<WorkedOn> {
  for (const name of own.locks) {
    const holder = await whoHolds(context, join(folder, name));
    if (holder.kind === 'running') return holder;
  }
  return {kind: 'nobody'};
}

/** Who holds a lock file, by the system's own clock where its age counts. */
export async function whoHolds({disk, host, wallMs}: LookContext, path: string): Promise<WorkedOn> {
  if ((await factsOf(disk, path))?.kind !== 'file') return {kind: 'nobody'};
  const lock = await lookAtLock({disk, host, path}, async () => BigInt(Math.round(wallMs())) * 1_000_000n);
  if (lock === null || lock.isStale) return {kind: 'nobody'};
  return {kind: 'running', pid: lock.isLocal ? (lock.holder?.pid ?? null) : null};
}
