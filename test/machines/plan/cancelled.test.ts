import assert from 'node:assert/strict';
import {test} from 'node:test';

import {applyConnection} from '../../../src/machines/plan/apply-connection.js';
import {applyStore} from '../../../src/machines/plan/apply-store.js';
import {MISSING} from '../../../src/machines/plan/blocks.js';
import {takeStep} from '../../../src/machines/plan/take-step.js';
import {fetchingPlan, give} from '../../support/model-plan.js';
import {checkInvariants} from '../../support/plan-invariants.js';

test('a block whose second copy turns out wrong is free for others, though its first was cancelled', () => {
  const {plan, rows} = fetchingPlan(10, [0.5, 10, 10]);
  const [slow, liar] = rows;
  assert.ok(slow && liar);
  const run = {fragment: 1, first: 0, end: 1};
  give(plan, slow, run, 1);
  const hedge = takeStep(plan, {kind: 'hedge', row: liar, run}, 0).fetch;
  assert.ok(hedge);
  const place = {ticket: hedge.ticket, fragment: 1, block: 0, slab: 0, length: 1_000};
  applyConnection(plan, {type: 'block.received', connection: liar.id, atMs: 1, ...place});
  assert.deepEqual(plan.cancellations, [{connection: slow.id, ticket: slow.fetches[0]?.ticket}]);

  const wrong = {fragment: 1, block: 0, connection: liar.id, expected: 'a', received: 'b'};
  applyStore(plan, {type: 'block.wrong', atMs: 2, ...wrong});
  assert.equal(plan.blocks.stateOf(1, 0), MISSING);
  checkInvariants(plan);
});
