import assert from 'node:assert/strict';
import {test} from 'node:test';
import {applyTick} from '../../../src/machines/plan/apply-clock.js';
import {requestStep} from '../../../src/machines/plan/fetch-step.js';
import {Forecast} from '../../../src/machines/plan/tail.js';
import {fetchingPlan, give} from '../../support/model-plan.js';

test('where the disk or the hashing is the limit, and reading always pauses, fetches grow with the rate all the same', () => {
  const {plan, rows} = fetchingPlan(100, [null]);
  const [row] = rows;
  assert.ok(row);
  give(plan, row, {fragment: 1, first: 0, end: 10}, 1);
  const asked = () => {
    const step = requestStep(plan, new Forecast(plan));
    assert.ok(step?.kind === 'fetch');
    return step.run.end - step.run.first;
  };
  assert.equal(asked(), 1, 'nothing is known of it');
  const meters = [{connection: row.id, bytes: 1_000_000, reading: false}];
  applyTick(plan, {type: 'clock.ticked', atMs: 250, elapsedMs: 250, meters});
  assert.equal(asked(), 9, 'half a second, as far as the lease goes');
});
