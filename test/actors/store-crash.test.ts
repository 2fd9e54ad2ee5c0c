import assert from 'node:assert/strict';
import {statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, type TestContext, test} from 'node:test';
import {systemClock} from '../../src/actors/clock.js';
import {startWorkers, type Workers} from '../../src/workers/pool.js';
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
    // Killed between the lock and its content, it names nobody: then only its age tells.
    if (/write .*-lock$/.test(dying.died)) utimesSync(join(folder, 'x.bin.fdl-lock'), 1, 1);

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

test('a complete part needs no server: its leftover says so, and nothing is put again', async (t) => {
  const folder = temporaryFolder(t);
  const first = new StoreRun(t, workers, folder);
  await first.open(sample);
  first.learn(sample);
  await first.put(sample, everyBlock(sample));
  await first.store.close('abandon');
  const second = new StoreRun(t, workers, folder);
  second.store.prepare();
  const [leftover] = (await second.next('store.prepared')).leftovers;
  assert.ok(leftover?.complete);
  second.store.open(leftover.manifest);
  await second.next('store.opened');
  second.store.finish({sha256: null});
  await second.next('store.finished');
  await second.store.close('clean');
  assert.deepEqual(second.output(), sample.content);
  assert.deepEqual(second.left(), ['x.bin']);
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
