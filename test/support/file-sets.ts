/** What tests of downloads of several files share: a tree to offer, and `fdl download` with --json over it. */

import assert from 'node:assert/strict';
import {join} from 'node:path';
import type {FilesResult} from '../../src/report.js';
import {contentsOf, sameBytes} from './files.js';
import {type Exit, type ProcessOptions, type Running, startFdl} from './processes.js';
import {MIB, type Scene} from './scenario.js';

/** No set of these tests takes a tenth of it; it only turns a hang into a failure with a message. */
export const SET_DEADLINE_MS = 120_000;

const FOLDERS = ['', 'a folder/', 'deep/er/est/', 'ünï cödé/日本/'];
const NAMES = ['plain.bin', 'two  spaces', 'dots..in.it', 'end.', '-dash', "quote's", '💾', 'st*r?'];
/** Bytes of the files, one after the other; most are small. */
const SIZES = [0, 1, 10_240, 500, MIB - 1, 10_240, MIB, 0, MIB + 1, 70_000, 3 * MIB + 5];

/** Offers files of all kinds of names and sizes; returns their names. */
export function offerTree(scene: Scene, count: number): string[] {
  return Array.from({length: count}, (_, index) => {
    const folder = FOLDERS[index % FOLDERS.length] ?? '';
    const name = `${folder}${NAMES[index % NAMES.length] ?? ''}${index}`.normalize('NFC');
    const size = index % 3 === 0 ? (SIZES[(index / 3) % SIZES.length] ?? 0) : 3_000 + index;
    scene.offer(name, size, index);
    return name;
  });
}

/** Whoever answers at an address: a server or a proxy. */
export interface Source {
  readonly address: string;
}

/** A `fdl download` of several files and the folder that it fills. */
export interface SetRun extends Pick<Running, 'signal' | 'says'> {
  readonly folder: string;
  exit(): Promise<Exit>;
}

let runs = 0;

/** Starts one, into a new folder unless `words` have --output. `words` may have anything that the command takes. */
export function startSet(
  scene: Scene,
  sources: readonly Source[],
  words: readonly string[],
  program?: ProcessOptions['program'],
): SetRun {
  const at = words.indexOf('--output');
  const folder = at < 0 ? scene.newFolder(`set-${++runs}`) : (words[at + 1] ?? '');
  const servers = sources.flatMap(({address}) => ['--server', address]);
  const running = startFdl(scene.cleanup, ['download', ...servers, '--json', ...words], {
    cwd: at < 0 ? folder : scene.folder,
    ...(program !== undefined && {program}),
  });
  return {
    folder,
    signal: (name) => running.signal(name),
    says: (pattern) => running.says(pattern),
    exit: () => running.exit(SET_DEADLINE_MS),
  };
}

/** What it printed. */
export function resultOf({stdout}: Exit): FilesResult {
  return JSON.parse(stdout) as FilesResult;
}

export interface FinishedSet {
  readonly exit: Exit;
  readonly result: FilesResult;
  readonly folder: string;
}

/** A set that is expected to end with exit code 0. */
export async function finishedSet(run: SetRun): Promise<FinishedSet> {
  const exit = await run.exit();
  assert.equal(exit.code, 0, `exit code ${exit.code}:\n${exit.stderr}\n${exit.stdout.slice(0, 4_000)}`);
  return {exit, result: resultOf(exit), folder: run.folder};
}

/** The folder holds these files of the scene, and nothing else. */
export function assertSameTree(scene: Scene, folder: string, names: readonly string[]): void {
  const files = contentsOf(folder).filter((name) => !name.endsWith('/'));
  assert.deepEqual(files, [...names].sort());
  for (const name of names) assert.ok(sameBytes(join(folder, name), join(scene.served, name)), name);
}

/** Bytes that went through proxies to their clients. */
export function bytesOf(proxies: readonly {readonly counts: {readonly toClient: number}}[]): number {
  return proxies.reduce((sum, {counts}) => sum + counts.toClient, 0);
}
