/** One servable version of a file: plain data, what the catalogue holds and the store answers from. */

import {fragmentCount} from '../geometry.js';
import type {Manifest} from '../model.js';

/**
 * What tells one content of a file from another without reading it: size, modification and change time in nanoseconds,
 * and inode, as one comparable text. The device number is left out: it changes with a reboot, and hashing terabytes anew
 * for that would help nobody.
 */
export type FileStamp = string;

/** Where the bytes of a version are read from. */
export type Source =
  /** `--in-place`: ranges of the original. */
  | {readonly kind: 'original'; readonly stamp: FileStamp}
  /** Files of their own; stamp of each fragment's file, null for one that is not here. */
  | {readonly kind: 'fragments'; readonly stamps: readonly (FileStamp | null)[]};

export interface Version {
  readonly name: string;
  readonly manifest: Manifest;
  /** Modification time of the original, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** 32 bytes for each fragment. */
  readonly fragmentDigests: Uint8Array;
  readonly source: Source;
  /** Fragments of the original that turned out wrong; only in place. */
  readonly withheld: ReadonlySet<number>;
}

/** Number of fragments of a version. */
export function fragmentsOf(version: Version): number {
  return fragmentCount(version.manifest.size, version.manifest.geometry);
}

/** Whether a fragment (from 1) can be read here. */
export function hasFragment(version: Version, fragment: number): boolean {
  if (version.withheld.has(fragment)) return false;
  return stampOfFragment(version, fragment) !== null;
}

/** Stamp of the file a fragment is read from; null when it is not here. */
export function stampOfFragment({source}: Version, fragment: number): FileStamp | null {
  return source.kind === 'original' ? source.stamp : (source.stamps[fragment - 1] ?? null);
}

/** How many fragments can be read here. */
export function fragmentsHere(version: Version): number {
  const {source} = version;
  if (source.kind === 'original') return fragmentsOf(version) - version.withheld.size;
  return source.stamps.reduce((count, stamp) => (stamp === null ? count : count + 1), 0);
}

/** The version with another stamp for one fragment: null when its file is gone or wrong. */
export function withFragment(version: Version, fragment: number, stamp: FileStamp | null): Version {
  if (version.source.kind === 'original') return withheldFragment(version, fragment, stamp === null);
  const stamps = [...version.source.stamps];
  stamps[fragment - 1] = stamp;
  return {...version, source: {kind: 'fragments', stamps}};
}

function withheldFragment(version: Version, fragment: number, withhold: boolean): Version {
  const withheld = new Set(version.withheld);
  if (withhold) withheld.add(fragment);
  else withheld.delete(fragment);
  return {...version, withheld};
}

/** Whether a fragment's file can at all be what the version says: a stamp of the right size. */
export function stampFits(stamp: FileStamp | null, length: number): boolean {
  return stamp === null || stampSize(stamp) === length;
}

/** Whether a text from an index file has the form of a stamp. */
export function isStamp(value: unknown): value is FileStamp {
  return typeof value === 'string' && /^\d{1,20}:-?\d{1,20}:-?\d{1,20}:\d{1,20}$/.test(value);
}

/** Bytes of the stamped file. */
function stampSize(stamp: FileStamp): number {
  return Number(stamp.slice(0, stamp.indexOf(':')));
}
