import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, type TestContext, test} from 'node:test';
import {runDownload} from '../../../src/actors/client/coordinator.js';
import type {Dial} from '../../../src/actors/client/dial.js';
import {systemClock} from '../../../src/actors/clock.js';
import {createStore} from '../../../src/actors/store/store.js';
import type {DownloadResult, Notice} from '../../../src/report.js';
import {startWorkers, type Workers} from '../../../src/workers/pool.js';
import {blocksIn, contentOf, everyBlock, StoreRun, sampleOf, temporaryFolder} from './store-kit.js';

let workers: Workers;
before(async () => {
  workers = await startWorkers({threads: 1});
});
after(() => workers.close());

const sample = sampleOf(contentOf(50_000));

/** A part with every block, of a run that was killed before the end. */
async function wholePart(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const run = new StoreRun(t, workers, folder);
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, everyBlock(sample));
  await run.store.close('abandon');
  return folder;
}

/** Every server is gone. */
const refuse =
  (dialled: string[]): Dial =>
  ({host, port}, listener) => {
    dialled.push(`${host}:${port}`);
    queueMicrotask(() => listener.closed('connection refused'));
    return {write: () => {}, pause: () => {}, resume: () => {}, end: () => {}, destroy: () => {}};
  };

function download(folder: string, dial: Dial, onNotice: (notice: Notice) => void): Promise<DownloadResult> {
  const {geometry} = sample.manifest;
  const clock = systemClock;
  return runDownload(
    {file: 'folder/x.bin', servers: [{host: 'gone', port: 9000}], output: folder, giveUpAfterMs: 1, onNotice},
    {geometry, clock, random: () => 0.5, dial, workers, createStore},
  );
}

test('a whole part of a killed run is checked and gets its name without asking any server', async (t) => {
  const folder = await wholePart(t);
  const dialled: string[] = [];
  const notices: Notice[] = [];
  const result = await download(folder, refuse(dialled), (notice) => notices.push(notice));
  assert.deepEqual(readFileSync(join(folder, 'x.bin')), sample.content);
  assert.deepEqual([result.resumedBytes, result.storedBytes, dialled], [50_000, 0, []]);
  assert.deepEqual(notices, [{kind: 'resuming', bytes: 0, uncheckedBytes: 50_000}]);
});

test('with a flipped byte in it a server is needed; without one it keeps what is right', async (t) => {
  const folder = await wholePart(t);
  const part = join(folder, `x.bin.${sample.manifest.root.slice(0, 16)}.fdl-part`);
  const bytes = readFileSync(part);
  bytes[3000] = (bytes[3000] ?? 0) ^ 1;
  writeFileSync(part, bytes);
  const dialled: string[] = [];
  await assert.rejects(
    download(folder, refuse(dialled), () => {}),
    {code: 'servers-lost'},
  );
  assert.ok(dialled.length > 0);
  assert.equal(existsSync(join(folder, 'x.bin')), false);
  const next = new StoreRun(t, workers, folder);
  const {trusted, unchecked} = await next.open(sample);
  const kept = [...blocksIn(trusted), ...blocksIn(unchecked)];
  assert.equal(kept.length, everyBlock(sample).length - 1);
  assert.equal(kept.includes('1/2'), false);
});
