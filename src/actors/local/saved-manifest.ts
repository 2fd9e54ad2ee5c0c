/**
 * A manifest saved as a file (docs/manifest.md): what proves a copy right, block by block, without any server. It
 * proves itself: block digests make up fragment digests, these the root. What is damaged shows; what was forged has
 * another root.
 */

import {basename} from 'node:path';
import {blockCount, blocksPerFragment, fragmentCount, totalBlocks} from '../../geometry.js';
import {MANIFEST_BYTES_MAX} from '../../limits.js';
import type {Geometry} from '../../model.js';
import {DIGEST_BYTES, fragmentDigest} from '../../protocol/digests.js';
import {
  digestsOf,
  type Fields,
  fieldsOf,
  type RecordedVersion,
  versionOf,
} from '../fragments/record-fields.js';

/** Tells a saved manifest from other JSON. */
const MANIFEST_FORMAT = 'fdl manifest';
const FORMAT_VERSION = 1;
/** What a manifest takes besides its block digests: its fragment digests at most. */
const HEAD_BYTES_MAX = 64 * 1_048_576;

/** A version with all its digests. */
export interface SavedManifest extends RecordedVersion {
  /** Name of the file it was made from; only said to people. */
  readonly name: string;
  /** 32 bytes for each block; null: left out, since there are too many. */
  readonly blockDigests: Uint8Array | null;
}

/** What the manifest of a file is called in a folder of manifests. */
export function manifestName(path: string): string {
  return `${basename(path)}.manifest.json`;
}

/** The text of the file. */
export function encodeManifest({
  name,
  manifest,
  modifiedMs,
  fragmentDigests,
  blockDigests,
}: SavedManifest): string {
  const {size, geometry, sha256, root} = manifest;
  const fits = blockDigests !== null && (blockDigests.length / 3) * 4 <= MANIFEST_BYTES_MAX - HEAD_BYTES_MAX;
  const fields = {
    format: MANIFEST_FORMAT,
    version: FORMAT_VERSION,
    name,
    size,
    blockBytes: geometry.blockBytes,
    fragmentBytes: geometry.fragmentBytes,
    sha256,
    root,
    modifiedMs,
    fragmentDigests: base64(fragmentDigests),
    blockDigests: fits ? base64(blockDigests) : null,
  };
  return `${JSON.stringify(fields, null, 1)}\n`;
}

/** The manifest in these fields, or why there is none, in a few words without anything of the text. */
function decodeManifest(fields: Fields, geometry: Geometry): SavedManifest | string {
  if (fields['format'] !== MANIFEST_FORMAT) return 'it is no manifest of fdl';
  if (fields['version'] !== FORMAT_VERSION) return 'it has another version of the format';
  const version = versionOf(fields, geometry);
  if (typeof version === 'string') return version;
  const {name} = fields;
  if (typeof name !== 'string') return 'it is incomplete';
  if (fields['blockDigests'] === null) return {...version, name, blockDigests: null};
  const blockDigests = digestsOf(fields['blockDigests'], totalBlocks(version.manifest.size, geometry));
  if (blockDigests === null) return 'its block digests are damaged';
  return isProven(version, blockDigests)
    ? {...version, name, blockDigests}
    : 'its block digests do not make up its fragment digests';
}

/** The manifest in the text of a file. */
export function parseManifest(text: string, geometry: Geometry): SavedManifest | string {
  const fields = fieldsOf(text);
  return fields === null ? 'it is no JSON object' : decodeManifest(fields, geometry);
}

/** The digests of one fragment's blocks, as a view. */
export function blocksOfFragment(
  {manifest}: Pick<RecordedVersion, 'manifest'>,
  blockDigests: Uint8Array,
  fragment: number,
): Uint8Array {
  const {size, geometry} = manifest;
  const first = (fragment - 1) * blocksPerFragment(geometry);
  return blockDigests.subarray(
    first * DIGEST_BYTES,
    (first + blockCount(size, geometry, fragment)) * DIGEST_BYTES,
  );
}

function isProven(version: RecordedVersion, blockDigests: Uint8Array): boolean {
  const {size, geometry} = version.manifest;
  for (let fragment = 1; fragment <= fragmentCount(size, geometry); fragment++) {
    const at = (fragment - 1) * DIGEST_BYTES;
    const expected = version.fragmentDigests.subarray(at, at + DIGEST_BYTES);
    if (!fragmentDigest(blocksOfFragment(version, blockDigests, fragment)).equals(expected)) return false;
  }
  return true;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
