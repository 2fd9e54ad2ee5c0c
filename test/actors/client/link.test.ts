import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {test} from 'node:test';
import fc from 'fast-check';
import {dialTcp} from '../../../src/actors/client/dial.js';
import {Slabs} from '../../../src/actors/slabs.js';
import type {LinkCommand} from '../../../src/machines/link-events.js';
import {encodeServer} from '../../../src/protocol/codec.js';
import {MAGIC} from '../../../src/protocol/messages.js';
import {
  dataFrame,
  GEOMETRY,
  giveBack,
  type Heard,
  type LinkOptions,
  manifestReply,
  ROOT,
  type StartedLink,
  startLink,
  WELCOME,
} from './link-kit.js';

const REFUSAL = {code: 'io-error', message: 'disk', progressPermille: null} as const;
/** Ids as the link gives them: the manifest is 1, these are 2 and following. */
const COMMANDS: readonly LinkCommand[] = [
  {type: 'link.survey', root: ROOT, first: 1, count: 3},
  {type: 'link.askFragmentDigests', root: ROOT, first: 1, count: 3},
  {type: 'link.askBlockDigests', root: ROOT, fragment: 3, blocks: 2},
  {type: 'link.fetch', ticket: 11, run: {fragment: 1, first: 0, end: 4}},
  {type: 'link.fetch', ticket: 12, run: {fragment: 3, first: 0, end: 2}},
  {type: 'link.ping'},
  {type: 'link.askBlockDigests', root: ROOT, fragment: 2, blocks: 4},
  {type: 'link.fetch', ticket: 13, run: {fragment: 2, first: 1, end: 4}},
  {type: 'link.fetch', ticket: 14, run: {fragment: 2, first: 0, end: 1}},
  {type: 'link.cancel', ticket: 13},
];
const LAST_BLOCK_BYTES = 1_500 - GEOMETRY.blockBytes;
const PARTS: readonly Buffer[] = [
  encodeServer(WELCOME),
  manifestReply(),
  encodeServer({type: 'haveReply', id: 2, bitmap: Uint8Array.of(5)}),
  encodeServer({type: 'blockDigestsReply', id: 4, digests: new Uint8Array(64).fill(4)}),
  dataFrame(5, 0),
  encodeServer({type: 'digestsReply', id: 3, digests: new Uint8Array(96).fill(3)}),
  dataFrame(5, 1),
  dataFrame(5, 2),
  dataFrame(5, 3),
  encodeServer({type: 'end', id: 5, status: {kind: 'ok'}}),
  dataFrame(6, 0),
  encodeServer({type: 'pong', id: 7}),
  dataFrame(6, 1, LAST_BLOCK_BYTES),
  encodeServer({type: 'end', id: 6, status: {kind: 'ok'}}),
  encodeServer({type: 'error', id: 8, refusal: REFUSAL}),
  dataFrame(9, 1),
  encodeServer({type: 'end', id: 9, status: {kind: 'cancelled'}}),
  encodeServer({type: 'goodbye', id: 0, lastId: 9}),
];
const REPLIES = Buffer.concat(PARTS);
/** The first of them, up to the header of the first block. */
const UP_TO_A_HEADER = Buffer.concat(PARTS.slice(0, 5)).subarray(0, -GEOMETRY.blockBytes);

test('the replies of a server become events, and blocks arrive whole', () => {
  const link = begin();
  deliverAll(link, [REPLIES.length]);
  assert.deepEqual(
    link.heard.map(({type}) => type),
    [
      'link.opened',
      'link.welcomed',
      'link.manifested',
      'link.surveyed',
      'link.blockDigests',
      'block.received',
      'link.fragmentDigests',
      ...Array.from({length: 3}, () => 'block.received'),
      'link.ended',
      'block.received',
      'link.ponged',
      'block.received',
      'link.ended',
      'link.digestsRefused',
      'link.ended',
      'link.ended',
      'link.goodbye',
    ],
  );
  const blocks = link.heard.filter(({type}) => type === 'block.received');
  assert.deepEqual(
    blocks.map(({ticket, fragment, block, length, bytes}) => ({ticket, fragment, block, length, bytes})),
    [0, 1, 2, 3]
      .map((block) => ({ticket: 11, fragment: 1, block, length: 1_024, bytes: hexOf(5, block, 1_024)}))
      .concat([
        {ticket: 12, fragment: 3, block: 0, length: 1_024, bytes: hexOf(6, 0, 1_024)},
        {ticket: 12, fragment: 3, block: 1, length: LAST_BLOCK_BYTES, bytes: hexOf(6, 1, LAST_BLOCK_BYTES)},
      ]),
  );
  const ends = link.heard.filter(({type}) => type === 'link.ended').map(({ticket, end}) => ({ticket, end}));
  assert.deepEqual(ends, [
    {ticket: 11, end: {kind: 'ok'}},
    {ticket: 12, end: {kind: 'ok'}},
    {ticket: 13, end: {kind: 'cancelled'}},
    {ticket: 14, end: {kind: 'refused', refusal: {code: 'draining', message: '', progressPermille: null}}},
  ]);
  const [meter] = link.meters.read();
  assert.equal(meter?.bytes, 6 * 1_024 + LAST_BLOCK_BYTES, 'blocks in vain are counted too, frames are not');
  link.stop();
});

const whole = runWhole();
const deliveries = fc.record({
  pieces: fc.array(fc.integer({min: 1, max: 3_000}), {minLength: 1, maxLength: 40}),
  slabs: fc.integer({min: 1, max: 4}),
  room: fc.integer({min: 1, max: 4}),
  /** After which deliveries a block is given back of its own accord. */
  gives: fc.array(fc.boolean(), {minLength: 1, maxLength: 20}),
});

test('cut into any pieces, with any few slabs, the replies are the same events', () => {
  fc.assert(
    fc.property(deliveries, ({pieces, slabs, room, gives}) => {
      const link = begin({slabs, room});
      deliverAll(link, pieces, gives);
      assert.deepEqual(link.heard, whole);
      while (giveBack(link));
      assert.equal(link.slabs.free, slabs);
      link.stop();
    }),
    {numRuns: 300},
  );
});

test('wherever a connection ends, no slab is lost', () => {
  const ends = fc.record({
    at: fc.integer({min: 0, max: REPLIES.length}),
    how: fc.constantFrom('stopped', 'closed by the server', 'abandoned'),
  });
  fc.assert(
    fc.property(deliveries, ends, ({pieces, slabs, room, gives}, {at, how}) => {
      const link = begin({slabs, room});
      deliverAll(link, pieces, gives, REPLIES.subarray(0, at));
      if (how === 'stopped') link.stop();
      else if (how === 'abandoned') link.tell({type: 'link.abandon', reason: 'too slow'});
      else link.socket.end();
      while (giveBack(link));
      assert.equal(link.slabs.free, slabs, how);
      assert.ok(link.socket.isDestroyed);
      const losses = link.heard.filter(({type}) => type === 'link.lost');
      assert.equal(losses.length, how === 'stopped' ? 0 : 1);
    }),
    {numRuns: 300},
  );
});

test('a link that is stopped by what it says reads nothing more', () => {
  // All comes in one piece, and lands in the parking memory: what is read of it after the end would take slabs.
  for (const type of new Set(whole.map((heard) => heard.type))) {
    for (let at = REPLIES.length; at > 0; at -= 500) {
      const link = begin({
        slabs: 2,
        onHeard: (heard, self) => {
          if (heard.type === type) self.stop();
        },
      });
      if (!link.socket.isDestroyed) deliverAll(link, [at], [true], REPLIES.subarray(0, at));
      link.stop();
      while (giveBack(link));
      assert.equal(link.slabs.free, 2, `${type}, ${at} bytes`);
      assert.equal(link.heard.filter((heard) => heard.type === type).length <= 1, true, 'the last it said');
    }
  }
});

test('with no slab free the socket is paused, and the meter says so', () => {
  const slabs = new Slabs(1, GEOMETRY.blockBytes);
  const taken = slabs.take() ?? 0;
  const link = begin({sharedSlabs: slabs});
  deliver(link, UP_TO_A_HEADER);
  assert.ok(link.socket.isPaused);
  assert.equal(link.meters.read()[0]?.reading, false);
  assert.equal(link.meters.read()[0]?.reading, false, 'as long as it lasts');
  slabs.give(taken);
  assert.ok(!link.socket.isPaused);
  assert.equal(link.meters.read()[0]?.reading, false, 'a part of that time it was paused');
  assert.equal(link.meters.read()[0]?.reading, true);
  link.stop();
});

test('a link that was woken and then lost passes its turn on', () => {
  const slabs = new Slabs(1, GEOMETRY.blockBytes);
  const taken = slabs.take();
  const [first, second] = [begin({sharedSlabs: slabs}), begin({sharedSlabs: slabs})];
  for (const link of [first, second]) {
    deliver(link, UP_TO_A_HEADER);
    assert.ok(link.socket.isPaused);
  }
  slabs.give(taken ?? 0);
  assert.deepEqual([first.socket.isPaused, second.socket.isPaused], [false, true]);
  first.stop();
  assert.equal(second.socket.isPaused, false, 'nobody else would ever wake it');
  second.stop();
  assert.equal(slabs.free, 1);
});

test('what speaks another protocol is called by its name, and not asked again', () => {
  const link = startLink();
  link.socket.open();
  link.tell({type: 'link.greet', file: 'x.bin'});
  link.socket.deliver(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
  assert.deepEqual(link.heard.at(-1), {
    type: 'link.lost',
    cause: 'not-fdl',
    reason: 'that port speaks HTTP, not fdl',
  });
  assert.ok(link.socket.isDestroyed);
});

test('nonsense is a violation, told once it is seen', () => {
  const link = startLink();
  link.socket.open();
  link.tell({type: 'link.greet', file: 'x.bin'});
  deliver(link, Buffer.alloc(64, 0x55));
  assert.equal(link.heard.at(-1)?.type, 'link.violated');
});

test('a connection closed after a goodbye is lost for another cause', () => {
  const causes = [false, true].map((hasGoodbye) => {
    const link = startLink();
    link.socket.open();
    link.tell({type: 'link.greet', file: 'x.bin'});
    deliver(link, encodeServer(WELCOME));
    if (hasGoodbye) deliver(link, encodeServer({type: 'goodbye', id: 0, lastId: 0}));
    link.socket.end();
    return link.heard.at(-1)?.['cause'];
  });
  assert.deepEqual(causes, ['failed', 'goodbye']);
});

test('over TCP: what is written arrives, replies come back, and a refused dial is told', async () => {
  const server = createServer((socket) => {
    socket.once('data', (bytes) => {
      assert.ok(bytes.subarray(0, MAGIC.length).equals(MAGIC));
      socket.end(REPLIES);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const {received, reason} = await talk(address.port);
  assert.deepEqual(received, REPLIES);
  assert.equal(reason, 'connection closed');
  server.close();
  await once(server, 'close');
  assert.equal((await talk(address.port)).reason, 'connection refused');
});

/** A link that greets, and asks for everything as soon as it has the manifest. */
function begin({onHeard, ...options}: LinkOptions = {}): StartedLink {
  const link = startLink({
    ...options,
    onHeard: (heard, self) => {
      if (heard.type === 'link.manifested') self.tell(...COMMANDS);
      onHeard?.(heard, self);
    },
  });
  link.socket.open();
  link.tell({type: 'link.greet', file: 'x.bin'});
  return link;
}

/** Dials, writes a greeting, and collects what comes until the end. */
function talk(port: number): Promise<{received: Buffer; reason: string}> {
  const memory = new Uint8Array(100);
  const pieces: Buffer[] = [];
  return new Promise((resolve) => {
    const socket = dialTcp(
      {host: '127.0.0.1', port},
      {
        memory: () => memory,
        received: (count) => void pieces.push(Buffer.from(memory.subarray(0, count))),
        opened: () => socket.write(MAGIC),
        closed: (reason) => resolve({received: Buffer.concat(pieces), reason}),
      },
    );
  });
}

/** Delivers all of it; what pauses the socket is given back. */
function deliverAll(
  link: StartedLink,
  pieces: readonly number[],
  gives: readonly boolean[] = [false],
  bytes: Buffer = REPLIES,
): void {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const piece = pieces[turn % pieces.length] ?? 1;
    at += link.socket.deliver(bytes.subarray(at, at + piece));
    if (gives[turn % gives.length] === true) giveBack(link);
    if (link.socket.isDestroyed) return;
    if (link.socket.isPaused) assert.ok(giveBack(link), 'it waits for a slab, and none is out');
  }
  while (link.socket.isPaused && !link.socket.isDestroyed)
    assert.ok(giveBack(link), 'it waits for a slab, and none is out');
}

/** Delivers until the socket is paused. */
function deliver(link: StartedLink, bytes: Buffer): void {
  let at = 0;
  while (at < bytes.length && !link.socket.isPaused && !link.socket.isDestroyed) {
    at += link.socket.deliver(bytes.subarray(at));
  }
}

function runWhole(options: LinkOptions = {}): readonly Heard[] {
  const link = begin(options);
  deliverAll(link, [REPLIES.length]);
  link.stop();
  return link.heard;
}

function hexOf(id: number, index: number, length: number): string {
  return Buffer.alloc(length, (id * 16 + index) % 251).toString('hex');
}
