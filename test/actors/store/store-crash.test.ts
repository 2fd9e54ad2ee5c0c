import assert from 'node:assert/strict';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, type TestContext, test} from 'node:test';
import {systemClock} from '../../../src/actors/clock.js';
import {SYNC_INTERVAL_MS} from '../../../src/limits.js';
import {startWorkers, type Workers} from '../../../src/workers/pool.js';
import {VirtualClock} from '../../support/virtual-clock.js';
import {DyingDisk} from './dying-disk.js';
import {
  blocksIn,
  contentOf,
  everyBlock,
  type SampleFile,
  StoreRun,
  sampleOf,
  temporaryFolder,
} from './store-kit.js';

let workers: Workers;
before(async () => {
  workers = await startWorkers({threads: 1});
});
after(() => workers.close());

const sample = sampleOf(contentOf(6000));
const older = sampleOf(contentOf(6000, 2));

/** A whole download; what the disk says while it dies is expected. */
async function wholeRun(run: StoreRun): Promise<void> {
  const opened = await run.open(sample);
  if (!opened.complete) {
    run.learn(sample);
    const looked = blocksIn(opened.unchecked).length;
    await run.until(() => run.stored().length + run.wrong().length >= looked, 'the checks');
    const have = new Set([...blocksIn(opened.trusted), ...run.stored()]);
    await run.put(
      sample,
      everyBlock(sample).filter(([fragment, block]) => !have.has(`${fragment}/${block}`)),
    );
  }
  run.store.finish({sha256: sample.manifest.sha256});
  await run.next('store.finished');
}

async function leaveOlderPart(t: TestContext, folder: string): Promise<void> {
  const run = new StoreRun(t, workers, folder, {force: true});
  await run.open(older);
  run.learn(older);
  await run.put(older, [[1, 0]]);
  await run.store.close('clean');
}

/** Kills a run at its every change of the disk; the next run must make it good, whatever the first had reached. */
async function killEverywhere(t: TestContext, existing: SampleFile | null): Promise<number> {
  for (let dieAt = 1; ; dieAt++) {
    const folder = temporaryFolder(t);
    const force = existing !== null;
    if (existing !== null) writeFileSync(join(folder, 'x.bin'), existing.content);
    await leaveOlderPart(t, folder);
    const dying = new DyingDisk(dieAt);
    const killed = new StoreRun(t, workers, folder, {disk: dying.disk, force});
    await wholeRun(killed).catch((error: unknown) => assert.match(String(error), /dead since/));
    await killed.store.close('clean');
    if (dying.died === null) return dying.changes;

    const next = new StoreRun(t, workers, folder, {force});
    await wholeRun(next).catch((error: unknown) => assert.fail(`after the death at ${dying.died}: ${error}`));
    await next.store.close('clean');
    assert.deepEqual(next.output(), sample.content, `bytes after the death at ${dying.died}`);
    assert.deepEqual(next.left(), ['x.bin'], `what is left after the death at ${dying.died}`);
    assert.equal(Math.round(statSync(join(folder, 'x.bin')).mtimeMs), sample.manifest.modifiedMs);
  }
}

test('a run killed at any change of the disk is finished by the next one', async (t) => {
  const changes = await killEverywhere(t, null);
  assert.ok(changes >= 20, `${changes} changes were looked at`);
});

test('so is a run that replaces an existing output', async (t) => {
  await killEverywhere(t, sampleOf(contentOf(6000, 3)));
});

/** A part with every block, of a run that ended `how`. */
async function wholePart(t: TestContext, how: 'clean' | 'abandon'): Promise<string> {
  const folder = temporaryFolder(t);
  const run = new StoreRun(t, workers, folder);
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, everyBlock(sample));
  await run.store.close(how);
  return folder;
}

/** Opens the version of the one leftover, which must say that it is complete. */
async function openLeftover(run: StoreRun) {
  run.store.prepare();
  const [leftover] = (await run.next('store.prepared')).leftovers;
  assert.ok(leftover?.complete);
  run.store.open(leftover.manifest);
  return run.next('store.opened');
}

for (const how of ['clean', 'abandon'] as const) {
  test(`a whole part of a run that ended by ${how} needs no server for its name, but all checks`, async (t) => {
    const run = new StoreRun(t, workers, await wholePart(t, how));
    const {trusted, unchecked, complete} = await openLeftover(run);
    assert.equal(complete, false);
    const [counting, looked] = how === 'clean' ? [6, 0] : [0, 6];
    assert.deepEqual([blocksIn(trusted).length, blocksIn(unchecked).length], [counting, looked]);
    await run.until(() => run.stored('part').length === looked, 'the checks');
    run.store.finish({sha256: null});
    await run.next('store.finished');
    await run.store.close('clean');
    assert.deepEqual(run.output(), sample.content);
    assert.deepEqual(run.left(), ['x.bin']);
  });
}

test('a whole part never gets its name before a flipped byte in it is found and mended', async (t) => {
  const folder = await wholePart(t, 'abandon');
  const part = join(folder, `x.bin.${sample.manifest.root.slice(0, 16)}.fdl-part`);
  const bytes = readFileSync(part);
  bytes[3000] = (bytes[3000] ?? 0) ^ 1;
  writeFileSync(part, bytes);
  const run = new StoreRun(t, workers, folder);
  await openLeftover(run);
  await run.until(() => run.stored().length + run.wrong().length === 6, 'the checks');
  assert.deepEqual(run.wrong(), ['1/2']);
  await run.put(sample, [[1, 2]]);
  run.store.finish({sha256: null});
  await run.next('store.finished');
  assert.deepEqual(run.output(), sample.content);
});

for (const [failing, when] of [
  ['sync', 'at the end'],
  ['datasync', 'meanwhile'],
] as const) {
  test(`a failed sync of the part ${when} ends the run and makes the next one look at every block`, async (t) => {
    const folder = temporaryFolder(t);
    const {disk} = new DyingDisk(Number.POSITIVE_INFINITY);
    let tries = 0;
    const hurried = {
      ...systemClock,
      setTimeout: (callback: () => void, delayMs: number) => systemClock.setTimeout(callback, delayMs / 100),
    };
    const run = new StoreRun(t, workers, folder, {
      clock: hurried,
      disk: {
        ...disk,
        open: async (path, options) => {
          const file = await disk.open(path, options);
          if (!path.endsWith('.fdl-part')) return file;
          const fail = async (): Promise<void> => {
            tries++;
            throw Object.assign(new Error('EIO: i/o error'), {code: 'EIO'});
          };
          return {...file, fd: file.fd, [failing]: fail};
        },
      },
    });
    await run.open(sample);
    run.learn(sample);
    await run.put(sample, everyBlock(sample));
    if (failing === 'sync') run.store.finish({sha256: null});
    await assert.rejects(run.next('store.finished'), {code: 'disk-failed', exitCode: 7});
    await run.store.close('clean');
    assert.equal(tries, 1, 'a failed sync is never tried again');
    const next = new StoreRun(t, workers, folder);
    const opened = await next.open(sample);
    assert.deepEqual(opened.trusted, []);
    assert.equal(blocksIn(opened.unchecked).length, everyBlock(sample).length);
  });
}

test('a sync that fails while the file is being finished is not covered up by one that succeeds', async (t) => {
  const folder = temporaryFolder(t);
  const clock = new VirtualClock();
  const {disk} = new DyingDisk(Number.POSITIVE_INFINITY);
  let failSync: (error: Error) => void = assert.fail;
  let noteSync: () => void = assert.fail;
  const isSyncing = new Promise<void>((resolve) => {
    noteSync = resolve;
  });
  const datasync = (): Promise<void> =>
    new Promise((_resolve, reject) => {
      failSync = reject;
      noteSync();
    });
  const run = new StoreRun(t, workers, folder, {
    clock,
    disk: {
      ...disk,
      open: async (path, options) => {
        const file = await disk.open(path, options);
        return path.endsWith('.fdl-part') ? {...file, fd: file.fd, datasync} : file;
      },
    },
  });
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, everyBlock(sample));
  clock.advance(SYNC_INTERVAL_MS);
  await isSyncing;
  run.store.finish({sha256: null});
  failSync(Object.assign(new Error('EIO: i/o error'), {code: 'EIO'}));
  await assert.rejects(run.next('store.finished'), {code: 'disk-failed'});
  await run.store.close('clean');
  assert.equal(run.left().includes('x.bin'), false);
  const next = new StoreRun(t, workers, folder);
  assert.deepEqual((await next.open(sample)).trusted, []);
});
