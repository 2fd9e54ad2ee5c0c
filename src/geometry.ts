/** Arithmetic of fragments and blocks. Pure; fragments count from 1, blocks from 0 within their fragment. */

import {BLOCK_BYTES, FRAGMENT_BYTES} from './limits.js';
import type {Geometry} from './model.js';

/** The geometry of `fdl/1`. A parameter inside, so that tests and the simulation can be tiny. */
export const FDL1_GEOMETRY: Geometry = {blockBytes: BLOCK_BYTES, fragmentBytes: FRAGMENT_BYTES};

/** Number of fragments of a file of `size` bytes; an empty file has none. */
export function fragmentCount(size: number, geometry: Geometry): number {
  return Math.ceil(size / geometry.fragmentBytes);
}

/** Bytes of one fragment: full, except for the last one. */
export function fragmentLength(size: number, geometry: Geometry, fragment: number): number {
  return Math.min(geometry.fragmentBytes, size - fragmentOffset(geometry, fragment));
}

/** Where a fragment starts in the file, in bytes. */
export function fragmentOffset(geometry: Geometry, fragment: number): number {
  return (fragment - 1) * geometry.fragmentBytes;
}

/** Number of blocks of one fragment. */
export function blockCount(size: number, geometry: Geometry, fragment: number): number {
  return Math.ceil(fragmentLength(size, geometry, fragment) / geometry.blockBytes);
}

/** Number of blocks of the whole file. */
export function totalBlocks(size: number, geometry: Geometry): number {
  return Math.ceil(size / geometry.blockBytes);
}

/** Blocks of a full fragment. */
export function blocksPerFragment(geometry: Geometry): number {
  return geometry.fragmentBytes / geometry.blockBytes;
}

/** Where a block starts in the file, in bytes. */
export function blockOffset(geometry: Geometry, fragment: number, block: number): number {
  return fragmentOffset(geometry, fragment) + block * geometry.blockBytes;
}

/** Bytes of one block: full, except for the last one of the file. */
export function blockLength(size: number, geometry: Geometry, fragment: number, block: number): number {
  return Math.min(geometry.blockBytes, size - blockOffset(geometry, fragment, block));
}
