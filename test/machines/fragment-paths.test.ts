/** Every state the machine of a fragment can be brought to: it is where its blocks are. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type ActorRef, createActor, fromCallback, type Snapshot, type SnapshotFrom} from 'xstate';
import {getShortestPaths} from 'xstate/graph';
import {type FragmentEvent, type FragmentReport, fragmentMachine} from '../../src/machines/fragment.js';
import type {Counts} from '../../src/machines/plan/blocks.js';

type FragmentSnapshot = SnapshotFrom<typeof fragmentMachine>;
const BLOCKS = 3;

const paths = getShortestPaths(fragmentMachine, {
  input: {fragment: 1, parent: parentThat(() => {})},
  limit: 5_000,
  events: everyCount().map((counts): FragmentEvent => ({type: 'blocks.moved', counts})),
  filterEvents: (state: FragmentSnapshot, event: FragmentEvent) => state.can(event),
});

test('every state can be reached, and from each only the end is final', () => {
  const reached = new Set(paths.map(({state}) => String(state.value)));
  assert.deepEqual([...reached].sort(), ['merged', 'pending', 'transferring', 'verifying']);
  for (const {state} of paths) {
    assert.equal(state.status, state.matches('merged') ? 'done' : 'active');
    if (state.matches('merged')) continue;
    for (const counts of everyCount()) assert.ok(state.can({type: 'blocks.moved', counts}));
  }
});

for (const {state} of paths.filter((path) => path.steps.length > 1)) {
  const {missing, leased, received, stored} = state.context.counts;
  test(`${missing} missing, ${leased} leased, ${received} received, ${stored} stored: ${state.value}`, () => {
    const expected =
      leased > 0 ? 'transferring' : received > 0 ? 'verifying' : missing > 0 ? 'pending' : 'merged';
    assert.equal(state.value, expected);
  });
}

test('the download hears when a fragment is merged, and when nobody has anything of it any more', () => {
  const reports: FragmentReport[] = [];
  const parent = parentThat((report) => reports.push(report));
  parent.start();
  const fragment = createActor(fragmentMachine, {input: {fragment: 4, parent}}).start();
  const move = (counts: Partial<Counts>) =>
    fragment.send({type: 'blocks.moved', counts: {missing: 0, leased: 0, received: 0, stored: 0, ...counts}});
  move({missing: 1, leased: 2});
  move({missing: 1, received: 2});
  move({missing: 1, stored: 2});
  assert.deepEqual(reports.splice(0), [{type: 'fragment.returned', fragment: 4}]);
  move({leased: 1, stored: 2});
  move({received: 1, stored: 2});
  move({stored: 3});
  assert.deepEqual(reports, [{type: 'fragment.merged', fragment: 4}]);
  assert.equal(fragment.getSnapshot().status, 'done');
});

function everyCount(): Counts[] {
  const all: Counts[] = [];
  for (let missing = 0; missing <= BLOCKS; missing++) {
    for (let leased = 0; missing + leased <= BLOCKS; leased++) {
      for (let received = 0; missing + leased + received <= BLOCKS; received++) {
        all.push({missing, leased, received, stored: BLOCKS - missing - leased - received});
      }
    }
  }
  return all;
}

function parentThat(hears: (report: FragmentReport) => void): ActorRef<Snapshot<unknown>, FragmentReport> {
  return createActor(fromCallback<FragmentReport>(({receive}) => receive(hears)));
}
