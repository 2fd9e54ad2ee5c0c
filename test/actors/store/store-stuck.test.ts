import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {HASHING_NEWS_MS, MIB, STORE_CLOSE_TIMEOUT_MS} from '../../../src/limits.js';
import type {Workers} from '../../../src/workers/pool.js';
import {TaskControl} from '../../../src/workers/task-control.js';
import {VirtualClock} from '../../support/virtual-clock.js';
import {contentOf, StoreRun, sampleOf, temporaryFolder} from './store-kit.js';

const sample = sampleOf(contentOf(5000));

test('a worker that hangs in the disk keeps neither close nor the descriptor: that stays open', async (t) => {
  const clock = new VirtualClock();
  const stuck: Workers = {run: () => new Promise(() => undefined), close: async () => undefined};
  const run = new StoreRun(t, stuck, temporaryFolder(t), {clock});
  await run.open(sample);
  run.learn(sample);
  const slab = run.slabs.take() ?? 0;
  run.store.putBlock({connection: 1, fragment: 1, block: 0, slab, length: 1024});
  assert.equal(run.store.waiting, 1);
  let isClosed = false;
  const closing = run.store.close('clean').then(() => {
    isClosed = true;
  });
  clock.advance(STORE_CLOSE_TIMEOUT_MS - 1);
  await new Promise(setImmediate);
  assert.equal(isClosed, false);
  clock.advance(1);
  await closing;
  assert.equal(clock.pending, 0, 'nothing keeps the process');
  assert.equal(run.slabs.free, 3, 'its slab is not handed out again');
  assert.equal(run.left().length, 3, 'part, log and lock are left as they are');
});

test('a pool that fails ends the store with its error', async (t) => {
  const broken: Workers = {
    run: () => Promise.reject(new Error('the thread is gone')),
    close: async () => undefined,
  };
  const clock = new VirtualClock();
  const run = new StoreRun(t, broken, temporaryFolder(t), {clock});
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, [[1, 0]]);
  await assert.rejects(run.next('store.finished'), {code: 'unexpected', message: 'the thread is gone'});
  const closing = run.store.close('clean');
  clock.advance(STORE_CLOSE_TIMEOUT_MS);
  await closing;
  assert.equal(clock.pending, 0, 'nothing keeps the process');
});

test('while a whole file is hashed it is told every quarter of a second how far that is', async (t) => {
  const clock = new VirtualClock();
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'x.bin'), sample.content);
  let end: () => void = assert.fail;
  let noteStart: () => void = assert.fail;
  const isHashing = new Promise<void>((resolve) => {
    noteStart = resolve;
  });
  const hash = (name: string, task: {readonly control: SharedArrayBuffer}): Promise<unknown> => {
    assert.equal(name, 'hash-file');
    new TaskControl(task.control).report(7 * MIB);
    noteStart();
    return new Promise((resolve) => {
      end = () => resolve({kind: 'short', bytes: 0});
    });
  };
  const slow: Workers = {run: hash as Workers['run'], close: async () => undefined};
  const run = new StoreRun(t, slow, folder, {clock});
  const opened = run.open(sample);
  await isHashing;
  clock.advance(4 * HASHING_NEWS_MS);
  const told = run.events.flatMap((event) => (event.type === 'store.hashing' ? [event.doneBytes] : []));
  assert.deepEqual(
    told,
    [7, 7, 7, 7].map((mebibytes) => mebibytes * MIB),
  );
  end();
  await assert.rejects(opened, {code: 'output-exists'});
  await run.store.close('clean');
  assert.equal(clock.pending, 0, 'nothing keeps the process');
});
