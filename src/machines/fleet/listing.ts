/** What the listings of many servers say together: who has which file in which version. Pure. */

import type {OfferedFile, OfferedVersion} from '../../fleet-report.js';
import {fragmentCount} from '../../geometry.js';
import type {Geometry, HexDigest, Refusal} from '../../model.js';

/** One line of a server's listing. */
export interface Entry {
  readonly name: string;
  readonly size: number;
  readonly root: HexDigest;
  readonly whole: boolean;
}

/** A server that answered. */
export interface Offering {
  readonly address: string;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** What a server says when it is asked for one file. */
export type Detail =
  | {
      readonly kind: 'served';
      readonly root: HexDigest;
      readonly size: number;
      readonly modifiedMs: number;
      readonly fragmentsHere: number;
    }
  | {readonly kind: 'refused'; readonly refusal: Refusal};

/** Details by file name, a map for each offering. */
export type Details = readonly ReadonlyMap<string, Detail>[];

/**
 * Which files to ask each server about, beyond what its listing says: those it has in part or not at all (it may be
 * indexing them), and each version once, in turns, for its time of modification.
 */
export function questionsOf(offerings: readonly Offering[], names: readonly string[]): readonly string[][] {
  const questions = offerings.map((): string[] => []);
  for (const [index, name] of names.entries()) {
    const asked = new Set<HexDigest>();
    for (let turn = 0; turn < offerings.length; turn++) {
      const server = (index + turn) % offerings.length;
      const entry = offerings[server]?.entries.get(name);
      if (entry?.whole === true && asked.has(entry.root)) continue;
      if (entry !== undefined) asked.add(entry.root);
      questions[server]?.push(name);
    }
  }
  return questions;
}

/** Puts listings and details together. Names that nobody offers or indexes are left out. */
export function mergeListings(
  offerings: readonly Offering[],
  names: readonly string[],
  details: Details,
  geometry: Geometry,
): OfferedFile[] {
  return names
    .map((name) => fileOf(offerings, name, details, geometry))
    .filter(({versions, indexing}) => versions.length + indexing.length > 0);
}

interface Draft {
  readonly root: HexDigest;
  readonly size: number;
  modifiedMs: number | null;
  readonly whole: string[];
  readonly partial: {readonly address: string; readonly fragmentsHere: number | null}[];
}

function fileOf(
  offerings: readonly Offering[],
  name: string,
  details: Details,
  geometry: Geometry,
): OfferedFile {
  const drafts = new Map<HexDigest, Draft>();
  const indexing: {address: string; progressPermille: number | null}[] = [];
  const missing: string[] = [];
  for (const [index, {address, entries}] of offerings.entries()) {
    const detail = details[index]?.get(name);
    const entry = latest(entries.get(name), detail, geometry);
    if (entry !== undefined) addTo(drafts, address, entry, detail);
    else if (detail?.kind === 'refused' && detail.refusal.code === 'indexing')
      indexing.push({address, progressPermille: detail.refusal.progressPermille});
    else missing.push(address);
  }
  const versions = [...drafts.values()]
    .map((draft): OfferedVersion => ({...draft, fragments: fragmentCount(draft.size, geometry)}))
    .sort((a, b) => holdersOf(b) - holdersOf(a));
  return {name, versions, indexing, missing};
}

/** A manifest is younger than the listing before it: the file may have been put there, or replaced, in between. */
function latest(
  entry: Entry | undefined,
  detail: Detail | undefined,
  geometry: Geometry,
): Omit<Entry, 'name'> | undefined {
  if (detail?.kind !== 'served') return entry;
  const {root, size, fragmentsHere} = detail;
  return {root, size, whole: fragmentsHere === fragmentCount(size, geometry)};
}

function addTo(
  drafts: Map<HexDigest, Draft>,
  address: string,
  {root, size, whole}: Omit<Entry, 'name'>,
  detail: Detail | undefined,
): void {
  const draft = drafts.get(root) ?? {root, size, modifiedMs: null, whole: [], partial: []};
  drafts.set(root, draft);
  if (detail?.kind === 'served') draft.modifiedMs ??= detail.modifiedMs;
  const fragmentsHere = detail?.kind === 'served' ? detail.fragmentsHere : null;
  if (whole) draft.whole.push(address);
  else draft.partial.push({address, fragmentsHere});
}

function holdersOf({whole, partial}: OfferedVersion): number {
  return whole.length + partial.length;
}
