import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {startWorkers, type Workers} from '../../../src/workers/pool.js';
import {blocksIn, contentOf, everyBlock, StoreRun, sampleOf, temporaryFolder} from './store-kit.js';

let workers: Workers;
before(async () => {
  workers = await startWorkers({threads: 1});
});
after(() => workers.close());

const old = sampleOf(contentOf(10_000));
const changed = Buffer.from(old.content);
changed[5000] = (changed[5000] ?? 0) ^ 1; // block 2/0
const renewed = sampleOf(Buffer.concat([changed, contentOf(3000, 9)]));

async function withOldPart(folder: string, run: StoreRun, blocks: [number, number][]): Promise<void> {
  await run.open(old);
  run.learn(old);
  await run.put(old, blocks);
  await run.store.close('abandon');
  assert.equal(folder, run.folder);
}

test('equal blocks of the part of an older version are taken over, the others fetched', async (t) => {
  const folder = temporaryFolder(t);
  await withOldPart(folder, new StoreRun(t, workers, folder), [
    [1, 0],
    [1, 3],
    [2, 0],
    [2, 1],
  ]);
  const run = new StoreRun(t, workers, folder);
  await run.open(renewed);
  const [leftover] = (await run.next('store.prepared')).leftovers;
  assert.equal(leftover?.manifest.root, old.manifest.root);
  const salvaged = run.learn(renewed);
  assert.deepEqual(blocksIn(salvaged), ['1/0', '1/3', '2/1']);
  await run.until(() => run.stored('older-part').length === 3, 'the copies');
  const have = new Set(run.stored());
  await run.put(
    renewed,
    everyBlock(renewed).filter(([fragment, block]) => !have.has(`${fragment}/${block}`)),
  );
  run.store.finish({sha256: renewed.manifest.sha256});
  await run.next('store.finished');
  await run.store.close('clean');
  assert.deepEqual(run.output(), renewed.content);
  assert.deepEqual(run.left(), ['x.bin'], 'part and log of the older version are gone too');
});

test('a block of the older part that is not what its log says is fetched instead', async (t) => {
  const folder = temporaryFolder(t);
  await withOldPart(folder, new StoreRun(t, workers, folder), [
    [1, 0],
    [1, 1],
  ]);
  writeFileSync(
    join(folder, `x.bin.${old.manifest.root.slice(0, 16)}.fdl-part`),
    old.content.subarray(0, 1500),
  );
  const run = new StoreRun(t, workers, folder);
  await run.open(renewed);
  assert.deepEqual(blocksIn(run.learn(renewed)), ['1/0', '1/1']);
  await run.until(() => run.stored().length + run.wrong().length === 2, 'the copies');
  assert.deepEqual([run.stored(), run.wrong()], [['1/0'], ['1/1']]);
});

test('what could be taken over is found again after an interruption, without asking for digests', async (t) => {
  const folder = temporaryFolder(t);
  await withOldPart(folder, new StoreRun(t, workers, folder), [
    [1, 0],
    [1, 3],
  ]);
  const first = new StoreRun(t, workers, folder);
  await first.open(renewed);
  first.store.learnFragmentDigests(renewed.fragmentDigests);
  const salvaged = first.store.learnBlockDigests(1, renewed.blockDigests[0] ?? new Uint8Array(0));
  assert.equal(blocksIn(salvaged).length, 2);
  await first.store.close('abandon');
  const second = new StoreRun(t, workers, folder);
  const opened = await second.open(renewed);
  assert.deepEqual([...blocksIn(opened.trusted), ...blocksIn(opened.unchecked)].sort(), ['1/0', '1/3']);
});
