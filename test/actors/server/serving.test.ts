import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {connect} from 'node:net';
import {after, test} from 'node:test';
import {FdlError} from '../../../src/errors.js';
import {fragmentCount, fragmentLength} from '../../../src/geometry.js';
import {FETCHES_OUT_MAX, REQUESTS_WAITING_MAX} from '../../../src/limits.js';
import {encodeClient} from '../../../src/protocol/codec.js';
import {blockDigest, fragmentDigest, rootOf} from '../../../src/protocol/digests.js';
import {type ClientMessage, MAGIC, type ServerMessage} from '../../../src/protocol/messages.js';
import type {Cleanup} from '../../support/files.js';
import {RawClient} from '../../support/raw-client.js';
import {
  bytesOf,
  closeSharedWorkers,
  folderWith,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  TINY,
} from '../../support/test-server.js';

after(closeSharedWorkers);

const NAMES = [
  'x.zip',
  'x1.zip',
  'data',
  'a.tar.gz',
  'with space.bin',
  'ünïcode €.bin',
  'sub/folder/deep.bin',
  'ends.',
];
const SIZES = [0, 1, TINY.fragmentBytes, TINY.fragmentBytes + 1, 3 * TINY.fragmentBytes - 7];

test('files of odd names and sizes come back byte for byte, and their digests are right', async (t) => {
  const files: Record<string, Buffer> = {};
  for (const name of NAMES) files[name] = bytesOf(SIZES[3] ?? 0, name.length);
  for (const size of SIZES) files[`size-${size}.bin`] = bytesOf(size, size);
  const {server} = await serving(t, files);
  const client = await RawClient.greeted(t, server.port);
  let id = 1;
  for (const [name, content] of Object.entries(files)) {
    const manifest = await client.ask({type: 'manifest', id: id++, name});
    assert.ok(manifest.type === 'manifestReply', name);
    const {root, size, sha256} = manifest;
    assert.equal(size, content.length);
    assert.equal(sha256, createHash('sha256').update(content).digest('hex'));
    const parts: Buffer[] = [];
    const digests: Buffer[] = [];
    for (let fragment = 1; fragment <= fragmentCount(size, TINY); fragment++) {
      const blocks = Math.ceil(fragmentLength(size, TINY, fragment) / TINY.blockBytes);
      const reply = await client.ask({type: 'blockDigests', id: id++, root, fragment});
      assert.ok(reply.type === 'blockDigestsReply');
      const fetched = await client.fetch({id: id++, name, root, fragment, firstBlock: 0, count: blocks});
      assert.deepEqual(fetched.status, {kind: 'ok'});
      const expected = Array.from({length: blocks}, (_, block) =>
        blockDigest(fetched.bytes.subarray(block * TINY.blockBytes, (block + 1) * TINY.blockBytes)),
      );
      assert.deepEqual(Buffer.from(reply.digests), Buffer.concat(expected));
      digests.push(fragmentDigest(reply.digests));
      parts.push(fetched.bytes);
    }
    assert.ok(Buffer.concat(parts).equals(content), name);
    assert.equal(rootOf({size, geometry: TINY, sha256, fragmentDigests: Buffer.concat(digests)}), root);
    const beyond = await client.fetch({
      id: id++,
      name,
      root,
      fragment: fragmentCount(size, TINY) + 1,
      firstBlock: 0,
      count: 1,
    });
    assert.deepEqual(beyond.status, {kind: 'complete'});
  }
});

test('listings come in pages, in the order of code points', async (t) => {
  const {server} = await serving(t, {b: 'b', a: 'a', c: 'c', ä: 'd'});
  const client = await RawClient.greeted(t, server.port);
  const first = await client.ask({type: 'list', id: 1, after: '', limit: 3});
  assert.ok(first.type === 'listing');
  assert.deepEqual(
    first.entries.map(({name}) => name),
    ['a', 'b', 'c'],
  );
  assert.equal(first.more, true);
  const second = await client.ask({type: 'list', id: 2, after: 'c', limit: 3});
  assert.ok(second.type === 'listing');
  assert.deepEqual(
    second.entries.map(({name, size, whole}) => [name, size, whole]),
    [['ä', 1, true]],
  );
  assert.equal(second.more, false);
});

test('what is not offered is not found, whatever it is', async (t) => {
  const {server} = await serving(t, {'a.bin': 'a', '.hidden': 'h', 'x.fdl-part': 'p'});
  const client = await RawClient.greeted(t, server.port);
  const names = [
    ...[
      '../a.bin',
      '/etc/passwd',
      '..',
      '.',
      '',
      'a.bin/',
      '/a.bin',
      './a.bin',
      'sub/../a.bin',
      '..\\a.bin',
      '%2e%2e/a.bin',
    ],
    ...[
      'a.bin\u0000',
      '.hidden',
      'x.fdl-part',
      'fragments/a.bin/index.json',
      'fragments/a.bin/a1.bin',
      'A.BIN',
      '~/a.bin',
    ],
    ...['nowhere', 'a.bin/b', '\u202ea.bin', 'con', 'a'.repeat(1_000)],
  ];
  let id = 1;
  const replies = new Set<string>();
  for (const name of names) {
    const reply = await client.ask({type: 'manifest', id: id++, name});
    assert.ok(reply.type === 'error' && reply.refusal.code === 'file-not-found', name);
    replies.add(reply.refusal.message);
    const {status} = await client.fetch({
      id: id++,
      name,
      root: '0'.repeat(64),
      fragment: 1,
      firstBlock: 0,
      count: 1,
    });
    assert.ok(status.kind === 'error' && status.refusal.code === 'file-not-found', name);
  }
  assert.equal(replies.size, 1, 'absent and forbidden answer alike');
});

test('a request beyond what there is, is refused and costs nothing else', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(5_000)});
  const client = await RawClient.greeted(t, server.port);
  const {root} = await manifestOf('a.bin');
  const name = 'a.bin';
  const refusals: [ClientMessage, string][] = [
    [{type: 'digests', id: 1, root, first: 1, count: 3}, 'bad-request'],
    [{type: 'have', id: 2, root, first: 3, count: 1}, 'bad-request'],
    [{type: 'blockDigests', id: 3, root, fragment: 3}, 'bad-request'],
    [{type: 'digests', id: 4, root: 'f'.repeat(64), first: 1, count: 1}, 'stale-root'],
  ];
  for (const [question, code] of refusals) {
    const message = await client.ask(question);
    assert.ok(message.type === 'error' && message.refusal.code === code, JSON.stringify(message));
  }
  const {status} = await client.fetch({id: 5, name, root, fragment: 2, firstBlock: 0, count: 2});
  assert.ok(status.kind === 'error' && status.refusal.code === 'bad-request');
  const stale = await client.fetch({id: 6, name, root: 'f'.repeat(64), fragment: 1, firstBlock: 0, count: 1});
  assert.ok(stale.status.kind === 'error' && stale.status.refusal.code === 'stale-root');
  const right = await client.fetch({id: 7, name, root, fragment: 2, firstBlock: 0, count: 1});
  assert.deepEqual(right.status, {kind: 'ok'});
});

test('a have-bitmap and the fragment digests come in pages', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(10 * TINY.fragmentBytes)});
  const client = await RawClient.greeted(t, server.port);
  const {root, fragmentsHere} = await manifestOf('a.bin');
  assert.equal(fragmentsHere, 10);
  const have = await client.ask({type: 'have', id: 1, root, first: 3, count: 8});
  assert.ok(have.type === 'haveReply');
  assert.deepEqual([...have.bitmap], [0xff]);
  const whole = await client.ask({type: 'digests', id: 2, root, first: 1, count: 10});
  const part = await client.ask({type: 'digests', id: 3, root, first: 4, count: 2});
  assert.ok(whole.type === 'digestsReply' && part.type === 'digestsReply');
  assert.deepEqual(Buffer.from(part.digests), Buffer.from(whole.digests.subarray(96, 160)));
});

test('one who speaks another protocol is closed without an answer', async (t) => {
  const {server} = await serving(t, {});
  for (const greeting of [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x16\x03\x01\x02\x00',
    'SSH-2.0-x\r\n',
    '\x89FDX',
  ]) {
    const socket = connect({port: server.port, host: '127.0.0.1'});
    t.after(() => void socket.destroy());
    let received = 0;
    socket.on('data', (bytes) => {
      received += bytes.length;
    });
    socket.on('error', () => {});
    socket.write(Buffer.from(greeting, 'latin1'));
    await once(socket, 'close');
    assert.equal(received, 0, greeting);
  }
});

test('a client of another version is told both versions, and then closed', async (t) => {
  const {server} = await serving(t, {});
  const client = await RawClient.connect(t, server.port);
  const reply = await client.greet(2, 3);
  assert.ok(reply.type === 'error' && reply.id === 0);
  assert.equal(reply.refusal.code, 'unsupported-version');
  assert.match(reply.refusal.message, /fdl\/1.*fdl\/2 to fdl\/3/);
  await client.closed();
});

test('nonsense after the magic bytes is answered with an error, and the connection is closed', async (t) => {
  const {server} = await serving(t, {});
  const client = await RawClient.connect(t, server.port);
  client.socket.write(Buffer.concat([MAGIC, Buffer.alloc(64, 0xff)]));
  const reply = await client.message();
  assert.ok(reply.type === 'error' && reply.refusal.code === 'bad-request');
  await client.closed();
});

test('magic and hello may come byte by byte', async (t) => {
  const {server} = await serving(t, {});
  const client = await RawClient.connect(t, server.port);
  const hello = {
    type: 'hello',
    id: 0,
    minVersion: 1,
    maxVersion: 1,
    features: [],
    credentials: null,
  } as const;
  client.socket.setNoDelay(true);
  for (const byte of Buffer.concat([MAGIC, encodeClient(hello)])) {
    client.socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  assert.equal((await client.message()).type, 'welcome');
  const pong = await client.ask({type: 'ping', id: 1});
  assert.equal(pong.type, 'pong');
});

test('one who asks and never reads is refused before our memory fills', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(500 * TINY.fragmentBytes)});
  const {root} = await manifestOf('a.bin');
  const client = await RawClient.greeted(t, server.port);
  client.socket.pause();
  for (let id = 1; id <= 10 * REQUESTS_WAITING_MAX; id++) {
    client.send({type: 'digests', id, root, first: 1, count: 500});
  }
  client.socket.resume();
  let last = await client.message();
  let replies = 0;
  for (; last.type === 'digestsReply'; last = await client.message()) replies++;
  assert.ok(last.type === 'error' && last.refusal.code === 'too-many-requests');
  assert.ok(replies <= REQUESTS_WAITING_MAX, `${replies} replies`);
  await client.closed();
});

test('two fetches may be out, and are answered in order; a third is a violation', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(100_000)});
  const {root} = await manifestOf('a.bin');
  const client = await RawClient.greeted(t, server.port);
  const name = 'a.bin';
  for (let id = 1; id <= 2; id++)
    client.send({type: 'fetch', id, name, root, fragment: id, firstBlock: 0, count: 4});
  assert.equal((await client.fetched(1)).bytes.length, TINY.fragmentBytes);
  assert.equal((await client.fetched(2)).bytes.length, TINY.fragmentBytes);
  for (let id = 3; id <= 3 + FETCHES_OUT_MAX; id++) {
    client.send({type: 'fetch', id, name, root, fragment: 1, firstBlock: 0, count: 4});
  }
  for (;;) {
    const frame = await client.next();
    assert.notEqual(frame.kind, 'end');
    if (frame.kind === 'message' && frame.message.type === 'error') break;
  }
  await client.closed();
});

test('a cancelled fetch ends between two blocks, and the next one is served', async (t) => {
  // Slow enough that a cancel arrives in the middle.
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(100_000)}, {limitBytesPerSecond: 20_000});
  const {root} = await manifestOf('a.bin');
  const client = await RawClient.greeted(t, server.port);
  client.send({type: 'fetch', id: 1, name: 'a.bin', root, fragment: 1, firstBlock: 0, count: 4});
  const first = await client.next();
  assert.ok(first.kind === 'data' && first.block === 0);
  client.send({type: 'cancel', id: 1});
  const rest = await client.fetched(1);
  assert.deepEqual(rest.status, {kind: 'cancelled'});
  assert.ok(rest.blocks.length < 3, `${rest.blocks.length} more blocks`);
  client.send({type: 'cancel', id: 1});
  const next = await client.fetch({id: 2, name: 'a.bin', root, fragment: 2, firstBlock: 3, count: 1});
  assert.deepEqual([next.blocks, next.status], [[3], {kind: 'ok'}]);
});

test('questions are answered while a fetch is under way', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(100_000)}, {limitBytesPerSecond: 20_000});
  const {root} = await manifestOf('a.bin');
  const client = await RawClient.greeted(t, server.port);
  client.send({type: 'fetch', id: 1, name: 'a.bin', root, fragment: 1, firstBlock: 0, count: 4});
  client.send({type: 'ping', id: 2});
  client.send({type: 'blockDigests', id: 3, root, fragment: 2});
  const order: string[] = [];
  while (order.at(-1) !== 'end') {
    const frame = await client.next();
    order.push(
      frame.kind === 'message' ? frame.message.type : `block ${frame.kind === 'data' ? frame.block : ''}`,
    );
  }
  assert.deepEqual([...order].sort(), [
    'block 0',
    'block 1',
    'block 2',
    'block 3',
    'blockDigestsReply',
    'end',
    'pong',
  ]);
  assert.ok(order.indexOf('pong') < order.indexOf('block 3'), order.join());
  assert.ok(order.indexOf('blockDigestsReply') < order.indexOf('block 3'), order.join());
});

test('a limited server sends evenly and at its rate', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(100_000)}, {limitBytesPerSecond: 100_000});
  const {root} = await manifestOf('a.bin');
  const client = await RawClient.greeted(t, server.port);
  const startedMs = performance.now();
  let longestGapMs = 0;
  let lastMs = startedMs;
  client.socket.on('data', () => {
    longestGapMs = Math.max(longestGapMs, performance.now() - lastMs);
    lastMs = performance.now();
  });
  for (let fragment = 1; fragment <= 12; fragment++) {
    await client.fetch({id: fragment, name: 'a.bin', root, fragment, firstBlock: 0, count: 4});
  }
  const elapsedMs = performance.now() - startedMs;
  assert.ok(elapsedMs > 440 && elapsedMs < 1_500, `${elapsedMs} ms for 49 kB at 100 kB/s`);
  assert.ok(longestGapMs < 400, `a gap of ${longestGapMs} ms`);
});

test('with one slot, the second client is told when to come back, and served when it does', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(100_000)}, {maxTransfers: 1});
  const {root} = await manifestOf('a.bin');
  const one = await RawClient.greeted(t, server.port);
  const other = await RawClient.greeted(t, server.port);
  const fetch = (id: number) => ({id, name: 'a.bin', root, fragment: 1, firstBlock: 0, count: 4});
  assert.deepEqual((await one.fetch(fetch(1))).status, {kind: 'ok'});
  other.send({type: 'fetch', ...fetch(1)});
  other.send({type: 'fetch', ...fetch(2)});
  const refused = [(await other.fetched(1)).status, (await other.fetched(2)).status];
  for (const status of refused) {
    assert.ok(status.kind === 'busy', JSON.stringify(status));
    assert.deepEqual([status.slots, status.slotsInUse], [1, 1]);
  }
  // Another question is still answered.
  assert.equal((await other.ask({type: 'ping', id: 3})).type, 'pong');
  one.socket.destroy();
  await server.says('session-closed');
  const waitMs = refused[0]?.kind === 'busy' ? refused[0].retryAfterMs : 0;
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  assert.deepEqual((await other.fetch(fetch(4))).status, {kind: 'ok'});
});

test('one who does not read holds no more than two blocks of our memory, and others are served', async (t) => {
  const geometry = {blockBytes: 1_048_576, fragmentBytes: 16 * 1_048_576};
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(geometry.fragmentBytes)}, {geometry});
  const {root} = await manifestOf('a.bin');
  const slow = await RawClient.greeted(t, server.port);
  slow.socket.pause();
  const other = await RawClient.greeted(t, server.port);
  const before = process.memoryUsage().arrayBuffers;
  slow.send({type: 'fetch', id: 1, name: 'a.bin', root, fragment: 1, firstBlock: 0, count: 16});
  for (let id = 1; id <= 50; id++) await other.ask({type: 'ping', id});
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 3 * geometry.blockBytes, `${grown} bytes`);
  const fetched = await other.fetch({id: 60, name: 'a.bin', root, fragment: 1, firstBlock: 8, count: 1});
  assert.equal(fetched.bytes.length, geometry.blockBytes);
  slow.socket.resume();
  assert.deepEqual((await slow.fetched(1)).status, {kind: 'ok'});
});

test('a draining server says goodbye, finishes what is out, refuses the rest and waits for the client', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(100_000)}, {limitBytesPerSecond: 40_000});
  const {root} = await manifestOf('a.bin');
  const client = await RawClient.greeted(t, server.port);
  const idle = await RawClient.greeted(t, server.port);
  const fetch = (id: number) =>
    ({type: 'fetch', id, name: 'a.bin', root, fragment: id, firstBlock: 0, count: 4}) as const;
  client.send(fetch(1));
  client.send(fetch(2));
  assert.equal((await client.next()).kind, 'data');
  const closing = server.close();
  const blocks: number[] = [];
  const messages: ServerMessage[] = [];
  client.send(fetch(3));
  for (let frame = await client.next(); frame.kind !== 'end'; frame = await client.next()) {
    if (frame.kind === 'data') blocks.push(frame.block);
    else messages.push(frame.message);
  }
  assert.deepEqual(blocks, [1, 2, 3, 0, 1, 2, 3]);
  const ends = messages.flatMap((message) =>
    message.type === 'end' ? [[message.id, message.status.kind]] : [],
  );
  assert.deepEqual(ends.sort(), [
    [1, 'ok'],
    [2, 'ok'],
    [3, 'error'],
  ]);
  const goodbye = messages.find((message) => message.type === 'goodbye');
  assert.ok(goodbye?.type === 'goodbye' && goodbye.lastId >= 2);
  assert.equal((await idle.message()).type, 'goodbye');
  await idle.closed();
  await assert.rejects(RawClient.connect(t, server.port), /ECONNREFUSED/);
  client.socket.end();
  idle.socket.end();
  await closing;
});

test('a cut server is gone at once', async (t) => {
  const {server, manifestOf} = await serving(t, {'a.bin': bytesOf(100_000)}, {limitBytesPerSecond: 1_000});
  const {root} = await manifestOf('a.bin');
  const client = await RawClient.greeted(t, server.port);
  client.send({type: 'fetch', id: 1, name: 'a.bin', root, fragment: 1, firstBlock: 0, count: 4});
  const startedMs = performance.now();
  await server.cut();
  await client.closed();
  assert.ok(performance.now() - startedMs < 1_000);
});

test('a taken port and a missing folder are errors that say what to do', async (t) => {
  const {server, folder} = await serving(t, {});
  await assert.rejects(
    startTestServer(t, folder, {port: server.port}),
    (error) => error instanceof FdlError && error.code === 'port-in-use' && error.hint !== undefined,
  );
  await assert.rejects(
    startTestServer(t, `${folder}/nowhere`),
    (error) => error instanceof FdlError && error.code === 'folder-missing' && error.hint !== undefined,
  );
});

test('two servers of one process have different instance ids', async (t) => {
  const {server, folder} = await serving(t, {});
  const another = await startTestServer(t, folder);
  const ids = await Promise.all(
    [server, another].map(async ({port}) => {
      const welcome = await (await RawClient.connect(t, port)).greet();
      return welcome.type === 'welcome' ? welcome.instanceId : '';
    }),
  );
  assert.match(ids[0] ?? '', /^[0-9a-f]{32}$/);
  assert.notEqual(ids[0], ids[1]);
});

interface Serving {
  readonly folder: string;
  readonly server: TestServer;
  manifestOf(name: string): Promise<Extract<ServerMessage, {readonly type: 'manifestReply'}>>;
}

/** A server on these files, all of them ready. */
async function serving(
  t: Cleanup,
  files: Readonly<Record<string, Uint8Array | string>>,
  options: TestServerOptions = {},
): Promise<Serving> {
  const folder = folderWith(t, files);
  const server = await startTestServer(t, folder, options);
  for (const name of Object.keys(files)) if (!/(^\.|fdl-part$)/.test(name)) await server.ready(name);
  return {
    folder,
    server,
    async manifestOf(name) {
      const client = await RawClient.greeted(t, server.port);
      const reply = await client.ask({type: 'manifest', id: 1, name});
      assert.ok(reply.type === 'manifestReply', JSON.stringify(reply));
      client.socket.destroy();
      return reply;
    },
  };
}
