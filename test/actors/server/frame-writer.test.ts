import assert from 'node:assert/strict';
import {test} from 'node:test';
import {RateLimit} from '../../../src/actors/rate-limit.js';
import type {Duplex} from '../../../src/actors/server/duplex.js';
import {FrameWriter} from '../../../src/actors/server/frame-writer.js';
import {BLOCK_WRITE_TIMEOUT_MS} from '../../../src/limits.js';
import {VirtualClock} from '../../support/virtual-clock.js';

test('one who does not take a block in time is given up; each block that leaves begins the time anew', async () => {
  const {writer, clock, socket, stuck} = start();
  void writer.data(Buffer.from('one'));
  void writer.data(Buffer.from('two'));
  clock.advance(BLOCK_WRITE_TIMEOUT_MS - 1);
  assert.equal(stuck(), false);
  socket.leave();
  clock.advance(BLOCK_WRITE_TIMEOUT_MS - 1);
  assert.equal(stuck(), false);
  clock.advance(1);
  assert.equal(stuck(), true);
});

test('nothing waits when everything has left', () => {
  const {writer, clock, socket, stuck} = start();
  void writer.data(Buffer.from('one'));
  socket.leave();
  clock.advance(10 * BLOCK_WRITE_TIMEOUT_MS);
  assert.equal(stuck(), false);
});

test('a frame resolves when its own bytes have left, not those of another', async () => {
  const {writer, socket} = start();
  const left: string[] = [];
  const sent = ['one', 'two'].map((text) => writer.data(Buffer.from(text)).then(() => left.push(text)));
  socket.leave();
  await sent[0];
  assert.deepEqual(left, ['one']);
  socket.leave();
  await sent[1];
  assert.deepEqual(left, ['one', 'two']);
});

test('with a limit a frame goes in pieces, others wait for its end, and an end frame follows its data', async () => {
  const {writer, clock, socket} = start(2_000);
  void writer.data(Buffer.alloc(2_500, 'a'));
  void writer.data(Buffer.alloc(1_500, 'b'));
  writer.afterData(Buffer.from('END'));
  await settle();
  void writer.control(Buffer.from('pong'));
  for (let turn = 0; turn < 20; turn++) {
    await settle();
    socket.leave();
    clock.advance(600);
  }
  await settle();
  assert.deepEqual(
    socket.written.map((text) => `${text[0]}${text.length}`),
    ['a1024', 'a1024', 'a452', 'p4', 'b1024', 'b476', 'E3'],
  );
});

test('the socket is closed after what was given, and nothing follows', async () => {
  const {writer, clock, socket} = start(2_000);
  void writer.data(Buffer.alloc(1_500, 'a'));
  writer.end();
  assert.equal(await writer.control(Buffer.from('late')), false);
  assert.equal(socket.ended(), false);
  for (let turn = 0; turn < 10; turn++) {
    await settle();
    socket.leave();
    clock.advance(600);
  }
  await settle();
  assert.deepEqual([socket.written.join('').length, socket.ended()], [1_500, true]);
});

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function start(bytesPerSecond?: number) {
  const clock = new VirtualClock();
  const waiting: (() => void)[] = [];
  const written: string[] = [];
  let isEnded = false;
  let isStuck = false;
  const duplex: Duplex = {
    on: () => {},
    write(bytes, done) {
      written.push(Buffer.from(bytes).toString());
      waiting.push(() => done());
      return false;
    },
    end() {
      isEnded = true;
    },
    destroy: () => {},
  };
  const limit = bytesPerSecond === undefined ? null : new RateLimit(bytesPerSecond, clock);
  const writer = new FrameWriter(duplex, clock, limit, () => {
    isStuck = true;
  });
  const socket = {written, leave: () => waiting.shift()?.(), ended: () => isEnded};
  return {writer, clock, socket, stuck: () => isStuck};
}
