import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FrameIntake} from '../../../src/actors/client/frame-intake.js';
import {Slabs} from '../../../src/actors/slabs.js';
import {FdlError} from '../../../src/errors.js';
import {HEADER_BYTES, TRASH_BYTES} from '../../../src/limits.js';
import {encodeServer} from '../../../src/protocol/codec.js';
import type {FrameHeader} from '../../../src/protocol/messages.js';
import {dataFrame} from './link-kit.js';

const BLOCK = 1_024;

test('a header, then exactly its payload: no byte of the next frame lands in a slab', () => {
  const it = start();
  assert.equal(it.intake.next()?.length, HEADER_BYTES);
  it.feed(dataFrame(1, 0).subarray(0, 10));
  assert.equal(it.intake.next()?.length, HEADER_BYTES - 10);
  it.feed(dataFrame(1, 0).subarray(10, 16));
  assert.equal(it.intake.next()?.length, BLOCK);
  assert.equal(it.slabs.free, 1, 'a slab is taken when the header is known');
  it.feed(dataFrame(1, 0).subarray(16, 1_000));
  assert.equal(it.intake.next()?.length, BLOCK + 16 - 1_000);
});

test('control frames are handed on whole, blocks with their slab, in the order they came', () => {
  const it = start();
  const pong = encodeServer({type: 'pong', id: 3});
  it.feed(Buffer.concat([pong, dataFrame(1, 0), pong, dataFrame(1, 1)]));
  assert.deepEqual(it.seen, ['control 3', 'block 0', 'control 3', 'block 1']);
  assert.deepEqual(Buffer.from(it.slabs.view(it.blocks[1] ?? 0)), dataFrame(1, 1).subarray(16));
  assert.equal(it.payload(), 2 * BLOCK);
});

test('with no slab free nothing is taken, and what is left is told', () => {
  const it = start();
  const bytes = Buffer.concat([dataFrame(1, 0), dataFrame(1, 1), dataFrame(1, 2)]);
  const rest = it.feed(bytes);
  assert.deepEqual(it.seen, ['block 0', 'block 1']);
  assert.equal(rest.length, BLOCK);
  assert.equal(it.intake.next(), null);
  it.giveBack();
  assert.equal(it.feed(rest).length, 0);
  assert.deepEqual(it.seen, ['block 0', 'block 1', 'block 2']);
});

test('what nobody wants any more is read into the same memory again and again, and counted', () => {
  const it = start({blockBytes: 5 * TRASH_BYTES, isWanted: false});
  it.feed(dataFrame(1, 0, 5 * TRASH_BYTES).subarray(0, 16));
  const memory = it.intake.next();
  assert.equal(memory?.length, TRASH_BYTES);
  it.feed(dataFrame(1, 0, 5 * TRASH_BYTES).subarray(16));
  assert.equal(it.intake.next()?.length, HEADER_BYTES, 'then the next header');
  assert.deepEqual(it.seen, []);
  assert.equal(it.slabs.free, 2);
  assert.equal(it.payload(), 5 * TRASH_BYTES);
});

test('at the end an unfinished block gives its slab back, and nothing is read any more', () => {
  const it = start();
  it.feed(dataFrame(1, 0).subarray(0, 500));
  assert.equal(it.slabs.free, 1);
  it.intake.close();
  assert.equal(it.slabs.free, 2);
  assert.equal(it.intake.next(), null);
  const rest = it.feed(dataFrame(1, 1));
  assert.equal(rest.length, 16 + BLOCK);
  assert.equal(it.slabs.free, 2);
  it.intake.close();
  assert.equal(it.slabs.free, 2);
});

test('a header that is none is a violation, before anything is allocated for it', () => {
  const it = start();
  const isViolation = (error: unknown) => error instanceof FdlError && error.code === 'protocol-violation';
  assert.throws(() => it.feed(Buffer.alloc(HEADER_BYTES, 0xff)), isViolation);
  assert.equal(it.slabs.free, 2);
});

function start({blockBytes = BLOCK, isWanted = true} = {}) {
  const slabs = new Slabs(2, blockBytes);
  const seen: string[] = [];
  const blocks: number[] = [];
  let payload = 0;
  const intake = new FrameIntake({
    takeSlab: () => slabs.take(),
    slabView: (slab, length) => slabs.view(slab, length),
    giveSlab: (slab) => slabs.give(slab),
    placeOf: ({index, length}: FrameHeader) =>
      isWanted ? {ticket: 1, fragment: 1, block: index, length} : null,
    onControl: ({id}) => seen.push(`control ${id}`),
    onBlock: ({block}, slab) => {
      seen.push(`block ${block}`);
      blocks.push(slab);
    },
    onPayload: (bytes) => {
      payload += bytes;
    },
  });
  return {
    intake,
    slabs,
    seen,
    blocks,
    payload: () => payload,
    feed: (bytes: Uint8Array) => intake.feed(bytes),
    giveBack: () => slabs.give(blocks.shift() ?? 0),
  };
}
