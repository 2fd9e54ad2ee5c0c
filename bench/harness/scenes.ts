/** The usual scene: one random file in memory, offered by a fleet of fdl servers and a fleet of nginx. */

import {closeSync, ftruncateSync, mkdirSync, openSync, utimesSync, writeSync} from 'node:fs';
import {join} from 'node:path';

import {BLOCK_BYTES} from '../../src/limits.js';
import {tempFolder, writeRandomFile} from '../../test/support/files.js';
import type {DownloadScene} from './downloads.js';
import {startFdlServers, startNginx} from './servers.js';
import type {Bench} from './suite.js';

const NAME = 'big.bin';
const SERVERS = 4;
/** A hundred times what the slowest tool takes; it only ends what hangs. */
const DEADLINE_SECONDS = 600;
const HOUR_MS = 3_600_000;
/** A double. */
const STAMP_BYTES = 8;

export interface OfferedFile {
  readonly folder: string;
  readonly name: string;
  readonly path: string;
}

/** A random file in a folder of its own, an hour old: a server waits until one that has just changed is quiet. */
export function offerFile(scratch: string, bytes: number, name = NAME): OfferedFile {
  const folder = join(scratch, 'served');
  mkdirSync(folder, {recursive: true});
  const path = join(folder, name);
  writeRandomFile(path, bytes);
  const written = new Date(Date.now() - HOUR_MS);
  utimesSync(path, written, written);
  return {folder, name, path};
}

/**
 * A file that takes almost no room: holes, and in each block its own number, so that one in the wrong place is noticed.
 * An hour old, too.
 */
export function offerSparseFile(scratch: string, bytes: number, name: string): OfferedFile {
  const folder = join(scratch, 'served');
  mkdirSync(folder, {recursive: true});
  const path = join(folder, name);
  const file = openSync(path, 'w');
  try {
    for (let at = 0; at + STAMP_BYTES <= bytes; at += BLOCK_BYTES) {
      const stamp = Buffer.alloc(STAMP_BYTES);
      stamp.writeDoubleBE(1 + at / BLOCK_BYTES);
      writeSync(file, stamp, 0, STAMP_BYTES, at);
    }
    ftruncateSync(file, bytes);
  } finally {
    closeSync(file);
  }
  const written = new Date(Date.now() - HOUR_MS);
  utimesSync(path, written, written);
  return {folder, name, path};
}

/** `bytes` from four fdl servers and four nginx processes on one folder, all in memory. */
export async function loopbackScene(bench: Bench, bytes: number): Promise<DownloadScene> {
  const scratch = tempFolder(bench.cleanup, 'bench');
  bench.say(`writing ${(bytes / 1e9).toFixed(2)} GB and hashing it`);
  const {folder, name, path} = offerFile(scratch, bytes);
  return {
    original: path,
    name,
    scratch,
    deadlineSeconds: DEADLINE_SECONDS,
    fleets: {
      fdl: await startFdlServers(bench.cleanup, folder, name, SERVERS),
      http: await startNginx(bench.cleanup, folder, SERVERS, scratch),
    },
  };
}
