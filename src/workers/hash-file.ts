/** Runs in a worker thread: hashes a whole file in order; with `pieces` also all that its root is made of. */

import {createHash} from 'node:crypto';
import {blockCount, blockLength, blockOffset, fragmentCount} from '../geometry.js';
import type {Geometry} from '../model.js';
import {blockDigest, DIGEST_BYTES, fragmentDigest} from '../protocol/digests.js';
import {type DiskTrouble, diskTrouble} from './disk-trouble.js';
import {type FileCalls, systemFiles} from './file-calls.js';
import {readFully} from './read-fully.js';
import {scratchOf} from './scratch.js';
import {TaskControl} from './task-control.js';

export interface HashFileTask {
  readonly fd: number;
  readonly size: number;
  readonly geometry: Geometry;
  /** Also digest blocks and fragments; doubles the time. */
  readonly pieces: boolean;
  /** `shared` of a TaskControl. */
  readonly control: SharedArrayBuffer;
}

export type HashFileResult =
  | {
      readonly kind: 'hashed';
      readonly sha256: string;
      /** 32 bytes for each fragment; empty without `pieces`. */
      readonly fragmentDigests: Uint8Array<ArrayBuffer>;
    }
  | {readonly kind: 'cancelled'}
  /** The file ends before `size`. */
  | {readonly kind: 'short'; readonly bytes: number}
  | DiskTrouble;

export function hashFile(task: HashFileTask, files: FileCalls = systemFiles): HashFileResult {
  try {
    return hashBlocks(task, files);
  } catch (error) {
    return diskTrouble(error);
  }
}

function hashBlocks({fd, size, geometry, pieces, control}: HashFileTask, files: FileCalls): HashFileResult {
  const state = new TaskControl(control);
  const whole = createHash('sha256');
  const fragments = fragmentCount(size, geometry);
  const fragmentDigests = new Uint8Array(pieces ? fragments * DIGEST_BYTES : 0);
  for (let fragment = 1; fragment <= fragments; fragment++) {
    const blocks = blockCount(size, geometry, fragment);
    const blockDigests = new Uint8Array(blocks * DIGEST_BYTES);
    for (let block = 0; block < blocks; block++) {
      if (state.cancelled) return {kind: 'cancelled'};
      const bytes = scratchOf(blockLength(size, geometry, fragment, block));
      const position = blockOffset(geometry, fragment, block);
      const read = readFully(fd, bytes, position, files);
      if (read < bytes.length) return {kind: 'short', bytes: position + read};
      whole.update(bytes);
      if (pieces) blockDigests.set(blockDigest(bytes), block * DIGEST_BYTES);
      state.report(position + read);
    }
    if (pieces) fragmentDigests.set(fragmentDigest(blockDigests), (fragment - 1) * DIGEST_BYTES);
  }
  return {kind: 'hashed', sha256: whole.digest('hex'), fragmentDigests};
}
