/** Checks of fields read from JSON files that anyone may have written. Pure. */

import {fragmentCount} from '../../geometry.js';
import {FRAGMENTS_MAX} from '../../limits.js';
import type {Geometry, Manifest} from '../../model.js';
import {DIGEST_BYTES, rootOf} from '../../protocol/digests.js';

export type Fields = Readonly<Record<string, unknown>>;

/** What a file says of a version: its manifest and what the root is made of. */
export interface RecordedVersion {
  readonly manifest: Manifest;
  /** 32 bytes for each fragment. They make up the root. */
  readonly fragmentDigests: Uint8Array;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** The fields of the JSON object in `text`; null when it is none. */
export function fieldsOf(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

/** The version that the fields describe, or why there is none, in a few words without anything of the fields. */
export function versionOf(fields: Fields, geometry: Geometry): RecordedVersion | string {
  const {size, sha256, root, modifiedMs} = fields;
  if (fields['blockBytes'] !== geometry.blockBytes || fields['fragmentBytes'] !== geometry.fragmentBytes) {
    return 'it was made for other fragment or block sizes';
  }
  if (!isCount(size) || !isInteger(modifiedMs)) return 'it is incomplete';
  if (fragmentCount(size, geometry) > FRAGMENTS_MAX) return 'its file is too large';
  if (!isHex(sha256) || !isHex(root)) return 'its digests are no digests';
  const fragmentDigests = digestsOf(fields['fragmentDigests'], fragmentCount(size, geometry));
  if (fragmentDigests === null) return 'its fragment digests are damaged';
  if (rootOf({size, geometry, sha256, fragmentDigests}) !== root) return 'its root does not follow from it';
  return {manifest: {size, geometry, sha256, root}, fragmentDigests, modifiedMs};
}

/** `count` digests in base64; null for anything else. */
export function digestsOf(value: unknown, count: number): Uint8Array | null {
  if (typeof value !== 'string') return null;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === count * DIGEST_BYTES ? bytes : null;
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
