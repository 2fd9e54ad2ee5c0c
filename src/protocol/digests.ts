/**
 * The digests of `fdl/1` (docs/protocol.md, "Digests"). Each kind starts with a byte of its own, so that no digest
 * of one kind can pass for one of another.
 */

import {createHash} from 'node:crypto';
import type {Geometry, HexDigest} from '../model.js';

/** Bytes of every digest: SHA-256. */
export const DIGEST_BYTES = 32;

const BLOCK_PREFIX = Uint8Array.of(0x00);
const FRAGMENT_PREFIX = 0x01;
const ROOT_PREFIX = 0x02;
const PROTOCOL = 'fdl/1';
/** The one hash algorithm of `fdl/1`, as the root names it. */
const SHA_256 = 1;
const HEX_DIGEST = /^[0-9a-f]{64}$/;

/** `SHA-256(0x00 ‖ bytes)` of one block. Reads shared memory in place, so a worker copies nothing. */
export function blockDigest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(BLOCK_PREFIX).update(bytes).digest();
}

/** `SHA-256(0x01 ‖ u32be count ‖ block digests)`; `blockDigests` holds 32 bytes a block, in order. */
export function fragmentDigest(blockDigests: Uint8Array): Buffer {
  if (blockDigests.length % DIGEST_BYTES !== 0) throw new RangeError('block digests are 32 bytes each');
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(FRAGMENT_PREFIX, 0);
  prefix.writeUInt32BE(blockDigests.length / DIGEST_BYTES, 1);
  return createHash('sha256').update(prefix).update(blockDigests).digest();
}

/** What a root covers. `size` is in bytes; `fragmentDigests` holds 32 bytes a fragment, in order. */
export interface RootParts {
  readonly size: number;
  readonly geometry: Geometry;
  /** SHA-256 of the whole file. */
  readonly sha256: HexDigest;
  readonly fragmentDigests: Uint8Array;
}

/**
 * `SHA-256(0x02 ‖ "fdl/1" ‖ u8 algorithm ‖ u64be size ‖ u32be block ‖ u32be fragment ‖ sha256 ‖ fragment digests)`:
 * the version of a file. Size and geometry are inside, so digests that are too few or too many give another root.
 */
export function rootOf({size, geometry, sha256, fragmentDigests}: RootParts): HexDigest {
  const head = Buffer.alloc(1 + PROTOCOL.length + 1 + 8 + 4 + 4);
  let at = head.writeUInt8(ROOT_PREFIX, 0);
  at += head.write(PROTOCOL, at, 'latin1');
  at = head.writeUInt8(SHA_256, at);
  at = head.writeBigUInt64BE(BigInt(size), at);
  at = head.writeUInt32BE(geometry.blockBytes, at);
  head.writeUInt32BE(geometry.fragmentBytes, at);
  const root = createHash('sha256').update(head).update(fromHex(sha256)).update(fragmentDigests).digest();
  return toHex(root);
}

/** What a file of at most one block is known by, from its bytes alone: nothing else goes into its root. */
export function smallFileDigests(
  bytes: Uint8Array,
  geometry: Geometry,
): {readonly root: HexDigest; readonly sha256: HexDigest} {
  if (bytes.length > geometry.blockBytes) throw new RangeError('more than one block');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const fragmentDigests = bytes.length === 0 ? new Uint8Array(0) : fragmentDigest(blockDigest(bytes));
  return {root: rootOf({size: bytes.length, geometry, sha256, fragmentDigests}), sha256};
}

/** Bytes as lower-case hex. */
export function toHex(digest: Uint8Array): HexDigest {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('hex');
}

/** The 32 bytes of a digest. Anything but 64 lower-case hex digits is a mistake of the caller: RangeError. */
export function fromHex(hex: HexDigest): Buffer {
  if (!HEX_DIGEST.test(hex)) throw new RangeError('a digest is 64 lower-case hex digits');
  return Buffer.from(hex, 'hex');
}
