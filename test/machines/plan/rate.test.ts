import assert from 'node:assert/strict';
import {test} from 'node:test';
import {RATE_HALF_LIFE_MS, TICK_MS} from '../../../src/limits.js';
import {RateMeter} from '../../../src/machines/plan/rate.js';

test('nothing is known before the first byte: silence until then is latency, not rate', () => {
  const meter = new RateMeter();
  meter.sample(0, 10_000);
  assert.equal(meter.bytesPerSecond, null);
  meter.sample(1_000, 100);
  assert.equal(meter.bytesPerSecond, 10_000);
});

test('a steady rate is found at once and kept', () => {
  const meter = new RateMeter();
  for (let tick = 0; tick < 100; tick++) {
    meter.sample(250_000, TICK_MS);
    assert.equal(Math.round(meter.bytesPerSecond ?? 0), 1_000_000);
  }
});

test('of a change half is known after one half-life', () => {
  const meter = new RateMeter();
  for (let tick = 0; tick < 100; tick++) meter.sample(250_000, TICK_MS);
  for (let ms = 0; ms < RATE_HALF_LIFE_MS; ms += TICK_MS) meter.sample(0, TICK_MS);
  const share = (meter.bytesPerSecond ?? 0) / 1_000_000;
  assert.ok(Math.abs(share - 0.5) < 0.01, `${share}`);
});

test('time in which nothing was asked does not count', () => {
  const meter = new RateMeter();
  meter.sample(1_000, 100);
  meter.sample(0, 0);
  assert.equal(meter.bytesPerSecond, 10_000);
});

test('of time in which we did not always read, only what came faster than was known counts', () => {
  const meter = new RateMeter();
  meter.sampleAtLeast(0, 250);
  assert.equal(meter.bytesPerSecond, null);
  meter.sampleAtLeast(1_000, 250);
  assert.equal(meter.bytesPerSecond, 4_000);
  meter.sampleAtLeast(500, 250);
  assert.equal(meter.bytesPerSecond, 4_000, 'slowness was ours');
  meter.sampleAtLeast(4_000, 250);
  assert.ok((meter.bytesPerSecond ?? 0) > 9_000);
});
