import assert from 'node:assert/strict';
import {test} from 'node:test';

import {assertFails, assertNoFinalFile, assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {emptyDisk, fillDisk, smallDisk, whenStored} from '../support/small-disk.js';

const SIZE = 48 * MIB;
const RATE = {toClient: {bytesPerSecond: 20_000_000}};
/** No whole number of blocks: the disk is full in the middle of one. */
const LEFT_BYTES = 5 * MIB + 300 * 1024;

test('a disk that fills in the middle of a block: exit 7; with room again the same command completes', async (t) => {
  const scene = new Scene(t, 'full');
  const small = smallDisk(scene, 64);
  if (small === undefined) return t.skip('not run here: needs the right to mount a tmpfs');
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(2, ['x.zip']);
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, RATE)));

  const download = scene.start('x.zip', proxies, [], small);
  await whenStored(small, 6 * MIB);
  fillDisk(small, LEFT_BYTES);
  const exit = await download.exit();

  assertFails(exit, 7, /the disk is full .*x\.zip\S*; \d+(\.\d+)? MB more must fit/);
  emptyDisk(small);
  assertNoFinalFile(small);
  const {result} = await scene.download('x.zip', proxies, [], small);
  assertOnlyFile(small, 'x.zip', original);
  assert.ok(result.resumedBytes >= 6 * MIB, `only ${result.resumedBytes} bytes were kept`);
});

test('a disk that is too small from the start: exit 7 before anything is fetched', async (t) => {
  const scene = new Scene(t, 'small');
  const small = smallDisk(scene, 16);
  if (small === undefined) return t.skip('not run here: needs the right to mount a tmpfs');
  scene.offer('x.zip', SIZE);
  const server = await scene.server(['x.zip']);
  const proxy = await scene.proxy(server);

  assertFails(
    await scene.start('x.zip', [proxy], [], small).exit(),
    7,
    /x\.zip needs 50\.3 MB more, \d+(\.\d+)? MB are free/,
  );

  assert.equal(proxy.tap.dataBytes, 0);
  assertNoFinalFile(small);
});
