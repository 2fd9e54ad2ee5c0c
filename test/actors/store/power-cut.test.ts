import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, type TestContext, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import type {StoreEvent} from '../../../src/actors/store/store-port.js';
import {startWorkers, type Workers} from '../../../src/workers/pool.js';
import {amount} from '../../support/campaign.js';
import {seededRandom} from '../../support/random.js';
import {CuttableDisk} from './cuttable-disk.js';
import {cutSample, fetchRest} from './power-cut-sample.js';
import {blockOf, blocksIn, StoreRun} from './store-kit.js';

/** More for a night: FDL_CUTS=1000. */
const CUTS = Number(process.env['FDL_CUTS'] ?? amount(10, 4));
const SEED = Number(process.env['FDL_SEED'] ?? Date.now() % 1_000_000);

let workers: Workers;
before(async () => {
  workers = await startWorkers({threads: 1});
});
after(() => workers.close());

test('whenever the power is cut no wrong block counts, and the file ends right', async (t) => {
  const disk = diskOrSkip(t);
  if (disk === null) return;
  t.diagnostic(`FDL_SEED=${SEED} FDL_CUTS=${CUTS}`);
  const random = seededRandom(SEED);
  const lifeMs = await lifeOf(disk.folder);
  const seen = {counted: 0, lost: 0, finished: 0};
  let folder = '';
  for (let cut = 0; cut < CUTS; cut++) {
    if (folder === '' || existsSync(join(folder, 'x.bin'))) {
      if (folder !== '') rmSync(folder, {recursive: true});
      folder = newFolder(disk, `cut-${cut}`);
    }
    ageLock(folder);
    const child = start(folder);
    await once(child.stdout ?? child, 'data');
    const isDone = await endsWithin(child, random() * lifeMs * 1.1);
    disk.cut(oneOf(random, [[], [], pathsIn(folder, '.fdl-log'), pathsIn(folder, '.fdl-part')]));
    await killed(child);
    disk.restart();
    if (isDone) {
      seen.finished++;
      assert.deepEqual(
        readFileSync(join(folder, 'x.bin')),
        cutSample.content,
        `gone after exit 0, cut ${cut}`,
      );
    }
    const how = oneOf(random, ['finish', 'stop', 'leave'] as const);
    await resume(t, folder, how, seen);
  }
  t.diagnostic(`${seen.counted} blocks counted, ${seen.lost} did not, ${seen.finished} ends before the cut`);
});

test('a power cut right after exit 0 leaves the file, whole', async (t) => {
  const disk = diskOrSkip(t);
  if (disk === null) return;
  for (let cut = 0; cut < Math.max(2, CUTS / 5); cut++) {
    const folder = newFolder(disk, `whole-${cut}`);
    const [code] = await once(start(folder), 'exit');
    disk.cut();
    assert.equal(code, 0);
    disk.restart();
    assert.deepEqual(readFileSync(join(folder, 'x.bin')), cutSample.content);
    // The lock goes last, and is not worth a sync.
    assert.deepEqual(
      readdirSync(folder).filter((name) => name !== 'x.bin.fdl-lock'),
      ['x.bin'],
    );
    rmSync(folder, {recursive: true});
  }
});

/** Looks at what the cut left, and ends `how`: with the file, cleanly in the middle, or not at all. */
async function resume(
  t: TestContext,
  folder: string,
  how: 'finish' | 'stop' | 'leave',
  seen: {counted: number; lost: number},
): Promise<void> {
  if (existsSync(join(folder, 'x.bin'))) {
    assert.deepEqual(readFileSync(join(folder, 'x.bin')), cutSample.content, 'a name without its bytes');
  }
  if (how === 'leave') return;
  ageLock(folder);
  const run = new StoreRun(t, workers, folder);
  const opened = await run.open(cutSample);
  if (!opened.complete) {
    const looked = blocksIn(opened.unchecked).length;
    await run.until(() => run.stored().length + run.wrong().length >= looked, 'the checks');
    const counted = [...blocksIn(opened.trusted), ...run.stored()];
    seen.counted += counted.length;
    seen.lost += run.wrong().length;
    assertOnDisk(folder, counted);
  }
  if (how === 'finish') await finish(run, opened);
  await run.store.close('clean');
  if (how === 'finish') assert.deepEqual(readFileSync(join(folder, 'x.bin')), cutSample.content);
}

async function finish(run: StoreRun, opened: StoreEvent & {type: 'store.opened'}): Promise<void> {
  await fetchRest(run, opened);
  run.store.finish({sha256: null});
  await run.next('store.finished');
}

function assertOnDisk(folder: string, blocks: readonly string[]): void {
  const [part] = pathsIn(folder, '.fdl-part');
  if (part === undefined) return assert.deepEqual(blocks, []);
  const bytes = readFileSync(part);
  for (const name of blocks) {
    const [fragment = 0, block = 0] = name.split('/').map(Number);
    const at = blockOf(cutSample.content, fragment, block);
    const start = at.byteOffset - cutSample.content.byteOffset;
    assert.ok(at.equals(bytes.subarray(start, start + at.length)), `block ${name} counts and is wrong`);
  }
}

/** A cut may leave the lock without its content: then it says nothing but its age. */
function ageLock(folder: string): void {
  for (const lock of pathsIn(folder, '.fdl-lock')) utimesSync(lock, 1, 1);
}

function pathsIn(folder: string, suffix: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name));
}

/** How long a whole run takes here. */
async function lifeOf(folder: string): Promise<number> {
  const child = start(newFolder({folder}, 'first'));
  await once(child.stdout ?? child, 'data');
  const startedMs = performance.now();
  await once(child, 'exit');
  return performance.now() - startedMs;
}

function start(folder: string): ChildProcess {
  const child = fileURLToPath(new URL('power-cut-child.js', import.meta.url));
  return spawn(process.execPath, [child, folder], {stdio: ['ignore', 'pipe', 'ignore']});
}

/** Whether it exits with 0 before. */
async function endsWithin(child: ChildProcess, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  if (child.exitCode === null) await Promise.race([once(child, 'exit'), late]);
  clearTimeout(timer);
  return child.exitCode === 0;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function newFolder({folder}: {readonly folder: string}, name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

function oneOf<T>(random: () => number, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

function diskOrSkip(t: TestContext): CuttableDisk | null {
  try {
    return new CuttableDisk(t);
  } catch (error) {
    t.skip(`not run here: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    return null;
  }
}
