/** One version of a simulated file: its bytes, and all that a server says of them. */

import {createHash} from 'node:crypto';
import type {OfferedManifest} from '../../src/actors/server/fragment-store.js';
import {blockCount, blockLength, blockOffset, fragmentCount} from '../../src/geometry.js';
import type {Geometry} from '../../src/model.js';
import {blockDigest, DIGEST_BYTES, fragmentDigest, rootOf} from '../../src/protocol/digests.js';

export interface SimVersion {
  readonly bytes: Uint8Array;
  readonly geometry: Geometry;
  readonly manifest: OfferedManifest;
  readonly fragments: number;
  readonly fragmentDigests: Uint8Array;
  /** By fragment, from 1; the one at 0 is empty. */
  readonly blockDigests: readonly Uint8Array[];
}

export function makeVersion(bytes: Uint8Array, geometry: Geometry, modifiedMs: number): SimVersion {
  const size = bytes.length;
  const fragments = fragmentCount(size, geometry);
  const fragmentDigests = new Uint8Array(fragments * DIGEST_BYTES);
  const blockDigests: Uint8Array[] = [new Uint8Array(0)];
  for (let fragment = 1; fragment <= fragments; fragment++) {
    const blocks = blockCount(size, geometry, fragment);
    const digests = new Uint8Array(blocks * DIGEST_BYTES);
    for (let block = 0; block < blocks; block++) {
      const at = blockOffset(geometry, fragment, block);
      const part = bytes.subarray(at, at + blockLength(size, geometry, fragment, block));
      digests.set(blockDigest(part), block * DIGEST_BYTES);
    }
    blockDigests.push(digests);
    fragmentDigests.set(fragmentDigest(digests), (fragment - 1) * DIGEST_BYTES);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const root = rootOf({size, geometry, sha256, fragmentDigests});
  const manifest = {size, ...geometry, sha256, root, modifiedMs, fragmentsHere: fragments};
  return {bytes, geometry, manifest, fragments, fragmentDigests, blockDigests};
}

/** Bytes that depend on their place, so that no block is equal to another. */
export function randomBytes(random: () => number, size: number): Uint8Array {
  return Uint8Array.from({length: size}, () => Math.floor(random() * 256));
}
