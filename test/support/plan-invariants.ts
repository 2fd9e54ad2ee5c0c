/** What must hold of a plan after every event, whatever happened. */

import assert from 'node:assert/strict';
import {ACTIVE_MAX, DIALS_MAX, FETCHES_OUT_MAX} from '../../src/limits.js';
import {HEDGED, LEASED, MISSING, RECEIVED, STORED} from '../../src/machines/plan/blocks.js';
import {type ConnectionRow, holdsFragment} from '../../src/machines/plan/fleet.js';
import type {Plan} from '../../src/machines/plan/plan.js';
import {blocksInTime, Forecast} from '../../src/machines/plan/tail.js';

/** Throws an AssertionError that names what does not hold. */
export function checkInvariants(plan: Plan): void {
  checkLimits(plan);
  checkServers(plan);
  if (!plan.hasBlocks) return;
  checkCounts(plan);
  checkHolders(plan);
}

function checkLimits(plan: Plan): void {
  const {fleet} = plan;
  assert.ok(fleet.count('connecting') <= DIALS_MAX, `${fleet.count('connecting')} dials at once`);
  if (plan.stage.kind === 'fetching') {
    assert.ok(fleet.count('ready') <= ACTIVE_MAX, `${fleet.count('ready')} connections at work`);
  }
  for (const row of fleet.connections) {
    assert.ok(row.fetches.length <= FETCHES_OUT_MAX, `${row.fetches.length} fetches out on one connection`);
    if (row.state !== 'ready') assert.equal(row.lease, null, `a lease on a connection that is ${row.state}`);
    if (row.state === 'lost' || row.state === 'connecting')
      assert.equal(row.fetches.length, 0, `fetches out on a connection that is ${row.state}`);
  }
}

function checkServers(plan: Plan): void {
  for (const server of plan.fleet.servers) {
    const {kind} = server.state;
    const states = server.connections.map(({state}) => state);
    const what = `server ${server.index} is ${kind}, its connections are ${states.join(', ')}`;
    assert.ok(server.connections.length <= plan.options.connectionsMax, what);
    for (const row of server.connections) assert.equal(plan.fleet.connection(row.id), row, what);
    if (kind === 'open') assert.ok(states.length > 0 && !states.every((state) => state === 'lost'), what);
    else if (kind === 'connecting') assert.deepEqual(states, ['connecting'], what);
    else if (kind === 'lost')
      assert.ok(
        states.every((state) => state === 'lost'),
        what,
      );
    else if (kind === 'busy')
      assert.ok(
        states.every((state) => state === 'busy' || state === 'leaving'),
        what,
      );
    else assert.deepEqual(states, [], what);
    assert.equal(plan.standby.includes(server), kind === 'standby', what);
  }
  assert.equal(new Set(plan.standby).size, plan.standby.length, 'a server stands by twice');
}

/** Counts kept along the way are what a recount gives. */
function checkCounts(plan: Plan): void {
  const {blocks} = plan;
  const all = {missing: 0, leased: 0, received: 0, stored: 0, storedBytes: 0};
  for (let fragment = 1; fragment <= blocks.fragments; fragment++) {
    const counted = {missing: 0, leased: 0, received: 0, stored: 0};
    for (let block = 0; block < blocks.blocksOf(fragment); block++) {
      const state = blocks.stateOf(fragment, block);
      if (state === STORED) all.storedBytes += blocks.lengthOf(fragment, block);
      counted[NAMES[state]]++;
    }
    assert.deepEqual({...blocks.countsOf(fragment)}, counted, `counts of fragment ${fragment}`);
    for (const name of new Set(Object.values(NAMES))) all[name] += counted[name];
  }
  assert.equal(all.missing + all.leased + all.received + all.stored, blocks.total);
  assert.equal(blocks.missingBlocks, all.missing);
  assert.equal(blocks.leasedBlocks, all.leased);
  assert.equal(blocks.hasReceived, all.received > 0);
  assert.equal(blocks.isComplete, all.stored === blocks.total);
  assert.equal(blocks.storedBytes, all.storedBytes);
  assert.equal(blocks.storedBytes, plan.resumedBytes + plan.storedBytes);
}

const NAMES = {
  [MISSING]: 'missing',
  [LEASED]: 'leased',
  [HEDGED]: 'leased',
  [RECEIVED]: 'received',
  [STORED]: 'stored',
} as const;

/** Every block on its way is in one hand, or in two when it is hedged; nobody has one that is missing. */
function checkHolders(plan: Plan): void {
  const {blocks} = plan;
  const asked = new Map<string, number>();
  const leased = new Map<string, number>();
  for (const row of plan.fleet.connections) {
    for (const {fragment, next, end} of row.fetches) note(asked, fragment, next, end);
    if (row.lease !== null) note(leased, row.lease.fragment, row.lease.next, row.lease.end);
  }
  for (let fragment = 1; fragment <= blocks.fragments; fragment++) {
    for (let block = 0; block < blocks.blocksOf(fragment); block++) {
      const key = `${fragment}/${block}`;
      const hands = (asked.get(key) ?? 0) + (leased.get(key) ?? 0);
      const state = blocks.stateOf(fragment, block);
      const what = `block ${key} is ${state}, in ${hands} hands`;
      if (state === MISSING) assert.equal(hands, 0, what);
      else if (state === LEASED) assert.equal(hands, 1, what);
      else if (state === HEDGED) {
        assert.equal(hands, 2, what);
        assert.equal(leased.get(key) ?? 0, 0, `${what}: only what was asked for is hedged`);
      } else assert.equal(leased.get(key) ?? 0, 0, what);
    }
  }
}

function note(held: Map<string, number>, fragment: number, first: number, end: number): void {
  for (let block = first; block < end; block++) {
    const key = `${fragment}/${block}`;
    held.set(key, (held.get(key) ?? 0) + 1);
  }
}

/** No healthy connection is idle while a block is missing that it could bring in time. */
export function checkWorkConserving(plan: Plan): void {
  if (plan.stage.kind !== 'fetching' || !plan.blocks.hasMissing) return;
  const forecast = new Forecast(plan);
  for (const row of plan.fleet.connections) {
    // A backup idles on purpose, until it is let go at the next tick.
    if (!isIdle(row) || row.server.role === 'backup') continue;
    const run = plan.blocks.nextMissing((fragment) => holdsFragment(row.server, fragment));
    if (run === null) continue;
    const inTime = blocksInTime(plan, row, run.fragment, forecast);
    assert.equal(
      inTime,
      0,
      `connection ${row.id} is idle, and block ${run.fragment}/${run.first} is missing`,
    );
  }
}

function isIdle(row: ConnectionRow): boolean {
  return row.state === 'ready' && !row.suspect && row.lease === null && row.fetches.length === 0;
}
