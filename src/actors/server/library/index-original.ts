/** Makes a file of the served folder ready: takes the index that is there if it is up to date, else makes one. */

import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {fragmentCount} from '../../../geometry.js';
import {FRAGMENTS_MAX, REPORTS_WAITING_MAX} from '../../../limits.js';
import type {FileStamp, Version} from '../../../machines/version.js';
import type {Geometry} from '../../../model.js';
import type {Workers} from '../../../workers/pool.js';
import type {Clock} from '../../clock.js';
import {fileStamp} from '../../fragments/file-stamp.js';
import {FRAGMENTS_FOLDER, fragmentFile, fragmentsFolder} from '../../fragments/fragment-names.js';
import {type Hashing, permilleOf} from '../../fragments/hash-version.js';
import {readIndex} from '../../fragments/index-files.js';
import type {IndexRecord} from '../../fragments/index-record.js';
import {makeFragments} from '../../fragments/make-fragments.js';
import {type OpenedFile, openInside} from '../../fragments/open-inside.js';
import {
  keepTouching,
  makeTemporaryFolder,
  putInPlace,
  touchFolder,
} from '../../fragments/temporary-folders.js';
import type {Claims} from './claims.js';

/** What everything around one served folder needs. */
export interface LibraryContext {
  /** Absolute, without links. */
  readonly root: string;
  readonly geometry: Geometry;
  readonly inPlace: boolean;
  readonly workers: Workers;
  readonly clock: Clock;
  readonly claims: Claims;
}

export type Prepared =
  /** `hashed`: false when the index on disk was up to date. `bad`: fragments whose file is missing or not as recorded. */
  | {
      readonly kind: 'ready';
      readonly version: Version;
      readonly hashed: boolean;
      readonly bad: readonly number[];
    }
  /** Another server of this folder is indexing it. */
  | {readonly kind: 'elsewhere'; readonly progressPermille: number | null}
  /** Not what the scan saw any more: the next scan will tell. */
  | {readonly kind: 'changed'}
  | {readonly kind: 'cancelled'}
  /** There is nothing to serve here, and nothing to say about it. */
  | {readonly kind: 'nothing'}
  | {readonly kind: 'failed'; readonly reason: string};

/** Told about the hashing as soon as it starts, so that it can be watched and cancelled. */
export type OnHashing = (hashing: Hashing) => void;

/** Prepares the file `name`, which the scan saw with `stamp`. Throws errno errors of the disk. */
export async function prepareOriginal(
  context: LibraryContext,
  name: string,
  stamp: FileStamp,
  onHashing: OnHashing,
): Promise<Prepared> {
  const present = await loadVersion(context, name, stamp);
  if (present !== null) return present;
  const attempt = await context.claims.take(name);
  if (attempt.kind === 'elsewhere') return attempt;
  try {
    // Another server may have finished between our look and our claim.
    const finished = await loadVersion(context, name, stamp);
    if (finished !== null) return finished;
    return await indexAnew(context, name, stamp, (hashing, temporary) => {
      onHashing(hashing);
      return keepTouching(context.clock, async () => {
        await attempt.claim.touch(permilleOf(hashing));
        await touchFolder(temporary);
      });
    });
  } finally {
    await attempt.claim.release();
  }
}

/** The version the index on disk describes, when it is of this place and of the file with this stamp. */
async function loadVersion(
  context: LibraryContext,
  name: string,
  stamp: FileStamp,
): Promise<Prepared | null> {
  const found = await readIndex(context.root, fragmentsFolder(name), context.geometry);
  if (found.kind !== 'found' || !found.ofThisPlace || found.record.original !== stamp) return null;
  const {record} = found;
  if (context.inPlace) {
    return {kind: 'ready', version: inPlaceVersion(name, record, stamp), hashed: false, bad: []};
  }
  if (record.fragments === null) return null; // served in place before; now it needs fragments
  const stamps = await presentStamps(context, name, record.fragments);
  const bad = stamps.flatMap((present, index) => (present === null ? [index + 1] : []));
  if (bad.length > REPORTS_WAITING_MAX) return null; // no longer a repair
  return {kind: 'ready', version: fragmentsVersion(name, record, stamps), hashed: false, bad};
}

export function fragmentsVersion(
  name: string,
  record: Omit<IndexRecord, 'inode'>,
  stamps: readonly (FileStamp | null)[],
): Version {
  const {manifest, modifiedMs, fragmentDigests} = record;
  return {
    name,
    manifest,
    modifiedMs,
    fragmentDigests,
    source: {kind: 'fragments', stamps},
    withheld: new Set(),
  };
}

function inPlaceVersion(name: string, record: Omit<IndexRecord, 'inode'>, stamp: FileStamp): Version {
  const {manifest, modifiedMs, fragmentDigests} = record;
  return {
    name,
    manifest,
    modifiedMs,
    fragmentDigests,
    source: {kind: 'original', stamp},
    withheld: new Set(),
  };
}

/** The recorded stamps, null where the file is not what was recorded. */
async function presentStamps(
  context: LibraryContext,
  name: string,
  recorded: readonly (FileStamp | null)[],
): Promise<readonly (FileStamp | null)[]> {
  const folder = join(context.root, fragmentsFolder(name));
  const stamps: (FileStamp | null)[] = [];
  for (let start = 0; start < recorded.length; start += STATS_AT_ONCE) {
    const part = recorded.slice(start, start + STATS_AT_ONCE);
    const found = await Promise.all(
      part.map((_, index) => fileStamp(join(folder, fragmentFile(name, start + index + 1)))),
    );
    for (const [index, stamp] of part.entries()) stamps.push(found[index] === stamp ? stamp : null);
  }
  return stamps;
}

const STATS_AT_ONCE = 64;

async function indexAnew(
  context: LibraryContext,
  name: string,
  stamp: FileStamp,
  onStart: (hashing: Hashing, temporary: string) => () => Promise<void>,
): Promise<Prepared> {
  const opened = await openInside(context.root, name);
  if (opened === null) return {kind: 'changed'};
  try {
    if (opened.stamp !== stamp) return {kind: 'changed'};
    if (fragmentCount(opened.size, context.geometry) > FRAGMENTS_MAX)
      return {kind: 'failed', reason: 'it is too large'};
    const temporary = await makeTemporaryFolder(join(context.root, FRAGMENTS_FOLDER));
    try {
      return await hashAndPlace(context, name, opened, temporary, onStart);
    } finally {
      await rm(temporary, {recursive: true, force: true});
    }
  } finally {
    await opened.handle.close();
  }
}

async function hashAndPlace(
  context: LibraryContext,
  name: string,
  opened: OpenedFile,
  temporary: string,
  onStart: (hashing: Hashing, temporary: string) => () => Promise<void>,
): Promise<Prepared> {
  const {geometry, workers, inPlace} = context;
  const made = await makeFragments({
    workers,
    geometry,
    name,
    opened,
    folder: temporary,
    original: opened.stamp,
    inPlace,
    onStart: (hashing) => onStart(hashing, temporary),
  });
  if (made.kind === 'disk') return {kind: 'failed', reason: diskReason(made.code, made.message)};
  if (made.kind !== 'made') return made;
  const parent = join(context.root, FRAGMENTS_FOLDER);
  await putInPlace(parent, temporary, join(context.root, fragmentsFolder(name)));
  const {record} = made;
  const version =
    record.fragments === null
      ? inPlaceVersion(name, record, opened.stamp)
      : fragmentsVersion(name, record, record.fragments);
  return {kind: 'ready', version, hashed: true, bad: []};
}

/** Why something failed, in words for a log. */
export function reasonOf(error: unknown): string {
  const {code, message} = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? diskReason(code, message) : String(error);
}

function diskReason(code: string, message: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return 'there is no room for its fragments; make room, or start with --in-place, which needs none';
  }
  return code === 'EACCES' || code === 'EPERM'
    ? 'no permission to read it or to write its fragments'
    : message;
}
