import assert from 'node:assert/strict';
import {test} from 'node:test';

import {lossesOf} from '../../bench/harness/losses.js';
import {drawFleet, rateOfBest} from '../../bench/harness/random-fleets.js';
import {FDL1_GEOMETRY} from '../../src/geometry.js';
import {ACTIVE_MAX} from '../../src/limits.js';
import {runModel} from '../support/model-fleet.js';

test('start, middle and end together are what a download took beyond the optimum', () => {
  const {servers, rates, fluidRate, random} = drawFleet(4, {
    serversMax: 20,
    fragmentsMax: 3,
    secondsMax: 60,
  });
  const size = 2.5 * FDL1_GEOMETRY.fragmentBytes;
  const run = runModel({size, geometry: FDL1_GEOMETRY, servers, random, limitMs: 1e9});
  const {start, middle, tail} = lossesOf(run, rates, fluidRate);
  assert.ok(start > 0);
  assert.ok(Math.abs(start + middle + tail - (run.elapsedMs / 1_000 - size / fluidRate)) < 1e-6);
});

test('a seed gives the same fleet again, within its bounds', () => {
  const bounds = {serversMax: 1_000, fragmentsMax: 10_000, secondsMax: 3_600};
  for (let seed = 0; seed < 50; seed++) {
    const {rates, fragments, size, fluidRate} = drawFleet(seed, bounds);
    assert.deepEqual(drawFleet(seed, bounds).rates, rates);
    assert.ok(rates.length >= 1 && rates.length <= 1_000);
    assert.equal(Math.ceil(size / FDL1_GEOMETRY.fragmentBytes), fragments);
    assert.ok(fragments === 1 || size / fluidRate <= 3_600);
  }
});

test('the optimum has the best servers that may be active at once, and no more', () => {
  assert.equal(rateOfBest([...Array(ACTIVE_MAX).fill(10), 1, 1]), 10 * ACTIVE_MAX);
  assert.equal(rateOfBest([1, 2]), 3);
});
