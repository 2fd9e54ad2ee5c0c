import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type AddressInfo, createConnection, createServer, type Socket} from 'node:net';
import {type TestContext, test} from 'node:test';

import {FRAME_TYPES, MAGIC} from '../../src/protocol/messages.js';
import {type ChaosProxy, type ProxyOptions, startProxy} from '../support/chaos-proxy.js';
import {until, within} from '../support/wait.js';

const DEADLINE_MS = 10_000;

test('a proxy without faults passes every byte both ways and counts it', async (t) => {
  const sent = pattern(3_000_000);
  const {proxy, received, finished} = await through(t, sent, {});
  await finished();
  assert.deepEqual(received(), sent);
  assert.equal(proxy.counts.toClient, sent.length);
  assert.equal(proxy.counts.toServer, MAGIC.length);
  assert.equal(proxy.counts.connections, 1);
});

test('a cut ends the connection in order after exactly so many bytes', async (t) => {
  const {received, finished} = await through(t, pattern(500_000), {toClient: {cutAfter: 123_457}});
  await finished();
  assert.equal(received().length, 123_457);
});

test('a reset brings no more than so many bytes and leaves nothing to write to', async (t) => {
  const {client, received, failed} = await through(t, pattern(500_000), {toClient: {resetAfter: 100_000}});
  // libuv may report a reset behind unread data as an orderly end; only a write shows the difference.
  client.on('end', () => client.write('is anyone there?'));
  assert.match(String((await failed()).code), /^(ECONNRESET|EPIPE)$/);
  assert.ok(received().length <= 100_000);
});

test('a stall keeps the connection open and forwards nothing more', async (t) => {
  const {proxy, client, received} = await through(t, pattern(500_000), {toClient: {stallAfter: 77_777}});
  await until('77,777 bytes', DEADLINE_MS, () => received().length === 77_777);
  proxy.change({});
  await until('the write that shows it is open', DEADLINE_MS, () => {
    client.write('x');
    return proxy.counts.toServer > MAGIC.length;
  });
  assert.equal(received().length, 77_777);
  assert.equal(client.readyState, 'open');
});

test('a frozen proxy moves nothing until it is thawed', async (t) => {
  const sent = pattern(2_000_000);
  const proxy = await proxyBefore(t, sent, {});
  proxy.whenDelivered(1_000_000, () => proxy.freeze());
  const {received, finished} = connect(t, proxy);
  await until('the freeze', DEADLINE_MS, () => proxy.counts.toClient >= 1_000_000);
  assert.ok(proxy.counts.toClient < 1_100_000);
  proxy.thaw();
  await finished();
  assert.deepEqual(received(), sent);
});

test('flips change exactly the named bytes, by one bit each', async (t) => {
  const sent = pattern(200_000);
  const {received, finished} = await through(t, sent, {toClient: {flipAt: [0, 65_536, 199_999]}});
  await finished();
  assert.deepEqual(differences(sent, received()), [0, 65_536, 199_999]);
});

test('the same seed flips the same bytes, another one others', async (t) => {
  const sent = pattern(1_000_000);
  const flipped = async (seed: number): Promise<number[]> => {
    const {received, finished} = await through(t, sent, {seed, toClient: {flipProbability: 0.0001}});
    await finished();
    return differences(sent, received());
  };
  const first = await flipped(7);
  assert.ok(first.length > 50 && first.length < 200, `${first.length} flips`);
  assert.deepEqual(await flipped(7), first);
  assert.notDeepEqual(await flipped(8), first);
});

test('garbage replaces everything from its offset on', async (t) => {
  const sent = pattern(100_000);
  const {received, finished} = await through(t, sent, {toClient: {garbageFrom: 50_000}});
  await finished();
  assert.deepEqual(received().subarray(0, 50_000), sent.subarray(0, 50_000));
  assert.ok(differences(sent, received()).length > 45_000);
});

test('a rate is kept, over all connections of the proxy together', async (t) => {
  const rate = 4_000_000;
  const proxy = await proxyBefore(t, pattern(1_000_000), {toClient: {bytesPerSecond: rate}});
  const startMs = performance.now();
  const both = [connect(t, proxy), connect(t, proxy)];
  await Promise.all(both.map(({finished}) => finished()));
  const leastMs = (2_000_000 / rate) * 1_000 - 100;
  assert.ok(performance.now() - startMs >= leastMs, 'faster than the rate allows');
});

test('a delay holds back every byte and loses none', async (t) => {
  const sent = pattern(1_000_000);
  const startMs = performance.now();
  const {received, finished} = await through(t, sent, {toClient: {delayMs: 150}});
  await finished();
  assert.ok(performance.now() - startMs >= 149);
  assert.deepEqual(received(), sent);
});

test('memory stays bounded when the client does not read', async (t) => {
  const proxy = await proxyBefore(t, Buffer.alloc(64_000_000), {});
  const client = createConnection({host: '127.0.0.1', port: proxy.port}).pause();
  t.after(() => client.destroy());
  client.on('error', () => {});
  await once(client, 'connect');
  let before = -1;
  await until('the flow to stop', DEADLINE_MS, async () => {
    const still = proxy.counts.toClient === before && before > 0;
    before = proxy.counts.toClient;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return still;
  });
  const [connection] = proxy.open;
  assert.ok(connection !== undefined);
  const {received, delivered} = connection.toClient.counts;
  assert.ok(received - delivered <= 400_000, `${received - delivered} bytes held`);
});

test('a proxy that is down refuses, and is back on the same port', async (t) => {
  const sent = pattern(10_000);
  const proxy = await proxyBefore(t, sent, {});
  proxy.down();
  assert.equal((await connect(t, proxy).failed()).code, 'ECONNREFUSED');
  await proxy.up();
  const {received, finished} = connect(t, proxy);
  await finished();
  assert.deepEqual(received(), sent);
});

test('every n-th data frame is damaged in one bit of its payload, and nothing else is', async (t) => {
  const frames = Array.from({length: 7}, (_, index) => frame(FRAME_TYPES.data, 5, index, pattern(100_000)));
  const sent = Buffer.concat([frame(FRAME_TYPES.pong, 1, 0, pattern(3)), ...frames]);
  const {proxy, received, finished} = await through(t, sent, {toClient: {corruptEvery: 3}});
  await finished();
  const found = differences(sent, received());
  assert.deepEqual(
    found.map((at) => Math.floor((at - 19) / 100_016)),
    [2, 5],
  );
  assert.equal(proxy.counts.corrupted, 2);
  assert.equal(proxy.tap.dataBytes, 700_000);
  assert.deepEqual(
    proxy.tap.of('data').map(({index}) => index),
    [0, 1, 2, 3, 4, 5, 6],
  );
});

test('a control frame can be answered in place of the server, between two frames of its stream', async (t) => {
  const sent = Buffer.concat([
    frame(FRAME_TYPES.data, 1, 0, pattern(300_000)),
    frame(FRAME_TYPES.data, 1, 1, pattern(300_000)),
  ]);
  const answer = frame(FRAME_TYPES.pong, 9, 0, pattern(40));
  const options: ProxyOptions = {control: ({type}) => (type === 'ping' ? {answer: [answer]} : 'pass')};
  const proxy = await proxyBefore(t, sent, options);
  const {client, received, finished} = connect(t, proxy);
  client.write(Buffer.concat([MAGIC, frame(FRAME_TYPES.ping, 9, 0, Buffer.alloc(0))]));
  await finished();
  const at = received().indexOf(answer);
  assert.ok([0, 300_016, 600_032].includes(at), `the answer starts at ${at}`);
  assert.equal(proxy.counts.toServer, MAGIC.length);
  assert.equal(received().length, sent.length + answer.length);
});

/** Bytes that differ from their neighbours, the same on every run. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({length}, (_, at) => (at * 31 + (at >> 8)) & 0xff));
}

function frame(type: number, id: number, index: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(payload.length, 4);
  header.writeUInt32BE(id, 8);
  header.writeUInt32BE(index, 12);
  return Buffer.concat([header, payload]);
}

function differences(left: Buffer, right: Buffer): number[] {
  assert.equal(right.length, left.length);
  const found: number[] = [];
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) found.push(at);
  return found;
}

/** A proxy before a server that sends `bytes` to every client and ends. */
async function proxyBefore(t: TestContext, bytes: Buffer, options: ProxyOptions): Promise<ChaosProxy> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return startProxy(t, (server.address() as AddressInfo).port, options);
}

interface Client {
  readonly client: Socket;
  received(): Buffer;
  /** Resolves when the other side has ended in order. */
  finished(): Promise<void>;
  /** Resolves with the error of the connection. */
  failed(): Promise<NodeJS.ErrnoException>;
}

function connect(t: TestContext, proxy: ChaosProxy): Client {
  const chunks: Buffer[] = [];
  const client = createConnection({host: '127.0.0.1', port: proxy.port, allowHalfOpen: true});
  t.after(() => client.destroy());
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => client.on('error', resolve));
  const ended = new Promise<void>((resolve) => client.on('end', resolve));
  return {
    client,
    received: () => Buffer.concat(chunks),
    finished: () => within('the end of the stream', DEADLINE_MS, ended),
    failed: () => within('the failure', DEADLINE_MS, failed),
  };
}

async function through(
  t: TestContext,
  bytes: Buffer,
  options: ProxyOptions,
): Promise<Client & {proxy: ChaosProxy}> {
  const proxy = await proxyBefore(t, bytes, options);
  const client = connect(t, proxy);
  client.client.write(MAGIC);
  return {...client, proxy};
}
