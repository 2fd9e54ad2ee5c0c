import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type ReadLimit, readLimits} from '../../../src/actors/client/read-limits.js';
import {VirtualClock} from '../../support/virtual-clock.js';

const SERVERS = [
  {host: 'a', port: 1, limitBytesPerSecond: 100_000},
  {host: 'b', port: 1},
  {host: 'c', port: 1, limitBytesPerSecond: 5_000_000},
];

test('without limits there are none', () => {
  const limitFor = readLimits([{host: 'a', port: 1}], undefined, new VirtualClock());
  assert.equal(limitFor(0), null);
  assert.equal(readLimits(SERVERS, undefined, new VirtualClock())(1), null);
});

test('a server keeps to its own limit over all its links, and the others do not feel it', () => {
  const clock = new VirtualClock();
  const limitFor = readLimits(SERVERS, undefined, clock);
  assert.equal(limitFor(0), limitFor(0), 'one limit for all links of a server');
  assert.ok(Math.abs(rateOf(limitFor(0), clock) / 100_000 - 1) < 0.02);
  assert.ok(Math.abs(rateOf(limitFor(2), clock) / 5_000_000 - 1) < 0.02);
});

test('with a limit for all, the slower of the two holds', () => {
  const clock = new VirtualClock();
  const limitFor = readLimits(SERVERS, 1_000_000, clock);
  assert.ok(Math.abs(rateOf(limitFor(0), clock) / 100_000 - 1) < 0.02);
  assert.ok(Math.abs(rateOf(limitFor(1), clock) / 1_000_000 - 1) < 0.02);
  assert.ok(Math.abs(rateOf(limitFor(2), clock) / 1_000_000 - 1) < 0.02);
  assert.equal(limitFor(0)?.pieceBytes, 2_000, 'pieces as small as the slower rate wants them');
});

test('what one server takes is taken from what is left for all', () => {
  const clock = new VirtualClock();
  const limitFor = readLimits(SERVERS, 1_000_000, clock);
  limitFor(2)?.reserve(500_000);
  assert.equal(limitFor(1)?.reserve(1), 500);
});

/** Bytes per second that pass in ten seconds. */
function rateOf(limit: ReadLimit | null, clock: VirtualClock): number {
  assert.ok(limit !== null);
  const startMs = clock.now();
  let bytes = 0;
  while (clock.now() - startMs < 10_000) {
    clock.advance(limit.reserve(limit.pieceBytes));
    bytes += limit.pieceBytes;
  }
  return bytes / 10;
}
