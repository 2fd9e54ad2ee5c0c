import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';

import type {ChaosProxy} from '../support/chaos-proxy.js';
import {asOtherServer} from '../support/other-server.js';
import {assertOnlyFile, type Finished, MIB, Scene} from '../support/scenario.js';

const FAST = [40_000_000, 20_000_000, 10_000_000];
/** A block takes it almost a minute. */
const CRAWLING = 20_000;
/** Only a crawling server that is waited for takes this long. */
const HELD_UP_MS = 40_000;

test('a crawling server among fast ones does not hold up the end', async (t) => {
  const size = 300 * MIB;
  const {finished, proxies} = await fromRates(t, size, [...FAST, CRAWLING]);
  const {result} = finished;
  const idealMs = (size / FAST.reduce((sum, rate) => sum + rate, 0)) * 1_000;
  t.diagnostic(
    `${Math.round(result.elapsedMs)} ms, ideal ${Math.round(idealMs)} ms, wasted ${result.wastedBytes}`,
  );
  assert.ok(result.elapsedMs < HELD_UP_MS, `took ${result.elapsedMs} ms`);
  assertWithinBudget(finished, size, proxies.length);
});

test('a file of a few blocks does not wait for the crawling server either', async (t) => {
  const size = 5 * MIB;
  const {finished, proxies} = await fromRates(t, size, [...FAST, CRAWLING]);
  t.diagnostic(`${Math.round(finished.result.elapsedMs)} ms`);
  assert.ok(finished.result.elapsedMs < HELD_UP_MS / 2, `took ${finished.result.elapsedMs} ms`);
  assertWithinBudget(finished, size, proxies.length);
});

test('a server that falls to a hundredth of its rate in the middle is worked around', async (t) => {
  const size = 120 * MIB;
  const {finished, proxies} = await fromRates(t, size, [30_000_000, 30_000_000, 30_000_000], (all) => {
    all[1]?.whenDelivered(size / 6, () => all[1]?.change({toClient: {bytesPerSecond: 300_000}}));
  });
  t.diagnostic(`${Math.round(finished.result.elapsedMs)} ms`);
  assert.ok(finished.result.elapsedMs < HELD_UP_MS, `took ${finished.result.elapsedMs} ms`);
  assertWithinBudget(finished, size, proxies.length);
});

test('forty dripping servers among sixty leave the work to the four fast ones', async (t) => {
  const size = 120 * MIB;
  const fast = Array.from({length: 4}, () => 30_000_000);
  const dripping = Array.from({length: 40}, () => 10_000);
  const middling = Array.from({length: 16}, () => 200_000);
  const {finished} = await fromRates(t, size, [...dripping, ...middling, ...fast]);
  t.diagnostic(`${Math.round(finished.result.bytesPerSecond / 1e6)} MB/s where the four alone have 120`);
  assert.ok(finished.result.elapsedMs < HELD_UP_MS, `took ${finished.result.elapsedMs} ms`);
});

/** A file from as many servers as rates, one process behind all of them. */
async function fromRates(
  t: TestContext,
  size: number,
  rates: readonly number[],
  prepare: (proxies: readonly ChaosProxy[]) => void = () => {},
): Promise<{finished: Finished; proxies: readonly ChaosProxy[]}> {
  const scene = new Scene(t, 'rates');
  const original = scene.offer('x.zip', size);
  const server = await scene.server(['x.zip'], ['--max-transfers', '500']);
  const proxies = await Promise.all(
    rates.map((bytesPerSecond, index) =>
      scene.proxy(server, {...asOtherServer(index + 1), toClient: {bytesPerSecond}}),
    ),
  );
  prepare(proxies);
  const finished = await scene.download('x.zip', proxies);
  assertOnlyFile(finished.folder, 'x.zip', original);
  for (const report of finished.result.servers)
    assert.equal(report.banned, null, `${report.address} was banned`);
  return {finished, proxies};
}

/** Second copies: the largest of 1 % of the file, two blocks a connection, 32 blocks; and they are told. */
function assertWithinBudget({exit, result}: Finished, size: number, connections: number): void {
  const budget = Math.max(size / 100, 2 * connections * MIB, 32 * MIB);
  assert.ok(result.wastedBytes <= budget, `wasted ${result.wastedBytes} of at most ${budget}`);
  if (result.wastedBytes > 0) assert.match(exit.stderr, /in vain/);
}
