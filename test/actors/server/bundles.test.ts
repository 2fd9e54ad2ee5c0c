import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {after, test} from 'node:test';
import {blockDigest, fragmentDigest, rootOf} from '../../../src/protocol/digests.js';
import {BUNDLE_FEATURE, type BundleFile, type EndStatus} from '../../../src/protocol/messages.js';
import type {Cleanup} from '../../support/files.js';
import {RawClient} from '../../support/raw-client.js';
import {
  bytesOf,
  closeSharedWorkers,
  folderWith,
  put,
  startTestServer,
  type TestServerOptions,
  TINY,
} from '../../support/test-server.js';

after(closeSharedWorkers);

test('a bundle brings every file whole and in order, empty ones included', async (t) => {
  const sizes = [0, 1, 7, 300, 0, 200];
  const files = Object.fromEntries(sizes.map((size, index) => [`d/ö ${index}.bin`, bytesOf(size, index)]));
  const {client} = await greeted(t, files);
  const answer = await bundle(client, 1, Object.entries(files).map(wanted));
  assert.ok(answer.status.kind === 'delivered');
  assert.deepEqual(
    answer.status.outcomes.map(({kind}) => kind),
    sizes.map(() => 'sent'),
  );
  assert.deepEqual(answer.indices, [1, 2, 3, 5]);
  assert.ok(answer.bytes.equals(Buffer.concat(Object.values(files))));
});

test('files that fill one block together come, whatever their headers take', async (t) => {
  const files = Object.fromEntries(
    Array.from({length: 64}, (_, index) => [`${index}.bin`, bytesOf(TINY.blockBytes / 64, index)]),
  );
  const {client} = await greeted(t, files);
  const answer = await bundle(client, 1, Object.entries(files).map(wanted));
  assert.deepEqual(
    answer.indices,
    Array.from({length: 64}, (_, index) => index),
  );
  assert.ok(answer.bytes.equals(Buffer.concat(Object.values(files))));
});

test('what cannot be sent is told file by file, and the others come', async (t) => {
  const files = {
    'a.bin': bytesOf(100, 1),
    'large.bin': bytesOf(TINY.blockBytes + 1, 2),
    'b.bin': bytesOf(600, 3),
    'c.bin': bytesOf(TINY.blockBytes - 699, 4),
    'd.bin': bytesOf(99, 5),
  };
  const {client} = await greeted(t, files);
  const other = {name: 'a.bin', root: wanted(['', files['b.bin']]).root};
  const hidden = {name: '../a.bin', root: other.root};
  const asked = Object.entries(files).map(wanted);
  const answer = await bundle(client, 1, [hidden, other, ...asked]);
  assert.ok(answer.status.kind === 'delivered');
  assert.deepEqual(
    answer.status.outcomes.map((outcome) => (outcome.kind === 'sent' ? 'sent' : outcome.code)),
    ['file-not-found', 'stale-root', 'sent', 'bad-request', 'sent', 'bad-request', 'sent'],
  );
  assert.deepEqual(answer.indices, [2, 4, 6]);
});

test('a file that was replaced on the disk is left out of the middle, and its neighbours are right', async (t) => {
  const files = {'a.bin': bytesOf(100, 1), 'b.bin': bytesOf(100, 2), 'c.bin': bytesOf(100, 3)};
  const {client, folder} = await greeted(t, files, {inPlace: true});
  put(folder, 'b.bin', bytesOf(100, 9));
  const answer = await bundle(client, 1, Object.entries(files).map(wanted));
  assert.ok(answer.status.kind === 'delivered');
  assert.equal(answer.status.outcomes[1]?.kind, 'refused');
  assert.deepEqual(answer.indices, [0, 2]);
  assert.ok(answer.bytes.equals(Buffer.concat([files['a.bin'], files['c.bin']])));
});

test('bundles need a slot as fetches do', async (t) => {
  const files = {'a.bin': bytesOf(100, 1)};
  const {client, port} = await greeted(t, files, {maxTransfers: 1});
  const asked = Object.entries(files).map(wanted);
  assert.equal((await bundle(client, 1, asked)).status.kind, 'delivered');
  const second = await RawClient.connect(t, port);
  await second.greet(1, 1, [BUNDLE_FEATURE]);
  assert.equal((await bundle(second, 1, asked)).status.kind, 'busy');
});

test('a bundle from a client that did not name the feature is refused, and the connection closed', async (t) => {
  const files = {'a.bin': bytesOf(100, 1)};
  const {port} = await greeted(t, files);
  const client = await RawClient.greeted(t, port);
  client.send({type: 'bundle', id: 1, files: Object.entries(files).map(wanted)});
  const reply = await client.message();
  assert.ok(reply.type === 'error' && reply.refusal.code === 'bad-request');
  await client.closed();
});

test('the server names the feature to those who named it, and nothing they did not name', async (t) => {
  const {port} = await greeted(t, {});
  const client = await RawClient.connect(t, port);
  const welcome = await client.greet(1, 1, ['example', BUNDLE_FEATURE]);
  assert.ok(welcome.type === 'welcome');
  assert.deepEqual(welcome.features, [BUNDLE_FEATURE]);
});

async function greeted(t: Cleanup, files: Readonly<Record<string, Buffer>>, options: TestServerOptions = {}) {
  const folder = folderWith(t, files);
  const server = await startTestServer(t, folder, options);
  for (const name of Object.keys(files)) await server.ready(name);
  const client = await RawClient.connect(t, server.port);
  await client.greet(1, 1, [BUNDLE_FEATURE]);
  return {client, folder, port: server.port};
}

async function bundle(
  client: RawClient,
  id: number,
  files: readonly BundleFile[],
): Promise<{readonly indices: readonly number[]; readonly bytes: Buffer; readonly status: EndStatus}> {
  client.send({type: 'bundle', id, files});
  const {blocks: indices, bytes, status} = await client.fetched(id);
  return {indices, bytes, status};
}

/** The file as a client knows it: its name, and the root of a file of at most one block. */
function wanted([name, content]: readonly [string, Buffer]): BundleFile {
  const size = content.length;
  const blocks = Array.from({length: Math.ceil(size / TINY.blockBytes)}, (_, block) =>
    blockDigest(content.subarray(block * TINY.blockBytes, (block + 1) * TINY.blockBytes)),
  );
  const fragmentDigests = size === 0 ? Buffer.alloc(0) : fragmentDigest(Buffer.concat(blocks));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return {name, root: rootOf({size, geometry: TINY, sha256, fragmentDigests})};
}
