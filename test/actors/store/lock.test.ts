import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {nodeDisk} from '../../../src/actors/store/disk.js';
import {type HostIdentity, thisHost} from '../../../src/actors/store/host.js';
import {type Lock, takeLock} from '../../../src/actors/store/lock.js';
import {LOCK_STALE_MS, LOCK_TOUCH_MS} from '../../../src/limits.js';
import {VirtualClock} from '../../support/virtual-clock.js';
import {otherProcess, temporaryFolder} from './store-kit.js';

interface Place {
  readonly folder: string;
  readonly path: string;
  readonly clock: VirtualClock;
  take(host?: HostIdentity): Promise<Lock>;
}

function placeOf(t: TestContext): Place {
  const folder = temporaryFolder(t);
  const path = join(folder, 'x.fdl-lock');
  const clock = new VirtualClock();
  const take = (host = thisHost()) =>
    takeLock({disk: nodeDisk, clock, host, path, output: join(folder, 'x')});
  return {folder, path, clock, take};
}

const inUse = {code: 'output-in-use', exitCode: 8};
const FAR = {hostId: 'another machine', bootId: 'another boot'};

/** Sets the time of the lock as if it had last been touched so long ago. */
function age(path: string, byMs: number): void {
  const then = new Date(Date.now() - byMs);
  utimesSync(path, then, then);
}

test('a lock held by a living process turns others away, and is gone when released', async (t) => {
  const {folder, path, clock, take} = placeOf(t);
  const lock = await take();
  await assert.rejects(take(otherProcess()), {...inUse, message: new RegExp(`process ${process.pid}`)});
  age(path, LOCK_STALE_MS * 10);
  await assert.rejects(take(otherProcess()), inUse, 'a process that stands still is alive');
  await lock.release();
  assert.deepEqual([readdirSync(folder), clock.pending], [[], 0]);
  await (await take()).release();
});

test('the lock of a process that is gone is taken over at once', async (t) => {
  const {folder, path, take} = placeOf(t);
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  writeFileSync(path, JSON.stringify(otherProcess({pid: child.pid ?? 0, startTime: '5'})));
  const lock = await take();
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid);
  await lock.release();
  assert.deepEqual(readdirSync(folder), []);
});

test('a process number that was used again does not keep a lock alive', async (t) => {
  const {path, take} = placeOf(t);
  writeFileSync(path, JSON.stringify({...thisHost(), startTime: '1'}));
  await (await take()).release();
});

test('the lock of another machine or container holds until it was not touched for long', async (t) => {
  for (const holder of [otherProcess(FAR), otherProcess({pidNamespace: 'pid:[1]'})]) {
    const {folder, path, take} = placeOf(t);
    writeFileSync(path, JSON.stringify(holder));
    await assert.rejects(take(), inUse);
    age(path, LOCK_STALE_MS - 3000);
    await assert.rejects(take(), inUse);
    age(path, LOCK_STALE_MS + 3000);
    await (await take()).release();
    assert.deepEqual(readdirSync(folder), []);
  }
});

test('a lock from a future that the clock has left is stale too', async (t) => {
  const {path, take} = placeOf(t);
  writeFileSync(path, JSON.stringify(otherProcess(FAR)));
  age(path, -3_600_000);
  await (await take()).release();
});

test('a lock that says nothing holds while it is young', async (t) => {
  for (const content of ['', '{', '[]', '{"pid":"x"}', 'x'.repeat(10_000)]) {
    const {path, take} = placeOf(t);
    writeFileSync(path, content);
    await assert.rejects(take(), inUse);
    age(path, LOCK_STALE_MS + 3000);
    await (await take()).release();
  }
});

test('a lock is touched while it is held', async (t) => {
  const {path, clock, take} = placeOf(t);
  const lock = await take();
  age(path, LOCK_STALE_MS * 2);
  clock.advance(LOCK_TOUCH_MS);
  for (let tries = 0; ageOf(path) > 10_000; tries++) {
    assert.ok(tries < 1000, 'the lock was not touched');
    await new Promise(setImmediate);
  }
  await lock.release();
});

const ageOf = (path: string): number => Date.now() - statSync(path).mtimeMs;

test('of many who take over a stale lock at most one has it afterwards', async (t) => {
  for (let round = 0; round < 20; round++) {
    const {folder, path, take} = placeOf(t);
    writeFileSync(path, JSON.stringify(otherProcess(FAR)));
    age(path, LOCK_STALE_MS + 3000);
    const taken = await Promise.allSettled(Array.from({length: 5}, () => take()));
    const winners = taken.filter(({status}) => status === 'fulfilled');
    for (const result of taken) {
      if (result.status === 'rejected') assert.equal(result.reason.code, 'output-in-use');
      else await result.value.release();
    }
    assert.equal(winners.length, 1);
    assert.equal(existsSync(path), false);
    assert.deepEqual(readdirSync(folder), []);
  }
});

test('a killed takeover does not keep others from the lock', async (t) => {
  const {folder, path, take} = placeOf(t);
  const guard = join(folder, 'x.takeover.fdl-lock');
  writeFileSync(path, JSON.stringify(otherProcess()));
  writeFileSync(guard, '');
  await assert.rejects(take(), inUse);
  age(guard, LOCK_STALE_MS + 3000);
  await (await take()).release();
  assert.deepEqual(readdirSync(folder), []);
});

test('a lock that someone else took meanwhile is not removed by the one that lost it', async (t) => {
  const {path, take} = placeOf(t);
  const lost = await take();
  writeFileSync(`${path}.new`, JSON.stringify(otherProcess(FAR)));
  renameSync(`${path}.new`, path);
  await lost.release();
  assert.equal(existsSync(path), true);
});

test('something else in place of the lock is named', async (t) => {
  const {path, take} = placeOf(t);
  mkdirSync(path);
  await assert.rejects(take(), {code: 'output-unsuitable', message: /fdl-lock/});
});
