import assert from 'node:assert/strict';
import {test} from 'node:test';
import {RateLimit} from '../../src/actors/rate-limit.js';
import {VirtualClock} from '../support/virtual-clock.js';

test('over any time the rate is kept, in small pieces', async () => {
  for (const rate of [20_000, 1_000_000, 40_000_000]) {
    const clock = new VirtualClock();
    const limit = new RateLimit(rate, clock);
    let bytes = 0;
    let longest = 0;
    while (clock.now() < 10_000) {
      const waitMs = limit.reserve(limit.pieceBytes);
      longest = Math.max(longest, waitMs);
      clock.advance(waitMs);
      bytes += limit.pieceBytes;
    }
    assert.ok(Math.abs(bytes / 10 / rate - 1) < 0.02, `${bytes / 10} of ${rate} a second`);
    assert.ok(longest <= 60, `a gap of ${longest} ms at ${rate}`);
  }
});

test('a pause earns no burst', () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(1_000_000, clock);
  clock.advance(60_000);
  let free = 0;
  while (limit.reserve(limit.pieceBytes) === 0) free += limit.pieceBytes;
  assert.ok(free <= 2 * limit.pieceBytes, `${free} bytes at once`);
});

test('several askers share one rate', () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(1_000_000, clock);
  const waits = Array.from({length: 10}, () => limit.reserve(10_000));
  assert.deepEqual(waits.slice(-3), [70, 80, 90]);
});

test('take resolves when the bytes may pass', async () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(1_000, clock);
  await limit.take(1_000);
  let passed = false;
  const taken = limit.take(1).then(() => {
    passed = true;
  });
  clock.advance(999);
  await Promise.resolve();
  assert.equal(passed, false);
  clock.advance(1);
  await taken;
  assert.equal(passed, true);
});
