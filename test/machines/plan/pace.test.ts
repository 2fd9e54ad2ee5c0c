import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FDL1_GEOMETRY} from '../../../src/geometry.js';
import {TICK_MS} from '../../../src/limits.js';
import type {ConnectionRow} from '../../../src/machines/plan/fleet.js';
import {Plan} from '../../../src/machines/plan/plan.js';
import {progressOf} from '../../../src/machines/plan/progress.js';

const A_TICK_BYTES = 5_000_000;
/** What A_TICK_BYTES a tick is in a second. */
const RATE = (A_TICK_BYTES * 1000) / TICK_MS;

test('a rate is right from the first whole tick on, however long the servers were asked before', () => {
  const {tick} = start(1);
  tick([0], 20);
  assert.equal(tick([0]).bytesPerSecond, 0);
  // These may have come in the last moment of their tick.
  assert.equal(tick([A_TICK_BYTES / 10]).bytesPerSecond, 0);
  assert.equal(tick([A_TICK_BYTES]).bytesPerSecond, RATE);
  assert.equal(tick([A_TICK_BYTES]).servers[0]?.bytesPerSecond, RATE);
});

test('the rate of a server does not depend on how many connections it comes over', () => {
  const {plan, tick} = start(1);
  tick([A_TICK_BYTES], 10);
  const [server] = plan.fleet.servers;
  assert.ok(server !== undefined);
  asked(plan.fleet.open(server, plan.tickedAtMs));
  const row = server.connections[0] as ConnectionRow;
  assert.equal(Math.round(tick([A_TICK_BYTES], 4).servers[0]?.bytesPerSecond ?? 0), RATE);
  plan.fleet.close(row);
  assert.equal(Math.round(tick([A_TICK_BYTES], 4).servers[0]?.bytesPerSecond ?? 0), RATE);
});

test('a rate follows a change within seconds, and the time left more slowly', () => {
  const {tick} = start(1);
  tick([A_TICK_BYTES], 40);
  const before = tick([A_TICK_BYTES]).remainingMs ?? 0;
  const after = tick([0], 1_000 / TICK_MS);
  assert.equal(Math.round(after.bytesPerSecond / RATE / 0.05), 10, 'half of it after one half-life');
  const stretched = (after.remainingMs ?? 0) / before;
  assert.ok(stretched > 1.05 && stretched < 1.3, `${stretched}`);
});

test('a server of which nothing is asked has no rate, and starts anew when it is asked again', () => {
  const {plan, tick} = start(2);
  tick([A_TICK_BYTES, A_TICK_BYTES], 10);
  const row = plan.fleet.servers[1]?.connections[0] as ConnectionRow;
  const fetches = row.fetches.splice(0);
  assert.equal(tick([A_TICK_BYTES, 0], 8).servers[1]?.bytesPerSecond, 0);
  row.fetches.push(...fetches);
  tick([A_TICK_BYTES, 1]);
  assert.equal(tick([A_TICK_BYTES, A_TICK_BYTES]).servers[1]?.bytesPerSecond, RATE);
});

test('the time in which this process slept is not counted', () => {
  const {plan, tick} = start(1);
  tick([A_TICK_BYTES], 10);
  plan.tickedAtMs += 3_600_000;
  assert.equal(Math.round(tick([A_TICK_BYTES]).bytesPerSecond), RATE);
});

/** A plan that is fetching from so many servers; `tick` brings bytes, takes a picture, and does so `times`. */
function start(servers: number) {
  const plan = new Plan({
    file: 'x.zip',
    addresses: Array.from({length: servers}, (_, index) => `127.0.0.1:${9000 + index}`),
    pin: {root: null, sha256: null},
    geometry: FDL1_GEOMETRY,
    connectionsMax: 4,
    giveUpAfterMs: null,
    random: () => 0.5,
    startedAtMs: 0,
  });
  const hex = 'a'.repeat(64);
  plan.manifest = {size: 10 ** 12, geometry: FDL1_GEOMETRY, sha256: hex, root: hex, modifiedMs: 0};
  for (const server of plan.fleet.servers) asked(plan.fleet.open(server, 0));
  function tick(bytes: readonly number[], times = 1) {
    for (let count = 0; count < times; count++) {
      plan.tickedAtMs += TICK_MS;
      for (const [index, server] of plan.fleet.servers.entries()) server.bytes += bytes[index] ?? 0;
      progressOf(plan, plan.tickedAtMs);
    }
    return progressOf(plan, plan.tickedAtMs);
  }
  return {plan, tick};
}

function asked(row: ConnectionRow): void {
  row.fetches.push({ticket: row.id, fragment: 1, first: 0, end: 1, next: 0, isCancelled: false});
}
