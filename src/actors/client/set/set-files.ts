/** Which files a set has and where each goes: from what was asked for and what the servers list. */

import {closestPaths} from '../../../closest.js';
import {asFdlError, FdlError} from '../../../errors.js';
import {FILES_CHECKED_AT_ONCE, SIMILAR_NAMES_MAX} from '../../../limits.js';
import {compareNames} from '../../../machines/name-order.js';
import type {SmallFile} from '../../../machines/set/file-queue.js';
import type {FileRows} from '../../../machines/set/file-rows.js';
import type {Geometry, HexDigest, ServerEntry} from '../../../model.js';
import {checkName} from '../../../protocol/names.js';
import {isOpenWord, type Selection, select} from '../../../protocol/selection.js';
import type {FoundFile} from '../../../workers/check-files.js';
import type {Workers} from '../../../workers/pool.js';
import {errnoError} from '../../store/disk-error.js';
import {outputExists} from '../../store/output-file.js';
import type {Offer, Offers} from './offers.js';
import type {OutputTree} from './places.js';

/** What was asked for. */
export interface FilesWish {
  readonly files: readonly string[];
  readonly all?: boolean;
}

/** A file of the set that is still to be fetched. */
export interface SetFile {
  /** Its number in the rows. */
  readonly index: number;
  readonly name: string;
  readonly path: string;
  /** Empty: no listing has it. */
  readonly offers: readonly Offer[];
}

/** Throws FdlError `name-invalid` or `usage` for what can be nothing that servers offer. */
export function checkWish({files, all}: FilesWish): void {
  if (files.length === 0 && all !== true) throw new FdlError('usage', 'no file is asked for');
  for (const word of files) if (!isOpenWord(word)) checkName(word);
}

/** Chooses the files. Those that were asked for in vain become rows that have failed; all others get a place and a row. */
export async function chooseFiles(
  wish: FilesWish,
  offers: Offers,
  tree: OutputTree,
  rows: FileRows,
): Promise<SetFile[]> {
  const selection = select(new Set(offers.files.keys()), {words: wish.files, all: wish.all ?? false});
  const {names, unlisted, unmatched} = selection;
  if (names.length === 0 && unlisted.length === 0) throw nothingFits(selection, offers);
  for (const word of unmatched) rows.failed(rows.add(word, null, null), fitsNothing(word, offers));
  const files: SetFile[] = [];
  for (const name of [...unlisted, ...names.toSorted(compareNames)]) {
    const known = offers.files.get(name) ?? [];
    const place = await tree.placeFor(name);
    const path = place.kind === 'place' ? place.path : null;
    const index = rows.add(name, known[0]?.size ?? null, path);
    if (place.kind === 'none') rows.failed(index, place.error);
    else files.push({index, name, path: place.path, offers: known});
  }
  return files;
}

/** Where a listing is not complete. */
const WAIT = 'A server is still indexing its files: try again in a moment.';

function nothingFits({unmatched}: Selection, offers: Offers): FdlError {
  const [word] = unmatched;
  if (word !== undefined) return fitsNothing(word, offers);
  return new FdlError('file-not-found', 'the servers offer no files', {
    hint:
      offers.indexing.size > 0
        ? WAIT
        : 'Put files into the folders of the servers; they are noticed within seconds.',
  });
}

function fitsNothing(word: string, {files, indexing}: Offers): FdlError {
  const shown = closestPaths(word, files.keys(), SIMILAR_NAMES_MAX).map((path) => `'${path}'`);
  const where = "'fdl list' shows what the servers offer.";
  return new FdlError('file-not-found', `no file on the servers fits '${word}'`, {
    hint: [
      ...(shown.length === 0 ? [] : [`Did you mean ${shown.join(', ')}?`]),
      indexing.size > 0 ? WAIT : where,
    ].join(' '),
  });
}

/** The one version of a file that fits a bundle; null: it is large, or its servers differ, or nobody lists it. */
export function asSmallFile({index, name, offers}: SetFile, geometry: Geometry): SmallFile | null {
  const [first] = offers;
  if (first === undefined || first.size > geometry.blockBytes) return null;
  if (offers.some(({root, size}) => root !== first.root || size !== first.size)) return null;
  return {index, name, root: first.root, size: first.size, servers: offers.map(({server}) => server)};
}

/** What decides whether a file is fetched in bundles. */
export interface BundleConditions {
  readonly servers: readonly ServerEntry[];
  readonly hasBundles: Offers['hasBundles'];
  readonly geometry: Geometry;
}

/** A file that is fetched in bundles; null: as a download of its own. */
export function asBundled(
  file: SetFile,
  {servers, hasBundles, geometry}: BundleConditions,
): SmallFile | null {
  const small = asSmallFile(file, geometry);
  if (small === null) return null;
  // Where a backup alone sends bundles, the others bring it file by file.
  const usual = small.servers.filter((server) => servers[server]?.role !== 'backup');
  const asked = usual.length > 0 ? usual : small.servers;
  return asked.some((server) => hasBundles[server] === true) ? small : null;
}

/** Learns the pins of files, by name. One for which there should be one and is none has failed, and is left out. */
export function learnPins(
  files: readonly SetFile[],
  sha256Of: ((file: string) => HexDigest | undefined) | undefined,
  pins: Map<string, HexDigest>,
  rows: FileRows,
): SetFile[] {
  return files.filter(({index, name}) => {
    try {
      const sha256 = sha256Of?.(name);
      if (sha256 !== undefined) pins.set(name, sha256);
      return true;
    } catch (error) {
      rows.failed(index, asFdlError(error));
      return false;
    }
  });
}

export interface CheckPorts {
  readonly workers: Workers;
  readonly geometry: Geometry;
  readonly rows: FileRows;
  readonly force: boolean;
  /** SHA-256 that a file must have. */
  readonly pins: ReadonlyMap<string, HexDigest>;
  /** Looked at between two tasks. */
  isStopped(): boolean;
}

/** Looks at what is there already, and returns the files that are still to be fetched. */
export async function checkPlaces(files: readonly SetFile[], ports: CheckPorts): Promise<SetFile[]> {
  const {workers, geometry} = ports;
  const left: SetFile[] = [];
  const batches: SetFile[][] = [];
  for (let at = 0; at < files.length; at += FILES_CHECKED_AT_ONCE)
    batches.push(files.slice(at, at + FILES_CHECKED_AT_ONCE));
  await Promise.all(
    batches.map(async (batch) => {
      if (ports.isStopped()) return;
      const wanted = batch.map((file) => ({path: file.path, wanted: asSmallFile(file, geometry)}));
      const found = await workers.run('check-files', {
        geometry,
        files: wanted.map(({path, wanted: small}) => ({
          path,
          wanted: small && {size: small.size, root: small.root},
        })),
      });
      for (const [at, file] of batch.entries()) {
        const here = found[at];
        if (here !== undefined && isToFetch(file, here, ports)) left.push(file);
      }
    }),
  );
  return left.sort((a, b) => a.index - b.index);
}

function isToFetch(file: SetFile, found: FoundFile, {rows, force, pins}: CheckPorts): boolean {
  const {index, name, path, offers} = file;
  const [offer] = offers;
  switch (found.kind) {
    case 'absent':
    case 'some':
      return true;
    case 'other':
      if (force) return true;
      rows.failed(index, outputExists(path));
      return false;
    case 'same': {
      const pin = pins.get(name);
      if (offer === undefined || (pin !== undefined && pin !== found.sha256)) return true;
      const {root, size} = offer;
      rows.done(index, {outcome: 'already-complete', root, sha256: found.sha256, size, storedBytes: 0});
      return false;
    }
    case 'disk':
      rows.failed(index, errnoError(found.code, path, 'read'));
      return false;
    default: {
      const what = {
        folder: 'it is a folder',
        link: 'it is a symbolic link',
        special: 'it is no regular file',
      }[found.kind];
      const hint = 'Name another folder with --output, or remove it.';
      rows.failed(index, new FdlError('output-unsuitable', `cannot write ${path}: ${what}`, {hint}));
      return false;
    }
  }
}
