import assert from 'node:assert/strict';
import {describe, type TestContext, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';

import type {ChaosProxy} from '../support/chaos-proxy.js';
import type {RunningServer} from '../support/processes.js';
import {assertOnlyFile, type Download, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 150 * MIB;
const RATE = {toClient: {bytesPerSecond: 15_000_000}};
/** Longer than the 15 s after which a silent connection is closed and dialled anew. */
const PAUSE_MS = 20_000;
/** Hardly anything is fetched twice: what was under way on three connections, and the budget of second copies. */
const WASTED_BYTES_MAX = 48 * MIB;
const DEADLINE_MS = 60_000;

// Mostly waiting, so side by side.
describe('processes that are stopped', {concurrency: true}, () => {
  test('one of three servers is stopped for good: the others take over', async (t) => {
    const {scene, servers, proxies, original} = await threeServers(t);
    const download = scene.start('x.zip', proxies);
    proxies[1]?.whenDelivered(SIZE / 10, () => servers[1]?.signal('SIGSTOP'));
    await assertComplete(download, original);
  });

  test('all servers are stopped for 20 s: the download goes on by itself and bans nobody', async (t) => {
    const {scene, servers, proxies, original} = await threeServers(t);
    const download = scene.start('x.zip', proxies);
    await halfway(proxies);
    for (const server of servers) server.signal('SIGSTOP');
    await pause(PAUSE_MS);
    for (const server of servers) server.signal('SIGCONT');
    await assertComplete(download, original);
  });

  test('the client itself is stopped for 20 s: it goes on and blames nobody', async (t) => {
    const {scene, proxies, original} = await threeServers(t);
    const download = scene.start('x.zip', proxies);
    await halfway(proxies);
    download.running.signal('SIGSTOP');
    await pause(PAUSE_MS);
    download.running.signal('SIGCONT');
    await assertComplete(download, original);
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

async function assertComplete(download: Download, original: string): Promise<void> {
  const {result, folder} = await download.finished();
  assertOnlyFile(folder, 'x.zip', original);
  for (const server of result.servers) assert.equal(server.banned, null, `${server.address} was banned`);
  assert.ok(result.wastedBytes <= WASTED_BYTES_MAX, `${result.wastedBytes} bytes were fetched in vain`);
}
