import assert from 'node:assert/strict';
import {test} from 'node:test';
import {DiskWait} from '../../../src/actors/store/disk-wait.js';
import {DISK_RETRY_MAX_MS, DISK_RETRY_MIN_MS} from '../../../src/limits.js';
import {VirtualClock} from '../../support/virtual-clock.js';

/** A disk that is full until `hasRoom`, and attempts that count themselves. */
function startWait(waitMs: number) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const tries: number[] = [];
  const disk = {hasRoom: false};
  const wait = new DiskWait({
    clock,
    waitMs,
    onPaused: () => told.push('paused'),
    onResumed: () => told.push('resumed'),
    onGivenUp: () => told.push('given up'),
  });
  const attempt = (): void => {
    tries.push(clock.now());
    if (disk.hasRoom) wait.succeeded();
    else wait.failed(new Error('full'), attempt);
  };
  return {clock, told, tries, disk, wait, attempt};
}

test('without time to wait the first failure is the end', () => {
  const {clock, told, attempt} = startWait(0);
  attempt();
  assert.deepEqual(told, ['given up']);
  assert.equal(clock.pending, 0);
});

test('one attempt at a time is tried again at growing distances, and room wakes all', () => {
  const {clock, told, tries, disk, wait, attempt} = startWait(600_000);
  attempt();
  for (let index = 0; index < 5; index++) wait.later(attempt);
  assert.deepEqual([told, wait.isFull], [['paused'], true]);
  clock.advance(60_000);
  const distances = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  assert.equal(distances[0], DISK_RETRY_MIN_MS);
  assert.ok(distances.every((distance, index) => index === 0 || distance >= (distances[index - 1] ?? 0)));
  assert.equal(Math.max(...distances), DISK_RETRY_MAX_MS);
  disk.hasRoom = true;
  const before = tries.length;
  clock.advance(DISK_RETRY_MAX_MS);
  assert.deepEqual(told, ['paused', 'resumed']);
  assert.equal(tries.length - before, 6);
  assert.equal(clock.pending, 0);
});

test('the last attempt is made when time is up', () => {
  const {clock, told, tries, attempt} = startWait(5000);
  attempt();
  clock.advance(5000);
  assert.deepEqual(told, ['paused', 'given up']);
  assert.equal(tries.at(-1), 5000);
  clock.advance(60_000);
  assert.deepEqual([told.length, clock.pending], [2, 0]);
});

test('an attempt that ends without a word about room does not stop the probing', () => {
  const {clock, told, disk, wait, attempt} = startWait(60_000);
  wait.failed(new Error('full'), () => undefined);
  wait.later(attempt);
  disk.hasRoom = true;
  clock.advance(10_000);
  assert.deepEqual(told, ['paused', 'resumed']);
});
