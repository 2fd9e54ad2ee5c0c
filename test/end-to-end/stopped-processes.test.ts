import assert from 'node:assert/strict';
import {describe, type TestContext, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';

import {FETCH_BLOCKS_MAX, FETCHES_OUT_MAX, HEDGE_BLOCKS_MIN} from '../../src/limits.js';
import {blockHistory} from '../support/block-history.js';
import type {ChaosProxy} from '../support/chaos-proxy.js';
import type {RunningServer} from '../support/processes.js';
import {assertOnlyFile, type Download, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 150 * MIB;
const RATE = {toClient: {bytesPerSecond: 15_000_000}};
/** Longer than the 15 s after which a silent connection is closed and dialled anew. */
const PAUSE_MS = 20_000;
/** The budget of second copies, and beyond it what silent servers had been asked for. */
const HEDGED_MAX = HEDGE_BLOCKS_MIN + 3 * FETCHES_OUT_MAX * FETCH_BLOCKS_MAX;
const DEADLINE_MS = 60_000;

// Mostly waiting, so side by side.
describe('processes that are stopped', {concurrency: true}, () => {
  test('one of three servers is stopped for good: the others take over', async (t) => {
    const {scene, servers, proxies, original} = await threeServers(t);
    const download = scene.start('x.zip', proxies);
    proxies[1]?.whenDelivered(SIZE / 10, () => servers[1]?.signal('SIGSTOP'));
    await assertComplete(t, download, original, proxies);
  });

  test('all servers are stopped for 20 s: the download goes on by itself and bans nobody', async (t) => {
    const {scene, servers, proxies, original} = await threeServers(t);
    const download = scene.start('x.zip', proxies);
    await halfway(proxies);
    for (const server of servers) server.signal('SIGSTOP');
    await pause(PAUSE_MS);
    for (const server of servers) server.signal('SIGCONT');
    await assertComplete(t, download, original, proxies);
  });

  test('the client itself is stopped for 20 s: it goes on and blames nobody', async (t) => {
    const {scene, proxies, original} = await threeServers(t);
    const download = scene.start('x.zip', proxies);
    await halfway(proxies);
    download.running.signal('SIGSTOP');
    await pause(PAUSE_MS);
    download.running.signal('SIGCONT');
    await assertComplete(t, download, original, proxies);
  });
});

async function threeServers(t: TestContext): Promise<{
  scene: Scene;
  original: string;
  servers: readonly RunningServer[];
  proxies: readonly ChaosProxy[];
}> {
  const scene = new Scene(t, 'stopped');
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(3, ['x.zip']);
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, RATE)));
  return {scene, original, servers, proxies};
}

function halfway(proxies: readonly ChaosProxy[]): Promise<boolean> {
  return until('a third of the file', DEADLINE_MS, () => {
    return proxies.reduce((sum, proxy) => sum + proxy.counts.toClient, 0) > SIZE / 3;
  });
}

async function assertComplete(
  t: TestContext,
  download: Download,
  original: string,
  proxies: readonly ChaosProxy[],
): Promise<void> {
  const {result, folder} = await download.finished();
  assertOnlyFile(folder, 'x.zip', original);
  for (const server of result.servers) assert.equal(server.banned, null, `${server.address} was banned`);
  const {again, hedged, cut} = blockHistory(proxies.map(({tap}) => tap));
  assert.deepEqual(again, [], 'a block that had come whole was asked for again');
  assert.ok(hedged <= HEDGED_MAX, `${hedged} blocks were fetched twice at once`);
  const most = (hedged + cut) * MIB;
  assert.ok(result.wastedBytes <= most, `${result.wastedBytes} bytes in vain, at most ${most}`);
  t.diagnostic(
    `${Math.round(result.elapsedMs)} ms; ${result.wastedBytes} bytes in vain, ${hedged} blocks hedged, ${cut} cut`,
  );
}
