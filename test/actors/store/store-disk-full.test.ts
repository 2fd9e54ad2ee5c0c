import assert from 'node:assert/strict';
import {rmSync, statfsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {systemClock} from '../../../src/actors/clock.js';
import {startWorkers, type Workers} from '../../../src/workers/pool.js';
import {blocksIn, contentOf, everyBlock, type SampleFile, StoreRun, sampleOf} from './store-kit.js';
import {mountTmpfs} from './tmpfs.js';

let workers: Workers;
before(async () => {
  workers = await startWorkers({threads: 1});
});
after(() => workers.close());

const sample = sampleOf(contentOf(60_000));

/** Leaves `bytes` of room. */
function fill(folder: string, bytes: number): void {
  const {bavail, bsize} = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(bavail * bsize - bytes));
}

async function opened(run: StoreRun, file: SampleFile): Promise<void> {
  await run.open(file);
  run.learn(file);
}

test('a disk that fills up ends the run with what is verified kept, and room lets the next one finish', async (t) => {
  const folder = mountTmpfs(t, 1_048_576);
  if (folder === null) return;
  const run = new StoreRun(t, workers, folder);
  await opened(run, sample);
  await run.until(() => run.left().length === 3, 'part, log and lock');
  fill(folder, 16_384);
  await run.put(sample, everyBlock(sample));
  await assert.rejects(run.next('store.finished'), {code: 'disk-full', exitCode: 7, message: /x\.bin/});
  await run.store.close('clean');
  const storedBefore = run.stored().length;
  assert.ok(storedBefore >= 4 && storedBefore < everyBlock(sample).length, `${storedBefore} blocks`);

  rmSync(join(folder, 'filler'));
  const next = new StoreRun(t, workers, folder);
  const {unchecked} = await next.open(sample);
  const looked = blocksIn(unchecked).length;
  await next.until(() => next.stored('part').length === looked, 'the checks');
  const have = new Set(next.stored());
  assert.ok(have.size >= storedBefore - 4, `${have.size} of ${storedBefore} blocks are known`);
  next.learn(sample);
  await next.put(
    sample,
    everyBlock(sample).filter(([fragment, block]) => !have.has(`${fragment}/${block}`)),
  );
  next.store.finish({sha256: sample.manifest.sha256});
  await next.next('store.finished');
  await next.store.close('clean');
  assert.deepEqual(next.output(), sample.content);
  assert.deepEqual(next.left(), ['x.bin']);
});

test('with time to wait the run pauses, says where and how much is missing, and goes on when there is room', async (t) => {
  const folder = mountTmpfs(t, 1_048_576);
  if (folder === null) return;
  const run = new StoreRun(t, workers, folder, {diskWaitMs: 15_000});
  await opened(run, sample);
  fill(folder, 8192);
  const putAll = run.put(sample, everyBlock(sample));
  const paused = await run.next('store.paused');
  assert.match(paused.path, /x\.bin/);
  assert.ok(paused.needBytes > 0 && paused.needBytes <= 60_000);
  rmSync(join(folder, 'filler'));
  await run.next('store.resumed');
  await putAll;
  run.store.finish({sha256: sample.manifest.sha256});
  await run.next('store.finished');
  await run.store.close('clean');
  assert.equal(run.slabs.free, 4);
  assert.deepEqual(run.output(), sample.content);
});

test('a file that cannot fit is refused before its first byte', async (t) => {
  const folder = mountTmpfs(t, 65_536);
  if (folder === null) return;
  const big = sampleOf(contentOf(100_000));
  const run = new StoreRun(t, workers, folder);
  await assert.rejects(run.open(big), {
    code: 'disk-full',
    message: /x\.bin needs 100 kB more, \S+ k?B are free/,
  });
  await run.store.close('clean');
  assert.deepEqual(run.left(), []);
});

test('a clean stop during the wait is at once, and the wait leaves no timer behind', async (t) => {
  const folder = mountTmpfs(t, 1_048_576);
  if (folder === null) return;
  const timers = new Set<unknown>();
  const clock = {
    now: systemClock.now,
    setTimeout: (callback: () => void, delayMs: number) => {
      const timer = systemClock.setTimeout(() => {
        timers.delete(timer);
        callback();
      }, delayMs);
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer: unknown) => {
      timers.delete(timer);
      systemClock.clearTimeout(timer);
    },
  };
  const run = new StoreRun(t, workers, folder, {diskWaitMs: 60_000, clock});
  await opened(run, sample);
  fill(folder, 8192);
  const putAll = run.put(sample, everyBlock(sample)).catch(() => undefined);
  await run.next('store.paused');
  await run.store.close('clean');
  assert.equal(timers.size, 0);
  assert.equal(run.left().includes('x.bin.fdl-lock'), false);
  void putAll;
});
