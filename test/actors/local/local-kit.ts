/** Work on local files with a tiny geometry and one pool of threads for a test file. */

import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {dialTcp} from '../../../src/actors/client/dial.js';
import {systemClock} from '../../../src/actors/clock.js';
import {rootOfFile} from '../../../src/actors/local/root-of-file.js';
import type {VerifyContext} from '../../../src/actors/local/verify-file.js';
import {startWorkers} from '../../../src/workers/pool.js';
import {type Cleanup, tempFolder} from '../../support/files.js';
import {bytesOf, TINY} from '../../support/test-server.js';

/** Blocks of 1 KiB, four to a fragment. */
export const BLOCK = TINY.blockBytes;

let context: Promise<VerifyContext> | null = null;

export function localContext(): Promise<VerifyContext> {
  context ??= startWorkers({threads: 2}).then((workers) => ({
    geometry: TINY,
    clock: systemClock,
    dial: dialTcp,
    workers,
  }));
  return context;
}

/** Call it in `after` of a test file. */
export async function closeLocalContext(): Promise<void> {
  await (await context)?.workers.close();
  context = null;
}

/** A file in a new folder. */
export interface Sample {
  readonly folder: string;
  readonly path: string;
  readonly content: Buffer;
}

/** `x.bin` of so many bytes. */
export function sampleFile(t: Cleanup, bytes: number): Sample {
  const folder = tempFolder(t, 'local');
  const content = bytesOf(bytes);
  const path = join(folder, 'x.bin');
  writeFileSync(path, content);
  return {folder, path, content};
}

/** The path of its manifest. */
export async function savedManifest({folder, path}: Sample): Promise<string> {
  const save = join(folder, 'x.manifest.json');
  await rootOfFile(await localContext(), {path, save});
  return save;
}

/** The content with the lowest bit of some bytes flipped. */
export function flipped(content: Buffer, ...offsets: readonly number[]): Buffer {
  const changed = Buffer.from(content);
  for (const offset of offsets) changed[offset] = (changed[offset] ?? 0) ^ 1;
  return changed;
}
