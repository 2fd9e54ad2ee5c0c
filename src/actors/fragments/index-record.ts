/**
 * `index.json`: what is known of a file's fragments. It is read back as carefully as anything from outside: someone may
 * have copied, edited or cut it. Its root must follow from its own fields, or it counts as absent.
 */

import {fragmentCount, fragmentLength} from '../../geometry.js';
import {type FileStamp, isStamp, stampFits} from '../../machines/version.js';
import type {Geometry, Manifest} from '../../model.js';
import {DIGEST_BYTES, rootOf} from '../../protocol/digests.js';

const FORMAT = 'fdl index';
const FORMAT_VERSION = 1;

export interface IndexRecord {
  /** Inode of this very file: a copied index.json has another, so its stamps say nothing here. */
  readonly inode: string;
  /** Stamp of the file that was indexed; null in the index of a copy, which never had one here. */
  readonly original: FileStamp | null;
  readonly manifest: Manifest;
  /** Modification time of the original, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** 32 bytes for each fragment. */
  readonly fragmentDigests: Uint8Array;
  /** Stamp of each fragment's file, null for one that is not here; null as a whole: in place, no files of their own. */
  readonly fragments: readonly (FileStamp | null)[] | null;
}

export function encodeIndex(record: IndexRecord): string {
  const {manifest} = record;
  return `${JSON.stringify({
    format: FORMAT,
    version: FORMAT_VERSION,
    inode: record.inode,
    original: record.original,
    size: manifest.size,
    blockBytes: manifest.geometry.blockBytes,
    fragmentBytes: manifest.geometry.fragmentBytes,
    sha256: manifest.sha256,
    root: manifest.root,
    modifiedMs: record.modifiedMs,
    fragmentDigests: Buffer.from(record.fragmentDigests).toString('base64'),
    fragments: record.fragments,
  })}\n`;
}

/** The record in `text`, or why there is none, in a few words without anything of the text. */
export function decodeIndex(text: string, geometry: Geometry): IndexRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (typeof value !== 'object' || value === null) return 'it is not an index';
  return recordOf(value as Readonly<Record<string, unknown>>, geometry);
}

function recordOf(fields: Readonly<Record<string, unknown>>, geometry: Geometry): IndexRecord | string {
  const {inode, original, size, sha256, root, modifiedMs} = fields;
  if (fields['format'] !== FORMAT || fields['version'] !== FORMAT_VERSION) return 'it has another format';
  if (fields['blockBytes'] !== geometry.blockBytes || fields['fragmentBytes'] !== geometry.fragmentBytes) {
    return 'it was made for other fragment or block sizes';
  }
  if (typeof inode !== 'string' || !isCount(size) || !isInteger(modifiedMs)) return 'it is incomplete';
  if (!isHex(sha256) || !isHex(root)) return 'its digests are no digests';
  if (original !== null && !isStamp(original)) return 'its record of the original is damaged';
  const fragmentDigests = digestsOf(fields['fragmentDigests'], fragmentCount(size, geometry));
  if (fragmentDigests === null) return 'its fragment digests are damaged';
  if (rootOf({size, geometry, sha256, fragmentDigests}) !== root) return 'its root does not follow from it';
  const fragments = stampsOf(fields['fragments'], size, geometry);
  if (fragments === undefined) return 'its record of the fragments is damaged';
  const manifest: Manifest = {size, geometry, sha256, root};
  return {inode, original, manifest, modifiedMs, fragmentDigests, fragments};
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function isCount(value: unknown): value is number {
  return isInteger(value) && value >= 0;
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function digestsOf(value: unknown, count: number): Uint8Array | null {
  if (typeof value !== 'string') return null;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === count * DIGEST_BYTES ? bytes : null;
}

function stampsOf(
  value: unknown,
  size: number,
  geometry: Geometry,
): readonly (FileStamp | null)[] | null | undefined {
  if (value === null) return null;
  if (!Array.isArray(value) || value.length !== fragmentCount(size, geometry)) return undefined;
  const stamps: (FileStamp | null)[] = [];
  for (const [index, stamp] of value.entries()) {
    if (stamp !== null && !isStamp(stamp)) return undefined;
    if (!stampFits(stamp, fragmentLength(size, geometry, index + 1))) return undefined;
    stamps.push(stamp);
  }
  return stamps;
}
