import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import {after, type TestContext, test} from 'node:test';
import {askAll} from '../../../src/actors/client/ask-all.js';
import {dialTcp} from '../../../src/actors/client/dial.js';
import {type Inquiry, openInquiry} from '../../../src/actors/client/inquiry.js';
import {holdingsOf, provedBlockDigests, provedFragmentDigests} from '../../../src/actors/client/proofs.js';
import {systemClock} from '../../../src/actors/clock.js';
import {FdlError} from '../../../src/errors.js';
import {fragmentCount} from '../../../src/geometry.js';
import {DIALS_MAX, PAGE_ITEMS_MAX} from '../../../src/limits.js';
import {blockDigest} from '../../../src/protocol/digests.js';
import {writeHeader} from '../../../src/protocol/frame-reader.js';
import {type ClientMessage, FRAME_TYPES, type ServerMessage} from '../../../src/protocol/messages.js';
import {INSTANCE_ID, type Script, startScriptedServer, welcoming} from '../../support/scripted-server.js';
import {
  bytesOf,
  closeSharedWorkers,
  folderWith,
  startTestServer,
  type TestServer,
  TINY,
} from '../../support/test-server.js';
import {VirtualClock} from '../../support/virtual-clock.js';
import {until} from '../../support/wait.js';

after(closeSharedWorkers);

const PORTS = {dial: dialTcp, clock: systemClock, geometry: TINY};
const ROOT = 'ab'.repeat(32);
const DEADLINE_MS = 10_000;
/** Three fragments; the last has two blocks, the last of which is short. */
const SIZE = 2 * TINY.fragmentBytes + TINY.blockBytes + 100;
const MANIFEST = {
  size: SIZE,
  sha256: 'cd'.repeat(32),
  root: ROOT,
  modifiedMs: 1_700_000_000_000,
  geometry: TINY,
};

test('a server tells what it offers, proves its digests and sends blocks that fit them', async (t) => {
  const content = bytesOf(SIZE);
  const server = await startTestServer(t, folderWith(t, {'sub/x.bin': content, 'y.bin': 'y'}));
  for (const name of ['sub/x.bin', 'y.bin']) await server.ready(name);
  const inquiry = await open(t, server);

  const listing = given(await inquiry.list());
  assert.deepEqual(
    listing.map(({name, size, whole}) => [name, size, whole]),
    [
      ['sub/x.bin', SIZE, true],
      ['y.bin', 1, true],
    ],
  );
  const served = given(await inquiry.manifest('sub/x.bin'));
  const {manifest} = served;
  assert.equal(manifest.sha256, createHash('sha256').update(content).digest('hex'));
  assert.equal(manifest.root, listing[0]?.root);
  assert.equal(given(await holdingsOf(inquiry, served)), null);

  const fragmentDigests = given(await provedFragmentDigests(inquiry, manifest));
  for (let fragment = 1; fragment <= fragmentCount(SIZE, TINY); fragment++) {
    const digests = given(await provedBlockDigests(inquiry, manifest, fragmentDigests, fragment));
    for (let block = 0; block < digests.length / 32; block++) {
      const fetched = await inquiry.fetchBlock({name: 'sub/x.bin', manifest, fragment, block});
      assert.ok(fetched.kind === 'block');
      assert.ok(blockDigest(fetched.bytes).equals(digests.subarray(32 * block, 32 * block + 32)));
    }
  }
  assert.ok((await inquiry.ping()) >= 0);
});

test('what a server does not have is a refusal, and the connection lives on', async (t) => {
  const server = await startTestServer(t, folderWith(t, {'x.bin': 'x'}));
  await server.ready('x.bin');
  const inquiry = await open(t, server);
  const answer = await inquiry.manifest('y.bin');
  assert.ok(answer.kind === 'refused' && answer.refusal.code === 'file-not-found');
  const stale = await inquiry.blockDigests(ROOT, 1, 1);
  assert.ok(stale.kind === 'refused');
  const fetched = await inquiry.fetchBlock({name: 'x.bin', manifest: MANIFEST, fragment: 1, block: 0});
  assert.ok(fetched.kind === 'refused' && fetched.refusal.code === 'stale-root');
  assert.equal(given(await inquiry.list()).length, 1);
});

test('a listing is followed from page to page', async (t) => {
  const names = Array.from({length: PAGE_ITEMS_MAX + 5}, (_, index) => `f${String(index).padStart(5, '0')}`);
  const inquiry = await scripted(t, (message) => {
    assert.ok(message.type === 'list');
    const first = message.after === '' ? 0 : names.indexOf(message.after) + 1;
    const page = names.slice(first, first + 1_000);
    const entries = page.map((name) => ({name, size: 1, root: ROOT, whole: true}));
    return [{type: 'listing', id: message.id, entries, more: first + page.length < names.length}];
  });
  assert.deepEqual(
    given(await inquiry.list()).map(({name}) => name),
    names,
  );
});

test('a partial copy tells page by page which fragments it holds', async (t) => {
  const manifest = {...MANIFEST, size: (PAGE_ITEMS_MAX + 3) * TINY.fragmentBytes};
  const inquiry = await scripted(t, (message) => {
    assert.ok(message.type === 'have');
    return [
      {type: 'haveReply', id: message.id, bitmap: new Uint8Array(Math.ceil(message.count / 8)).fill(1)},
    ];
  });
  const holds = given(await holdingsOf(inquiry, {manifest, fragmentsHere: 129}));
  assert.deepEqual(holds, new Uint8Array(129).fill(1));
});

test('digests that do not make up the root or the fragment are proof against the server', async (t) => {
  const inquiry = await scripted(t, (message) => {
    const id = message.id;
    if (message.type === 'digests')
      return [{type: 'digestsReply', id, digests: new Uint8Array(32 * message.count)}];
    return [{type: 'blockDigestsReply', id, digests: new Uint8Array(2 * 32)}];
  });
  const unverifiable = (error: FdlError) => error.code === 'content-unverifiable';
  await assert.rejects(provedFragmentDigests(inquiry, MANIFEST), unverifiable);
  await assert.rejects(provedBlockDigests(inquiry, MANIFEST, new Uint8Array(3 * 32), 3), unverifiable);
});

/** Each question with a reply that does not fit it. */
const MISFITS: readonly (readonly [
  name: string,
  ask: (inquiry: Inquiry) => Promise<unknown>,
  reply: (message: ClientMessage & {readonly id: number}) => ServerMessage | Uint8Array,
])[] = [
  [
    'a reply of another kind',
    (it) => it.ping(),
    ({id}) => ({type: 'haveReply', id, bitmap: new Uint8Array(1)}),
  ],
  ['a reply to nothing', (it) => it.ping(), ({id}) => ({type: 'pong', id: id + 1})],
  ['a second welcome', (it) => it.ping(), () => welcomeOf(1)],
  [
    'too few digests',
    (it) => it.fragmentDigests(ROOT, 1, 2),
    ({id}) => ({type: 'digestsReply', id, digests: new Uint8Array(32)}),
  ],
  [
    'too many block digests',
    (it) => it.blockDigests(ROOT, 1, 1),
    ({id}) => ({type: 'blockDigestsReply', id, digests: new Uint8Array(64)}),
  ],
  [
    'a bitmap too long',
    (it) => it.have(ROOT, 1, 8),
    ({id}) => ({type: 'haveReply', id, bitmap: new Uint8Array(2)}),
  ],
  [
    'another geometry',
    (it) => it.manifest('x'),
    ({id}) => ({...MANIFEST, type: 'manifestReply', id, ...TINY, blockBytes: 512, fragmentsHere: 0}),
  ],
  [
    'a listing out of order',
    (it) => it.list(),
    ({id}) => ({type: 'listing', id, entries: ['b', 'a'].map(entryOf), more: false}),
  ],
  [
    'a listing with a name that leads out',
    (it) => it.list(),
    ({id}) => ({type: 'listing', id, entries: [entryOf('../x')], more: false}),
  ],
  [
    'an empty page that goes on',
    (it) => it.list(),
    ({id}) => ({type: 'listing', id, entries: [], more: true}),
  ],
  ['a block that was not asked for', fetchOne, ({id}) => dataFrame(id, 1, TINY.blockBytes)],
  ['a block of a wrong length', fetchOne, ({id}) => dataFrame(id, 0, 7)],
  ['a fetch without its block', fetchOne, ({id}) => ({type: 'end', id, status: {kind: 'ok'}})],
  ['a cancelled fetch', fetchOne, ({id}) => ({type: 'end', id, status: {kind: 'cancelled'}})],
  ['noise', (it) => it.ping(), () => Buffer.from('this is no frame')],
];

for (const [name, ask, reply] of MISFITS) {
  test(`${name} breaks the protocol and ends the connection`, async (t) => {
    const inquiry = await scripted(t, (message) => [reply(message)]);
    const violated = (error: FdlError) => error instanceof FdlError && error.code === 'protocol-violation';
    await assert.rejects(ask(inquiry), violated);
    await assert.rejects(inquiry.ping(), violated);
  });
}

test('a busy server says so, within the bounds of what is believed', async (t) => {
  const busy = {kind: 'busy', retryAfterMs: 0, slots: 4, slotsInUse: 4} as const;
  const inquiry = await scripted(t, ({id}) => [{type: 'end', id, status: busy}]);
  assert.deepEqual(await fetchOne(inquiry), {...busy, retryAfterMs: 100});
});

test('a server that refuses the connection or says goodbye is named with the reason', async (t) => {
  const refusing =
    (code: 'unsupported-version' | 'draining'): Script =>
    () => [{type: 'error', id: 0, refusal: {code, message: 'fdl/9 \u001b[2J', progressPermille: null}}];
  const cases: readonly (readonly [Script, RegExp])[] = [
    [refusing('unsupported-version'), /^speaks another version of the protocol$/],
    [refusing('draining'), /^it is shutting down$/],
    [() => [{type: 'goodbye', id: 0, lastId: 0}], /^it is shutting down$/],
    [() => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], /^that port speaks HTTP, not fdl$/],
  ];
  for (const [script, reason] of cases) {
    const server = await startScriptedServer(t, script);
    await assert.rejects(openInquiry(server, PORTS), {code: 'no-server-reachable', message: reason});
  }
  await assert.rejects(openInquiry({host: '127.0.0.1', port: await closedPort()}, PORTS), {
    code: 'no-server-reachable',
    message: 'connection refused',
  });
});

test('silence ends each wait at its deadline, and no timer is left', async (t) => {
  const clock = new VirtualClock();
  const ports = {...PORTS, clock};
  const mute = await startScriptedServer(t, () => []);
  const opening = openInquiry(mute, ports);
  await until('hello', DEADLINE_MS, () => mute.heard.length === 1);
  clock.advance(5_000);
  await assert.rejects(opening, {code: 'no-server-reachable', message: 'no welcome within 5 s'});

  const silent = await startScriptedServer(t, welcoming());
  const inquiry = await openInquiry(silent, ports);
  const pinging = inquiry.ping();
  clock.advance(14_999);
  assert.equal(await Promise.race([pinging, Promise.resolve('open')]), 'open');
  clock.advance(1);
  await assert.rejects(pinging, {code: 'no-server-reachable', message: 'no answer within 15 s'});
  assert.equal(clock.pending, 0);
});

test('an abort ends what is open with its reason, and what is not open yet', async (t) => {
  const server = await startScriptedServer(t, welcoming());
  const stop = new AbortController();
  const inquiry = await openInquiry(server, PORTS, stop.signal);
  const pinging = inquiry.ping();
  const reason = new FdlError('interrupted', 'SIGINT');
  stop.abort(reason);
  await assert.rejects(pinging, reason);
  await assert.rejects(openInquiry(server, PORTS, stop.signal), reason);
  await assert.rejects(openInquiry(server, PORTS, AbortSignal.abort()), {code: 'interrupted'});
});

test('many servers are asked at once, but no more than may be dialled; each has its own outcome', async (t) => {
  const server = await startScriptedServer(
    t,
    welcoming(({id}) => [{type: 'pong', id}]),
  );
  const closed = {host: '127.0.0.1', port: await closedPort()};
  const addresses = Array.from({length: 3 * DIALS_MAX}, (_, index) => (index === 5 ? closed : server));
  const asked = await askAll(addresses, PORTS, async (inquiry, index) => {
    await inquiry.ping();
    assert.equal(inquiry.instanceId, INSTANCE_ID);
    if (index === 7) throw new FdlError('content-unverifiable', 'wrong');
    return index;
  });
  assert.deepEqual(
    asked.map(({outcome}) => (outcome.kind === 'answered' ? outcome.value : outcome.error.code)),
    addresses.map((_, index) => ({5: 'no-server-reachable', 7: 'content-unverifiable'})[index] ?? index),
  );
  assert.ok(server.connections.most <= DIALS_MAX, `${server.connections.most} at once`);
  await until('all closed', DEADLINE_MS, () => server.connections.now === 0);
});

test('asking many ends with an abort, and a mistake of ours is not taken for one of a server', async (t) => {
  const server = await startScriptedServer(t, welcoming());
  const stop = new AbortController();
  const asking = askAll([server, server], PORTS, (inquiry) => inquiry.ping(), stop.signal);
  await until('two pings', DEADLINE_MS, () => server.heard.filter(({type}) => type === 'ping').length === 2);
  stop.abort();
  await assert.rejects(asking, {code: 'interrupted'});
  const mistake = new TypeError('ours');
  await assert.rejects(
    askAll([server], PORTS, () => Promise.reject(mistake)),
    mistake,
  );
});

function welcomeOf(version: number): ServerMessage {
  return {type: 'welcome', id: 0, version, features: [], instanceId: INSTANCE_ID};
}

function entryOf(name: string) {
  return {name, size: 1, root: ROOT, whole: true};
}

function fetchOne(inquiry: Inquiry) {
  return inquiry.fetchBlock({name: 'x', manifest: MANIFEST, fragment: 1, block: 0});
}

function dataFrame(id: number, index: number, length: number): Buffer {
  const frame = Buffer.alloc(16 + length);
  writeHeader(frame, {type: FRAME_TYPES.data, length, id, index});
  return frame;
}

async function open(t: TestContext, {port}: TestServer): Promise<Inquiry> {
  const inquiry = await openInquiry({host: '127.0.0.1', port}, PORTS);
  t.after(() => inquiry.close());
  return inquiry;
}

async function scripted(t: TestContext, script: Script): Promise<Inquiry> {
  return openInquiry(await startScriptedServer(t, welcoming(script)), PORTS);
}

function given<T>(answer: {readonly kind: 'answered'; readonly value: T} | {readonly kind: 'refused'}): T {
  assert.ok(answer.kind === 'answered', JSON.stringify(answer));
  return answer.value;
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
