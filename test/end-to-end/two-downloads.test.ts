import assert from 'node:assert/strict';
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';

import type {ChaosProxy} from '../support/chaos-proxy.js';
import {contentsOf} from '../support/files.js';
import {assertFails, assertOnlyFile, type Download, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 40 * MIB;
const RATE = {toClient: {bytesPerSecond: 10_000_000}};
const DEADLINE_MS = 30_000;

test('a second download of the same output ends at once with exit 8, the first is not disturbed', async (t) => {
  const {scene, original, proxies, first} = await running(t);
  const second = scene.start('x.zip', proxies, [], first.folder);
  assertFails(await second.exit(), 8, /x\.zip/);
  assert.equal(first.running.ended, false, 'the first had ended before the second');
  await first.finished();
  assertOnlyFile(first.folder, 'x.zip', original);
});

test('two downloads whose lock was broken both end, and the file is right', async (t) => {
  const {scene, original, proxies, first} = await running(t);
  const lock = readdirSync(first.folder).find((name) => name.endsWith('.fdl-lock'));
  assert.ok(lock !== undefined, 'no lock');
  rmSync(join(first.folder, lock));
  const second = scene.start('x.zip', proxies, [], first.folder);
  const exits = await Promise.all([first.exit(), second.exit()]);
  const codes = exits.map(({code}) => code);
  assert.ok(
    codes.includes(0),
    `exit codes ${codes.join(', ')}:\n${exits.map(({stderr}) => stderr).join('\n')}`,
  );
  assertOnlyFile(first.folder, 'x.zip', original);
});

test('an output that appears meanwhile: exit 8, it is left alone and the verified part is kept', async (t) => {
  const {scene, original, proxies, first} = await running(t);
  writeFileSync(join(first.folder, 'x.zip'), 'mine');
  assertFails(await first.exit(), 8, /x\.zip/);
  assert.equal(readFileSync(join(first.folder, 'x.zip'), 'utf8'), 'mine');
  assert.ok(
    contentsOf(first.folder).some((name) => name.endsWith('.fdl-part')),
    'the part is gone',
  );

  rmSync(join(first.folder, 'x.zip'));
  const {result} = await scene.download('x.zip', proxies, [], first.folder);
  assertOnlyFile(first.folder, 'x.zip', original);
  assert.equal(result.storedBytes, 0, 'something was fetched again');
});

/** A download that has brought its first bytes. */
async function running(t: TestContext): Promise<{
  scene: Scene;
  original: string;
  proxies: readonly ChaosProxy[];
  first: Download;
}> {
  const scene = new Scene(t, 'two');
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(2, ['x.zip']);
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, RATE)));
  const first = scene.start('x.zip', proxies);
  await until('the first bytes', DEADLINE_MS, () => proxies.some(({counts}) => counts.toClient > 2 * MIB));
  return {scene, original, proxies, first};
}
