import assert from 'node:assert/strict';
import {test} from 'node:test';

import {GROWTH_WATCH_MS} from '../../../src/limits.js';
import {applyConnection} from '../../../src/machines/plan/apply-connection.js';
import {dialStep} from '../../../src/machines/plan/dial-step.js';
import type {ConnectionRow} from '../../../src/machines/plan/fleet.js';
import {judgeGrowth} from '../../../src/machines/plan/growth.js';
import type {Plan} from '../../../src/machines/plan/plan.js';
import {fetchingPlan, give} from '../../support/model-plan.js';

/** One server at work whose second connection is on trial. */
function trial(): {plan: Plan; first: ConnectionRow; second: ConnectionRow} {
  const {plan, rows} = fetchingPlan(1_000, [5]);
  const [first] = rows;
  assert.ok(first);
  first.server.connectionsAllowed = 2;
  plan.growth = {kind: 'trying', server: first.server, sinceMs: 0, serverRate: 5_000, fleetRate: 5_000};
  assert.equal(dialStep(plan, 0)?.kind, 'dial', 'the trial opens a further connection');
  return {plan, first, second: plan.fleet.open(first.server, 0)};
}

test('a further connection that cannot be opened ends its trial: it is not dialled again and again', () => {
  const {plan, first, second} = trial();
  applyConnection(plan, {
    type: 'connection.lost',
    connection: second.id,
    atMs: 10,
    cause: 'failed',
    reason: 'connection refused',
  });
  assert.equal(plan.growth.kind, 'watching');
  assert.equal(dialStep(plan, 10), null);
  assert.equal(first.state, 'ready');
});

test('a server that says goodbye is given no further connection', () => {
  const {plan, first, second} = trial();
  applyConnection(plan, {type: 'connection.leaving', connection: first.id, atMs: 10});
  plan.dismiss(second);
  assert.equal(dialStep(plan, 10), null);
});

test('a connection that does not pay brings what it was asked for, gives the rest back, and is closed', () => {
  const {plan, first, second} = trial();
  second.state = 'ready';
  give(plan, first, {fragment: 1, first: 0, end: 10}, 2);
  give(plan, second, {fragment: 2, first: 0, end: 10}, 2);
  const asked = second.fetches[0];
  assert.ok(asked);

  judgeGrowth(plan, GROWTH_WATCH_MS);
  assert.equal(second.state, 'retiring');
  assert.equal(second.lease, null);
  assert.deepEqual(plan.blocks.countsOf(2), {missing: 8, leased: 2, received: 0, stored: 0});
  assert.deepEqual(plan.dismissals, [], 'cut, its blocks would be fetched again');

  const {ticket, fragment} = asked;
  for (const block of [0, 1]) {
    const place = {ticket, fragment, block, slab: block, length: 1_000};
    applyConnection(plan, {type: 'block.received', connection: second.id, atMs: GROWTH_WATCH_MS, ...place});
  }
  const end = {kind: 'ok'} as const;
  applyConnection(plan, {type: 'fetch.ended', connection: second.id, atMs: GROWTH_WATCH_MS, ticket, end});
  assert.deepEqual(plan.dismissals, [{connection: second.id, complaint: null}]);
  assert.deepEqual(plan.blocks.countsOf(2), {missing: 8, leased: 0, received: 2, stored: 0});
});

test('a connection that was to be closed stays when its server has lost the others', () => {
  const {plan, first, second} = trial();
  second.state = 'ready';
  give(plan, second, {fragment: 2, first: 0, end: 10}, 1);
  judgeGrowth(plan, GROWTH_WATCH_MS);
  plan.dismiss(first);
  const ticket = second.fetches[0]?.ticket ?? -1;
  const end = {kind: 'cancelled'} as const;
  applyConnection(plan, {type: 'fetch.ended', connection: second.id, atMs: GROWTH_WATCH_MS, ticket, end});
  assert.equal(second.state, 'ready');
});
