import assert from 'node:assert/strict';
import {test} from 'node:test';
import {noSourceLeft, nothingOffered, serversDisagree} from '../../../src/machines/plan/verdict.js';
import {fetchingPlan} from '../../support/model-plan.js';

test('eight servers are named, the others counted', () => {
  const {plan} = fetchingPlan(
    10,
    Array.from({length: 11}, () => 1),
  );
  for (const server of plan.fleet.servers) {
    plan.dismissAll(server);
    plan.fleet.enter(server, {kind: 'lost', retryAtMs: null, reason: 'connection refused'});
  }
  const message = nothingOffered(plan).message;
  assert.match(message, /s0:1 \(connection refused\), .*s7:1 \(connection refused\) and 3 more$/);
  assert.doesNotMatch(message, /s8:1/);
});

test('eight missing fragments are named, the others counted', () => {
  const {plan, rows} = fetchingPlan(110, [1]);
  const [row] = rows;
  assert.ok(row);
  row.server.holds = new Uint8Array(2);
  assert.match(
    noSourceLeft(plan)?.message ?? '',
    /no server has fragments 1, 2, 3, 4, 5, 6, 7, 8 and 3 more of "x\.bin" \(of 11\)/,
  );
});

test('nobody is given up while a server is there that holds everything, or may come back', () => {
  const {plan, rows} = fetchingPlan(10, [1, 1]);
  assert.equal(noSourceLeft(plan), null);
  const [first, second] = rows;
  assert.ok(first && second);
  plan.dismissAll(first.server);
  plan.fleet.enter(first.server, {kind: 'banned', evidence: {kind: 'protocol', detail: 'nonsense'}});
  plan.dismissAll(second.server);
  plan.fleet.enter(second.server, {kind: 'lost', retryAtMs: 1_000, reason: 'connection reset'});
  assert.equal(noSourceLeft(plan), null);
  plan.fleet.enter(second.server, {kind: 'lost', retryAtMs: null, reason: 'connection reset'});
  assert.equal(noSourceLeft(plan)?.code, 'content-unverifiable', 'proof outweighs a loss');
});

test('servers that disagree are listed by what they have, and the unfinished version is offered first', () => {
  const {plan} = fetchingPlan(10, [1, 1, 1]);
  const {manifest} = plan;
  assert.ok(manifest !== null);
  const offers = ['a', 'b', 'a'].map((root, server) => ({server, manifest: {...manifest, root}}));
  const error = serversDisagree(plan, offers);
  assert.match(error.message, /root a: s0:1, s2:1\n.*root b: s1:1$/);
  assert.match(error.hint ?? '', /the one you want with --root a\.?$/);
  plan.leftovers = [{manifest: {...manifest, root: 'b'}, storedBytes: 5, isProved: false, complete: false}];
  assert.match(serversDisagree(plan, offers).hint ?? '', /the unfinished one with --root b\.?$/);
});
