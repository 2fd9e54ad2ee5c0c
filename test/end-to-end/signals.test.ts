import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';

import type {ChaosProxy} from '../support/chaos-proxy.js';
import {lastFirst} from '../support/files.js';
import {freezableDisk} from '../support/frozen-disk.js';
import {
  assertFails,
  assertNoFinalFile,
  assertOnlyFile,
  type Download,
  MIB,
  Scene,
} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 40 * MIB;
const RATE = {toClient: {bytesPerSecond: 10_000_000}};
const CODES = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129} as const;
const DEADLINE_MS = 30_000;

for (const [signal, code] of Object.entries(CODES) as [keyof typeof CODES, number][]) {
  test(`${signal}: exit ${code}, a word on how to go on, and the same command goes on`, async (t) => {
    const {scene, original, proxies, download} = await running(t);
    download.running.signal(signal);
    assertFails(await download.exit(), code, /same command|again/i);
    assertNoFinalFile(download.folder);
    const {result} = await scene.download('x.zip', proxies, [], download.folder);
    assertOnlyFile(download.folder, 'x.zip', original);
    assert.ok(result.resumedBytes > 0);
  });
}

test('a second Ctrl-C ends it at once', async (t) => {
  const {download, proxies} = await running(t);
  for (const proxy of proxies) proxy.freeze();
  download.running.signal('SIGINT');
  download.running.signal('SIGINT');
  const exit = await download.exit();
  assert.ok(exit.code === 130 || exit.signal !== null, `exit code ${exit.code}`);
  assertNoFinalFile(download.folder);
});

test('a second Ctrl-C ends it at once, also while the disk hangs', async (t) => {
  const disk = await freezableDisk(lastFirst(t));
  if (disk === undefined) return t.skip('not run here: needs /dev/fuse and the right to mount');
  const {download} = await running(t, disk.folder);
  disk.freeze();
  download.running.signal('SIGINT');
  await download.running.says(/stopping/i);
  download.running.signal('SIGINT');
  const exit = await download.exit();
  assert.ok(exit.code === 130 || exit.signal === 'SIGINT', `exit code ${exit.code}, signal ${exit.signal}`);
});

async function running(
  t: TestContext,
  into?: string,
): Promise<{
  scene: Scene;
  original: string;
  proxies: readonly ChaosProxy[];
  download: Download;
}> {
  const scene = new Scene(t, 'signals');
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(2, ['x.zip']);
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, RATE)));
  const download = scene.start('x.zip', proxies, [], into);
  await until('the first bytes', DEADLINE_MS, () => proxies.some(({counts}) => counts.toClient > 4 * MIB));
  return {scene, original, proxies, download};
}
