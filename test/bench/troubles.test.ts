import assert from 'node:assert/strict';
import {test} from 'node:test';

import {busyFor, ratesLeft} from '../../bench/harness/troubles.js';

test('a server that is busy every other second is free in the first half of each period', () => {
  assert.equal(busyFor(0), 0);
  assert.equal(busyFor(999.9), 0);
  assert.equal(busyFor(1_000), 1_000);
  assert.equal(busyFor(1_999.5), 1);
  assert.equal(busyFor(2_000), 0);
  assert.equal(busyFor(7_250), 750);
});

test('what is left of a link is a share of the rate of the victim alone', () => {
  assert.equal(ratesLeft([50, 25, 12], 0, 0), 37);
  assert.equal(ratesLeft([50, 25, 12], 0, 0.5), 62);
  assert.equal(ratesLeft([50, 25, 12], 2, 1), 87);
});
