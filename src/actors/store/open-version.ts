/** Opening a version: is it there already, can what an earlier run left be trusted, and what must be looked at first. */

import type {DatedManifest} from '../../machines/events.js';
import type {HexDigest, Run} from '../../model.js';
import {rootOf} from '../../protocol/digests.js';
import type {TaskControl} from '../../workers/task-control.js';
import {BlockSet} from './block-set.js';
import {DigestShelf} from './digest-shelf.js';
import type {Disk, DiskFile, FileFacts} from './disk.js';
import {openOlderParts} from './leftovers.js';
import {encodeRecord} from './log-records.js';
import {OpenPart} from './open-part.js';
import {
  checkThere,
  logPath,
  openPart,
  outputExists,
  type PartFile,
  type Place,
  removeOurs,
} from './output-file.js';
import {type ReadLog, ResumeLog, readLog} from './resume-log.js';
import type {StoreNews, StoreOptions} from './store-port.js';
import {hashOf} from './whole-file.js';

export interface OpenVersionOptions {
  readonly store: StoreOptions;
  readonly disk: Disk;
  readonly place: Place;
  readonly manifest: DatedManifest;
  readonly control: TaskControl;
  readonly tell: (news: StoreNews) => void;
  readonly fail: (error: unknown) => void;
}

/** A version on disk: the part being filled, or (`part` null) the complete output. */
export interface OpenedVersion extends PartFile {
  readonly manifest: DatedManifest;
  readonly part: OpenPart | null;
  readonly shelf: DigestShelf;
  readonly trusted: readonly Run[];
  readonly unchecked: readonly Run[];
  readonly fragmentDigests: Uint8Array | null;
  /** SHA-256 of the output, when it was hashed just now. */
  readonly hashed: HexDigest | null;
  /** Path of its log. */
  readonly logFile: string;
  /** Closes every file. */
  close(): Promise<void>;
}

/** Throws FdlError `output-exists` when another file has the name and must not be replaced, `disk-full`, ... */
export async function openVersion(options: OpenVersionOptions): Promise<OpenedVersion> {
  return (await openOutput(options)) ?? (await openIncomplete(options));
}

/** The output, if it is this version; null when the version is still to be made. */
async function openOutput(options: OpenVersionOptions): Promise<OpenedVersion | null> {
  const {disk, place, manifest, store} = options;
  const there = await disk.facts(place.output);
  if (there === null) return null;
  const path = place.output;
  const file = await disk.open(path, {access: 'read', create: 'never', mode: 0});
  const found = await file.facts();
  const hashed = await identify(options, file, found);
  if (hashed === null) {
    await file.close();
    if (store.force) return null;
    throw outputExists(path);
  }
  await removeOurs(disk, place);
  return {
    path,
    file,
    found,
    manifest,
    part: null,
    shelf: new DigestShelf(),
    trusted: [],
    unchecked: [],
    fragmentDigests: null,
    hashed,
    logFile: logPath(place, manifest.root),
    close: () => file.close(),
  };
}

/** The SHA-256 of the output if it is this version, by hashing it: nothing else would tell; null: it is not. */
async function identify(
  {place, manifest, store, control, tell}: OpenVersionOptions,
  file: DiskFile,
  found: FileFacts,
): Promise<HexDigest | null> {
  if (found.kind !== 'file' || found.size !== manifest.size) return null;
  const {workers, clock} = store;
  const onHashing = (doneBytes: number): void => tell({type: 'store.hashing', doneBytes});
  const path = place.output;
  const hashed = await hashOf({workers, file, path, manifest, pieces: true, control, clock, onHashing});
  if (hashed === null) return null;
  const {size, geometry} = manifest;
  return rootOf({size, geometry, ...hashed}) === manifest.root ? hashed.sha256 : null;
}

/** The part: resumed as far as its log can be believed, else begun. */
async function openIncomplete(options: OpenVersionOptions): Promise<OpenedVersion> {
  const {disk, place, manifest, store} = options;
  const read = await readLog(disk, logPath(place, manifest.root));
  const part = await openPart(disk, place, manifest.root, manifest.size);
  const open: {close(): Promise<void>}[] = [part.file];
  const close = async (): Promise<void> => void (await Promise.allSettled(open.map((file) => file.close())));
  try {
    const kept = isOf(manifest, read) ? keep(read, part.found) : null;
    const log = await openLog(options, read, kept);
    open.push(log);
    const older = await openOlderParts(disk, place, manifest.geometry, manifest.root);
    open.push(...older.map(({file}) => file));
    if (part.found === null) await disk.syncFolder(place.folder);
    const {stored, unchecked, shelf, fragmentDigests} = kept ?? nothing(manifest);
    const trusted = stored.runs();
    const {tell, fail} = options;
    const filled = new OpenPart({
      store,
      manifest,
      part,
      log,
      checkThere: () => checkThere(disk, place, part),
      stored,
      unchecked,
      shelf,
      older,
      tell,
      fail,
    });
    const looked = filled.start();
    const resumed = {trusted, unchecked: looked, fragmentDigests, shelf};
    return {...part, ...resumed, manifest, part: filled, hashed: null, logFile: log.path, close};
  } catch (error) {
    await close();
    throw error;
  }
}

/** What an earlier run left, after it was judged. */
interface Kept {
  readonly trusts: boolean;
  readonly stored: BlockSet;
  readonly unchecked: BlockSet;
  readonly shelf: DigestShelf;
  readonly fragmentDigests: Uint8Array | null;
}

function nothing({size, geometry}: DatedManifest): Kept {
  return {
    trusts: true,
    stored: new BlockSet(size, geometry),
    unchecked: new BlockSet(size, geometry),
    shelf: new DigestShelf(),
    fragmentDigests: null,
  };
}

type UsableLog = ReadLog & {readonly kind: 'usable'};

function isOf(manifest: DatedManifest, read: ReadLog): read is UsableLog {
  if (read.kind !== 'usable') return false;
  const its = read.state.header.manifest;
  const isSameGeometry =
    its.geometry.blockBytes === manifest.geometry.blockBytes &&
    its.geometry.fragmentBytes === manifest.geometry.fragmentBytes;
  return (
    isSameGeometry &&
    its.root === manifest.root &&
    its.size === manifest.size &&
    its.sha256 === manifest.sha256
  );
}

/**
 * The resume rule: what is stored counts when the part was closed cleanly and is exactly as it was then; otherwise (the
 * run was killed, the power failed, the disk had an error, someone touched or copied the part) every block is hashed
 * before it counts. A byte that the disk itself changed after a clean end is not seen here; `--sha256` sees it.
 */
function keep({state}: UsableLog, found: FileFacts | null): Kept | null {
  const fragmentDigests = state.proveDigests();
  if (found === null || fragmentDigests === null) return null;
  const trusts = state.wasClosedAs(found);
  if (!trusts) state.doubt();
  const {trusted: stored, unchecked, blockDigests: shelf} = state;
  return {trusts, stored, unchecked, shelf, fragmentDigests};
}

async function openLog(
  {disk, place, manifest, store}: OpenVersionOptions,
  read: ReadLog,
  kept: Kept | null,
): Promise<ResumeLog> {
  const path = logPath(place, manifest.root);
  if (kept === null || read.kind !== 'usable') {
    return ResumeLog.create(disk, path, {manifest: plain(manifest), name: store.file});
  }
  const log = await ResumeLog.resume(disk, path, read);
  try {
    if (!kept.trusts) await log.append(encodeRecord({kind: 'doubted'}));
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Only the fields of a manifest, whatever else the object carries. */
function plain({size, geometry, sha256, root, modifiedMs}: DatedManifest): DatedManifest {
  const {blockBytes, fragmentBytes} = geometry;
  return {size, geometry: {blockBytes, fragmentBytes}, sha256, root, modifiedMs};
}
