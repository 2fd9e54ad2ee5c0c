import assert from 'node:assert/strict';
import {test} from 'node:test';
import {applyStore} from '../../../src/machines/plan/apply-store.js';
import {progressOf} from '../../../src/machines/plan/progress.js';
import {fetchingPlan} from '../../support/model-plan.js';

test('while the disk is full that is the phase, whatever the servers do; with room it is over', () => {
  const {plan} = fetchingPlan(10, [1]);
  plan.chapter = 'fetching';
  assert.equal(progressOf(plan, 0).phase, 'downloading');
  applyStore(plan, {type: 'store.paused', atMs: 1, path: '/data/x', needBytes: 5_000, waitMs: 300_000});
  assert.equal(progressOf(plan, 1).phase, 'disk-full');
  assert.deepEqual(plan.notices, [{kind: 'disk-full', path: '/data/x', needBytes: 5_000, waitMs: 300_000}]);
  plan.chapter = 'waiting';
  assert.equal(progressOf(plan, 1).phase, 'disk-full');
  applyStore(plan, {type: 'store.resumed', atMs: 2});
  assert.equal(progressOf(plan, 2).phase, 'waiting');
});
