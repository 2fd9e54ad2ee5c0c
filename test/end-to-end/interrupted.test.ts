import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';

import {amount} from '../support/campaign.js';
import type {ChaosProxy} from '../support/chaos-proxy.js';
import {between, seededRandom} from '../support/random.js';
import {assertNoFinalFile, assertOnlyFile, type Download, MIB, Scene} from '../support/scenario.js';

const STOPS = amount(10, 4);
const SIZE = 220 * MIB;
const SERVERS = 3;
/** Far below what a client can read, so that hardly anything waits in the kernel's buffers when it is stopped. */
const RATE = {toClient: {bytesPerSecond: 30_000_000}};
/** What one stop may cost: 8 MiB, and 1 MiB a connection. */
const LOST_BYTES = 8 * MIB;
const LOST_BYTES_PER_CONNECTION = MIB;
/** Frame headers, digests and manifests of a run, and what was in the kernel when the client went. */
const OVERHEAD_BYTES = MIB;
const KERNEL_BYTES_PER_CONNECTION = MIB / 2;
/** After so much from one server something is stored, whatever a stop may cost: the first one comes then. */
const FIRST_STOP_AFTER_BYTES = 16 * MIB;

test('stopped many times with Ctrl-C, a download ends with the right bytes and fetches little twice', (t) =>
  stoppedManyTimes(t, 'SIGINT', 11));

test('killed many times, a download ends with the right bytes and fetches little twice', (t) =>
  stoppedManyTimes(t, 'SIGKILL', 12));

async function stoppedManyTimes(t: TestContext, signal: 'SIGINT' | 'SIGKILL', seed: number): Promise<void> {
  const random = seededRandom(seed);
  const scene = new Scene(t, signal.toLowerCase());
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(SERVERS, ['x.zip']);
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, RATE)));
  const folder = scene.newFolder('target');

  for (let stop = 0; stop < STOPS; stop++) {
    const download = scene.start('x.zip', proxies, [], folder);
    if (stop === 0) stopAfter(FIRST_STOP_AFTER_BYTES, download, signal, proxies[0]);
    else stopAtRandomMoment(download, signal, proxies, random);
    const exit = await download.exit();
    // Before node runs our first line a SIGINT has its default effect: for a shell that is 130 as well.
    if (signal === 'SIGINT') assert.ok(exit.code === 130 || exit.signal === 'SIGINT', exit.stderr);
    else assert.equal(exit.signal, 'SIGKILL', exit.stderr);
    assertNoFinalFile(folder);
  }
  const {result} = await scene.download('x.zip', proxies, [], folder);

  assertOnlyFile(folder, 'x.zip', original);
  assert.ok(result.resumedBytes > 0, 'nothing of the earlier runs was used');
  const fetched = proxies.reduce((sum, proxy) => sum + proxy.counts.toClient, 0);
  const connections = Math.ceil(
    proxies.reduce((sum, proxy) => sum + proxy.counts.connections, 0) / (STOPS + 1),
  );
  const perStop =
    LOST_BYTES + connections * (LOST_BYTES_PER_CONNECTION + KERNEL_BYTES_PER_CONNECTION) + OVERHEAD_BYTES;
  t.diagnostic(`fetched ${(fetched / SIZE).toFixed(3)} of the file over ${STOPS} stops`);
  assert.ok(fetched <= SIZE + STOPS * perStop, `${fetched} bytes for a file of ${SIZE}`);
}

/** Half of the moments are a time after the start (before and around the first byte), half an amount of bytes. */
function stopAtRandomMoment(
  download: Download,
  signal: NodeJS.Signals,
  proxies: readonly ChaosProxy[],
  random: () => number,
): void {
  if (random() < 0.4) {
    const timer = setTimeout(() => download.running.signal(signal), between(random, 0, 600));
    void download.running.exited.finally(() => clearTimeout(timer));
    return;
  }
  const proxy = proxies[between(random, 0, proxies.length - 1)];
  stopAfter(between(random, 1, 6 * MIB), download, signal, proxy);
}

function stopAfter(
  bytes: number,
  download: Download,
  signal: NodeJS.Signals,
  proxy: ChaosProxy | undefined,
): void {
  assert.ok(proxy !== undefined);
  proxy.whenDelivered(proxy.counts.toClient + bytes, () => download.running.signal(signal));
}
