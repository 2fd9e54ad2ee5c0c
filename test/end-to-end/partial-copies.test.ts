import assert from 'node:assert/strict';
import {cpSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';

import type {RunningServer} from '../support/processes.js';
import {assertFails, assertNoFinalFile, assertOnlyFile, MIB, Scene} from '../support/scenario.js';

const FRAGMENT = 100 * MIB;
const FRAGMENTS = 4;
const SIZE = 3 * FRAGMENT + 7 * MIB;

test('three partial copies that together are whole bring the file', async (t) => {
  const {scene, original, copy} = await fragmented(t, 'whole');
  const servers = [await copy('one', [1]), await copy('two', [2, 3]), await copy('three', [1, 4])];
  const {folder} = await scene.download('x.zip', servers);
  assertOnlyFile(folder, 'x.zip', original);
});

test('one fragment short: exit 4 naming it; a fourth copy completes what was kept', async (t) => {
  const {scene, original, copy} = await fragmented(t, 'short');
  const servers = [await copy('one', [1]), await copy('two', [2])];
  const three = await copy('three', [1, 4]);

  const download = scene.start('x.zip', [...servers, three]);
  assertFails(await download.exit(), 4, /fragment 3\b/);
  assertNoFinalFile(download.folder);

  const four = await copy('four', [3]);
  const {result} = await scene.download('x.zip', [...servers, three, four], [], download.folder);
  assertOnlyFile(download.folder, 'x.zip', original);
  assert.ok(result.resumedBytes >= SIZE - FRAGMENT, `only ${result.resumedBytes} bytes were kept`);
});

/** A file cut by a server, and a way to serve a copy of some of its fragments from another folder. */
async function fragmented(
  t: TestContext,
  label: string,
): Promise<{
  scene: Scene;
  original: string;
  copy: (name: string, fragments: readonly number[]) => Promise<RunningServer>;
}> {
  const scene = new Scene(t, label);
  const original = scene.offer('x.zip', SIZE);
  const source = await scene.server(['x.zip']);
  await source.stop();
  const copy = async (name: string, fragments: readonly number[]): Promise<RunningServer> => {
    const served = scene.newFolder(name);
    const folder = join(served, 'fragments', 'x.zip');
    cpSync(join(scene.served, 'fragments', 'x.zip'), folder, {recursive: true});
    for (let fragment = 1; fragment <= FRAGMENTS; fragment++) {
      if (!fragments.includes(fragment)) rmSync(join(folder, `x${fragment}.zip`));
    }
    const server = await scene.server(['x.zip'], [], served);
    // The index came with the copy; it is served once its fragments have been hashed here.
    await server.says(/x\.zip is ready/);
    return server;
  };
  return {scene, original, copy};
}
