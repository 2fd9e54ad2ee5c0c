import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';

import {HEADER_BYTES} from '../../src/limits.js';
import {encodeClient} from '../../src/protocol/codec.js';
import {parseHeader} from '../../src/protocol/frame-reader.js';
import {BUNDLE_FEATURE, type ClientMessage, MAGIC} from '../../src/protocol/messages.js';
import {runFdl, startServer} from '../support/processes.js';
import {RawClient} from '../support/raw-client.js';
import {assertFails, assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SECRET = 'the secret of the outside';
const RED = '\u001b[31mred\u001b]0;title\u0007.bin';
/** More than a name may have on the wire, and less than a file system takes. */
const LONG = 'l'.repeat(230);
const DEADLINE_MS = 20_000;

/** What no client may have, whether it lies in the folder or not. */
const FORBIDDEN = [
  ...['../../etc/passwd', '../outside/secret', '..', '.', '', '/etc/passwd', '//etc/passwd', 'sub/../../x'],
  ...[
    'x.bin/',
    '/x.bin',
    './x.bin',
    'x.bin/.',
    'x.bin\u0000',
    'x.bin\u0000.txt',
    '..\\x.bin',
    'C:\\x',
    '~/x',
  ],
  ...['%2e%2e%2fx', 'file:///etc/passwd', '\u202ex.bin', 'x\u0301/../x.bin', '.hidden'],
  ...['link', 'linked-folder/secret', 'linked-folder', 'fifo', 'device', 'socket/x', RED, LONG, 'a\nb', 'a'],
  ...['fragments/x.bin/x1.bin', 'fragments/x.bin/index.json', 'x.fdl-part', 'a'.repeat(1_000)],
];

test('what is absent and what is forbidden is refused with the same bytes, and the server serves on', async (t) => {
  const scene = new Scene(t, 'forbidden');
  const original = scene.offer('x.bin', MIB);
  fillFolder(scene);
  const server = await startServer(scene.cleanup, scene.served);
  await server.says(/x\.bin is ready/);
  await server.says(/link is not offered: it is a link/);
  await server.says(/fifo is not offered: it is not a regular file/);
  const ask = await asker(t, server.port);

  const zeros = '0'.repeat(64);
  const absent = {
    manifest: await ask((id) => ({type: 'manifest', id, name: 'nowhere.bin'})),
    fetch: await ask((id) => fetchOf(id, 'nowhere.bin', zeros)),
    bundle: await ask((id) => ({type: 'bundle', id, files: [{name: 'nowhere.bin', root: zeros}]})),
  };
  // Of what is here the replies differ: the comparison below can fail.
  assert.notEqual(await ask((id) => ({type: 'manifest', id, name: 'x.bin'})), absent.manifest);
  assert.notEqual(await ask((id) => fetchOf(id, 'x.bin', zeros)), absent.fetch);
  for (const name of FORBIDDEN) {
    const shown = JSON.stringify(name);
    assert.equal(await ask((id) => ({type: 'manifest', id, name})), absent.manifest, `manifest of ${shown}`);
    assert.equal(await ask((id) => fetchOf(id, name, zeros)), absent.fetch, `fetch of ${shown}`);
    const files = [{name, root: zeros}];
    assert.equal(await ask((id) => ({type: 'bundle', id, files})), absent.bundle, `bundle of ${shown}`);
  }

  const {folder} = await scene.download('x.bin', [server]);
  assertOnlyFile(folder, 'x.bin', original);
  assert.ok(!server.ended);
  assert.ok(server.stderr.includes('\\u{1b}[31mred\\u{1b}]0;title\\u{7}.bin is not offered'), server.stderr);
  assertPlain(server.stderr);
  assert.ok(!server.stderr.includes(SECRET));
});

test('a client asked for such a name says what is wrong with it, in plain characters, before it connects', async (t) => {
  const scene = new Scene(t, 'asked');
  for (const name of ['../../etc/passwd', RED, LONG]) {
    const exit = await runFdl(t, ['download', '--server', '127.0.0.1:9', '--', name], {cwd: scene.folder});
    assertFails(exit, 2, /the file name (is|has|contains)/);
    assertPlain(exit.stderr);
  }
});

/** Everything that must not be served lies in the folder, as far as this user may make it. */
function fillFolder(scene: Scene): void {
  const outside = scene.newFolder('outside');
  writeFileSync(join(outside, 'secret'), SECRET);
  symlinkSync(join(outside, 'secret'), join(scene.served, 'link'));
  symlinkSync(outside, join(scene.served, 'linked-folder'));
  assert.equal(spawnSync('mkfifo', [join(scene.served, 'fifo')]).status, 0);
  spawnSync('mknod', [join(scene.served, 'device'), 'c', '1', '5']); // needs a privilege that not everyone has
  for (const name of [RED, LONG, 'a\nb', '.hidden', 'x.fdl-part'])
    writeFileSync(join(scene.served, name), SECRET);
  mkdirSync(join(scene.served, 'sub'));
  assert.ok(existsSync(join(scene.served, 'linked-folder', 'secret')));
}

function fetchOf(id: number, name: string, root: string): ClientMessage {
  return {type: 'fetch', id, name, root, fragment: 1, firstBlock: 0, count: 1};
}

/** Asks on one connection and gives the reply's bytes without its id, as hex. */
async function asker(
  t: TestContext,
  port: number,
): Promise<(of: (id: number) => ClientMessage) => Promise<string>> {
  const client = await RawClient.connect(t, port);
  client.socket.write(MAGIC);
  const welcome = await client.ask({
    type: 'hello',
    id: 0,
    minVersion: 1,
    maxVersion: 1,
    features: [BUNDLE_FEATURE],
    credentials: null,
  });
  assert.equal(welcome.type, 'welcome');
  let received = Buffer.alloc(0);
  let id = 1;
  client.socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
  });
  return async (of) => {
    const asked = id++;
    client.socket.write(encodeClient(of(asked)));
    const header = await until('a whole reply', DEADLINE_MS, () => {
      if (received.length < HEADER_BYTES) return null;
      const read = parseHeader(received);
      return received.length >= HEADER_BYTES + read.length ? read : null;
    });
    assert.equal(header.id, asked);
    const reply = Buffer.from(received.subarray(0, HEADER_BYTES + header.length));
    received = received.subarray(reply.length);
    reply.writeUInt32BE(0, 8);
    return reply.toString('hex');
  };
}

/** Nothing that a terminal would act on. */
function assertPlain(text: string): void {
  assert.doesNotMatch(text, /[^\n\P{C}]/u);
}
