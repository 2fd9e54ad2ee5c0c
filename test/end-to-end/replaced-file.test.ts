import assert from 'node:assert/strict';
import {renameSync, statSync, utimesSync} from 'node:fs';
import {type TestContext, test} from 'node:test';

import type {ChaosProxy} from '../support/chaos-proxy.js';
import {writeRandomFile} from '../support/files.js';
import type {RunningServer} from '../support/processes.js';
import {assertFails, assertNoFinalFile, assertOnlyFile, MIB, Scene, servedRoot} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 40 * MIB;
const RATE = {toClient: {bytesPerSecond: 20_000_000}};
/** The folder is looked at every 2 s and a file must be quiet for 2 s; the rest is room for a slow machine. */
const REINDEX_DEADLINE_MS = 60_000;

test('a file that is renamed over between stop and resume arrives whole in its new version', async (t) => {
  const {scene, original, servers, proxies, folder} = await stoppedHalfway(t);
  await replaced(scene, servers, () => {
    writeRandomFile(`${scene.folder}/new.bin`, SIZE, 2);
    renameSync(`${scene.folder}/new.bin`, original);
  });

  await scene.download('x.zip', proxies, [], folder);

  assertOnlyFile(folder, 'x.zip', original);
});

test('a file written over in place with its old time restored is never mixed with what was there', async (t) => {
  const {scene, original, servers, proxies, folder, oldRoot} = await stoppedHalfway(t);
  const {atime, mtime} = statSync(original);
  await replaced(scene, servers, () => {
    writeRandomFile(original, SIZE, 3);
    utimesSync(original, atime, mtime);
  });

  const pinned = await scene.start('x.zip', proxies, ['--root', oldRoot], folder).exit();
  assertFails(pinned, 5, new RegExp(oldRoot.slice(0, 8)));
  assertNoFinalFile(folder);

  await scene.download('x.zip', proxies, [], folder);
  assertOnlyFile(folder, 'x.zip', original);
});

test('a file replaced on all servers in the middle of a download never ends as a mixture', async (t) => {
  const scene = new Scene(t, 'middle');
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(2, ['x.zip']);
  const oldRoot = servedRoot(scene.served, 'x.zip');
  const slow = {toClient: {bytesPerSecond: 1_500_000}};
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, slow)));
  const download = scene.start('x.zip', proxies);
  await until('the first bytes', 30_000, () => proxies.every(({counts}) => counts.toClient > MIB));
  await replaced(scene, servers, () => writeRandomFile(original, SIZE, 4));
  for (const proxy of proxies) proxy.change({});

  assertFails(await download.exit(), 5, /replaced/i);

  assertNoFinalFile(download.folder);
  assert.notEqual(servedRoot(scene.served, 'x.zip'), oldRoot);
  await scene.download('x.zip', proxies, [], download.folder);
  assertOnlyFile(download.folder, 'x.zip', original);
});

interface Stopped {
  readonly scene: Scene;
  readonly original: string;
  readonly servers: readonly RunningServer[];
  readonly proxies: readonly ChaosProxy[];
  readonly folder: string;
  readonly oldRoot: string;
}

/** Two servers on one folder, and a download from them that was interrupted in the middle. */
async function stoppedHalfway(t: TestContext): Promise<Stopped> {
  const scene = new Scene(t, 'replaced');
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(2, ['x.zip']);
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, RATE)));
  const download = scene.start('x.zip', proxies);
  proxies[0]?.whenDelivered(SIZE / 4, () => download.running.signal('SIGINT'));
  const exit = await download.exit();
  assert.equal(exit.code, 130, exit.stderr);
  assertNoFinalFile(download.folder);
  const oldRoot = servedRoot(scene.served, 'x.zip');
  return {scene, original, servers, proxies, folder: download.folder, oldRoot};
}

/** Changes the served file and waits until the new version is what every server offers. */
async function replaced(scene: Scene, servers: readonly RunningServer[], change: () => void): Promise<void> {
  const before = servedRoot(scene.served, 'x.zip');
  change();
  const root = await until('the new version in the index', REINDEX_DEADLINE_MS, () => {
    try {
      const now = servedRoot(scene.served, 'x.zip');
      return now !== before && now;
    } catch {
      return false;
    }
  });
  await Promise.all(servers.map((server) => server.says(new RegExp(root.slice(0, 8)), REINDEX_DEADLINE_MS)));
}
