/**
 * `index.json`: what is known of a file's fragments. It is read back as carefully as anything from outside: someone may
 * have copied, edited or cut it. Its root must follow from its own fields, or it counts as absent.
 */

import {fragmentCount, fragmentLength} from '../../geometry.js';
import {type FileStamp, isStamp, stampFits} from '../../machines/version.js';
import type {Geometry} from '../../model.js';
import {fieldsOf, type RecordedVersion, versionOf} from './record-fields.js';

/** Tells an index from other JSON. */
export const INDEX_FORMAT = 'fdl index';
const FORMAT_VERSION = 1;

export interface IndexRecord extends RecordedVersion {
  /** Inode of this very file: a copied index.json has another, so its stamps say nothing here. */
  readonly inode: string;
  /** Stamp of the file that was indexed; null in the index of a copy, which never had one here. */
  readonly original: FileStamp | null;
  /** Stamp of each fragment's file, null for one that is not here; null as a whole: in place, no files of their own. */
  readonly fragments: readonly (FileStamp | null)[] | null;
}

export function encodeIndex(record: IndexRecord): string {
  const {manifest} = record;
  return `${JSON.stringify({
    format: INDEX_FORMAT,
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
  const fields = fieldsOf(text);
  if (fields === null) return 'it is no JSON object';
  const {inode, original} = fields;
  if (fields['format'] !== INDEX_FORMAT || fields['version'] !== FORMAT_VERSION)
    return 'it has another format';
  const version = versionOf(fields, geometry);
  if (typeof version === 'string') return version;
  if (typeof inode !== 'string') return 'it is incomplete';
  if (original !== null && !isStamp(original)) return 'its record of the original is damaged';
  const fragments = stampsOf(fields['fragments'], version.manifest.size, geometry);
  if (fragments === undefined) return 'its record of the fragments is damaged';
  return {...version, inode, original, fragments};
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
