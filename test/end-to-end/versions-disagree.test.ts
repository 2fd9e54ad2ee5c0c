import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {type TestContext, test} from 'node:test';

import {FDL1_GEOMETRY} from '../../src/geometry.js';
import {encodeClient, encodeServer} from '../../src/protocol/codec.js';
import {blockDigest, fragmentDigest, rootOf} from '../../src/protocol/digests.js';
import type {ProxyOptions} from '../support/chaos-proxy.js';
import {sha256Of} from '../support/files.js';
import type {RunningServer} from '../support/processes.js';
import {assertFails, assertNoFinalFile, assertOnlyFile, MIB, Scene, servedRoot} from '../support/scenario.js';

const SIZE = 6 * MIB;

test('servers with different versions of one file: exit 5, naming which server has which', async (t) => {
  const {scene, servers, roots} = await twoVersions(t);

  const download = scene.start('x.zip', servers);
  const exit = await download.exit();

  assertFails(exit, 5);
  for (const [index, server] of servers.entries()) {
    const root = roots[index] ?? 'none';
    const line = exit.stderr
      .split('\n')
      .find((text) => text.includes(server.address) && text.includes(root.slice(0, 8)));
    assert.ok(line !== undefined, `${server.address} and ${root} in one line of:\n${exit.stderr}`);
  }
  assertNoFinalFile(download.folder);
});

test('with --root a download completes from the server that has that version, and from it alone', async (t) => {
  const {scene, originals, servers, roots} = await twoVersions(t);
  for (const [index, root] of roots.entries()) {
    const {result, folder} = await scene.download('x.zip', servers, ['--root', root]);
    assertOnlyFile(folder, 'x.zip', originals[index] ?? '');
    assert.equal(result.root, root);
    assert.equal(result.servers[1 - index]?.bytes, 0);
    assert.equal(result.servers[1 - index]?.otherVersion, roots[1 - index]);
  }
});

test('with --sha256 a download completes from the server whose file has it', async (t) => {
  const {scene, originals, servers} = await twoVersions(t);
  for (const original of originals) {
    const {result, folder} = await scene.download('x.zip', servers, ['--sha256', sha256Of(original)]);
    assertOnlyFile(folder, 'x.zip', original);
    assert.equal(result.sha256Verified, true);
  }
});

test('a pin that no server has: exit 5', async (t) => {
  const {scene, servers} = await twoVersions(t);
  const none = 'ab'.repeat(32);
  for (const pin of ['--root', '--sha256']) {
    const download = scene.start('x.zip', servers, [pin, none]);
    assertFails(await download.exit(), 5);
    assertNoFinalFile(download.folder);
  }
});

test('a server that claims the pinned SHA-256 for other bytes: exit 6 and no final file', async (t) => {
  const scene = new Scene(t, 'liar');
  const original = scene.offer('x.zip', SIZE);
  const server = await scene.server(['x.zip']);
  const pinned = 'cd'.repeat(32);
  const liar = await scene.proxy(server, claiming(pinned, original, servedRoot(scene.served, 'x.zip')));

  const download = scene.start('x.zip', [liar], ['--sha256', pinned]);

  assertFails(await download.exit(), 6, /sha-?256/i);
  assertNoFinalFile(download.folder);
  assert.ok(liar.tap.dataBytes >= SIZE, 'it was refused before its bytes could be checked');
});

async function twoVersions(t: TestContext): Promise<{
  scene: Scene;
  originals: string[];
  servers: RunningServer[];
  roots: string[];
}> {
  const scene = new Scene(t, 'versions');
  const folders = [scene.newFolder('one'), scene.newFolder('two')];
  const originals = folders.map((folder, index) => scene.offer('x.zip', SIZE, index + 1, folder));
  const servers = await Promise.all(folders.map((folder) => scene.server(['x.zip'], [], folder)));
  return {scene, originals, servers, roots: folders.map((folder) => servedRoot(folder, 'x.zip'))};
}

/**
 * Makes an honest server a liar: its manifest names `sha256`, with a root that fits this claim and its real digests, so
 * that nothing but a hash of the whole file can show the lie.
 */
function claiming(sha256: string, original: string, realRoot: string): ProxyOptions {
  const bytes = readFileSync(original);
  const blocks = Array.from({length: Math.ceil(bytes.length / MIB)}, (_, block) =>
    blockDigest(bytes.subarray(block * MIB, (block + 1) * MIB)),
  );
  const fragmentDigests = fragmentDigest(Buffer.concat(blocks));
  const liesRoot = rootOf({size: bytes.length, geometry: FDL1_GEOMETRY, sha256, fragmentDigests});
  return {
    control: ({message}) => {
      if (message?.type === 'manifestReply') {
        return {replace: [encodeServer({...message, sha256, root: liesRoot})]};
      }
      if (message !== null && 'root' in message && message.root === liesRoot) {
        return {replace: [encodeClient({...message, root: realRoot})]};
      }
      return 'pass';
    },
  };
}
