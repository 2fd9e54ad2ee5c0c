import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {FdlError} from '../../src/errors.js';
import {BLOCK_BYTES, CONTROL_BYTES_FIRST, CONTROL_BYTES_MAX, HEADER_BYTES} from '../../src/limits.js';
import {foreignProtocol} from '../../src/protocol/foreign.js';
import {type ControlFrame, ControlReader, parseHeader, writeHeader} from '../../src/protocol/frame-reader.js';
import {FRAME_TYPES, type FrameHeader} from '../../src/protocol/messages.js';

const CONTROL: FrameHeader = {type: FRAME_TYPES.fetch, length: 3, id: 7, index: 0};
const DATA: FrameHeader = {type: FRAME_TYPES.data, length: BLOCK_BYTES, id: 7, index: 99};

test('a header is 16 bytes, big endian, wherever in memory they are', () => {
  const memory = new Uint8Array(40).fill(0xee);
  writeHeader(memory.subarray(5), {type: 0x87, length: 0x0001_0203, id: 0x0405_0607, index: 0x0809_0a0b});
  assert.equal(
    Buffer.from(memory.subarray(4, 22)).toString('hex'),
    `ee${'87000000'}${'00010203'}${'04050607'}${'08090a0b'}ee`,
  );
  assert.deepEqual(parseHeader(memory.subarray(5)), {
    type: 0x87,
    length: 0x0001_0203,
    id: 0x0405_0607,
    index: 0x0809_0a0b,
  });
});

test('lengths are right up to their limits and wrong beyond them, on both sides', () => {
  const right: FrameHeader[] = [
    {...CONTROL, length: 1},
    {...CONTROL, length: CONTROL_BYTES_MAX},
    {...DATA, length: 1},
    DATA,
  ];
  for (const header of right) assert.deepEqual(parseHeader(headerBytes(header)), header);
  const wrong: FrameHeader[] = [
    {...CONTROL, length: 0},
    {...CONTROL, length: CONTROL_BYTES_MAX + 1},
    {...CONTROL, index: 1},
    {...CONTROL, type: 0x0d},
    {...DATA, length: 0},
    {...DATA, length: BLOCK_BYTES + 1},
    {...DATA, id: -1},
    {...DATA, index: 2 ** 32},
    {...DATA, id: 0.5},
  ];
  for (const header of wrong) assert.throws(() => headerBytes(header), RangeError, JSON.stringify(header));
});

test('any 16 bytes are a header or a violation of the protocol', () => {
  const bytes = fc.oneof(
    fc.uint8Array({minLength: HEADER_BYTES, maxLength: HEADER_BYTES}),
    fc.tuple(fc.integer({min: 0, max: 255}), fc.nat(), fc.nat()).map(([type, length, id]) => {
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt8(type, 0);
      header.writeUInt32BE(length, 4);
      header.writeUInt32BE(id, 8);
      return new Uint8Array(header);
    }),
  );
  fc.assert(
    fc.property(bytes, (header) => {
      const parsed = attempt(() => parseHeader(header));
      if (parsed !== null) assert.deepEqual(new Uint8Array(headerBytes(parsed)), header);
    }),
    {numRuns: 2_000},
  );
});

test('other protocols are called by their names', () => {
  const beginnings: readonly (readonly [string, string | null])[] = [
    ['HTTP/1.1 400 Bad Request\r\n', 'HTTP'],
    ['<!DOCTYPE html>', 'HTTP'],
    ['SSH-2.0-x', 'SSH'],
    ['220 mail.example.org ESMTP', 'FTP or SMTP'],
    ['\x15\x03\x01\x00\x02\x02\x46', 'TLS'],
    ['\x16\x03\x03', 'TLS'],
    ['HTT', null],
    ['', null],
    ['\x81\x00\x00\x00', null],
  ];
  for (const [start, name] of beginnings) {
    assert.equal(foreignProtocol(Buffer.from(start, 'latin1')), name, start);
  }
});

test('frames come out whole and in order, however the stream is cut', () => {
  const frames = fc.array(controlFrame(), {maxLength: 6});
  const cuts = fc.array(fc.oneof(fc.constant(1), fc.integer({min: 1, max: 3_000})), {minLength: 1});
  fc.assert(
    fc.property(frames, cuts, (sent, pieces) => {
      const stream = Buffer.concat(sent.map(bytesOf));
      assert.deepEqual(readAll(stream, pieces), sent);
      assert.deepEqual(readAll(stream, [stream.length + 1]), sent);
    }),
    {numRuns: 200},
  );
});

test('one byte at a time and a thousand frames at once are the same to the reader', () => {
  const ping = bytesOf({
    header: {type: FRAME_TYPES.ping, length: 1, id: 1, index: 0},
    payload: Buffer.of(0x90),
  });
  const stream = Buffer.concat(Array.from({length: 1_000}, () => ping));
  assert.equal(new ControlReader().push(stream).length, 1_000);
  assert.equal(readAll(stream, [1]).length, 1_000);
});

test('the largest frame is read from large and small pieces alike', () => {
  const header = {...CONTROL, length: CONTROL_BYTES_MAX};
  const frame = {header, payload: Buffer.alloc(CONTROL_BYTES_MAX, 'payload')};
  for (const piece of [1, CONTROL_BYTES_FIRST, CONTROL_BYTES_FIRST + 1, 65_000, 100_000]) {
    assert.deepEqual(readAll(bytesOf(frame), [piece]), [frame]);
  }
});

test('nothing the reader gives refers to the bytes it was given', () => {
  const chunk = bytesOf({header: CONTROL, payload: Buffer.from('abc')});
  const [frame] = new ControlReader().push(chunk);
  chunk.fill(0);
  assert.equal(Buffer.from(frame?.payload ?? []).toString(), 'abc');
});

test('an announced length costs nothing until its bytes arrive', () => {
  const before = process.memoryUsage().arrayBuffers;
  const header = headerBytes({...CONTROL, length: CONTROL_BYTES_MAX});
  const readers = Array.from({length: 1_000}, () => {
    const reader = new ControlReader();
    reader.push(header);
    return reader;
  });
  assert.ok(process.memoryUsage().arrayBuffers - before < readers.length * 4 * CONTROL_BYTES_FIRST);
});

test('blocks and replies sent to a server are a violation, seen before their payload', () => {
  for (const header of [DATA, {...CONTROL, type: FRAME_TYPES.welcome}]) {
    assert.throws(() => new ControlReader().push(headerBytes(header)), isViolation);
  }
});

test('after a violation the reader stays broken', () => {
  const reader = new ControlReader();
  const good = bytesOf({header: CONTROL, payload: Buffer.from('abc')});
  assert.equal(reader.push(good).length, 1);
  assert.throws(() => reader.push(Buffer.alloc(HEADER_BYTES)), isViolation);
  assert.throws(() => reader.push(good), isViolation);
});

function controlFrame(): fc.Arbitrary<ControlFrame> {
  const type = fc.constantFrom(FRAME_TYPES.hello, FRAME_TYPES.fetch, FRAME_TYPES.ping);
  const payload = fc.oneof(
    fc.uint8Array({minLength: 1, maxLength: 40}),
    fc.uint8Array({minLength: 1, maxLength: 3_000, size: 'max'}),
  );
  return fc.tuple(type, fc.nat(), payload).map(([code, id, bytes]) => ({
    header: {type: code, length: bytes.length, id, index: 0},
    payload: Buffer.from(bytes),
  }));
}

function bytesOf({header, payload}: ControlFrame): Buffer {
  return Buffer.concat([headerBytes(header), payload]);
}

function headerBytes(header: FrameHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  writeHeader(bytes, header);
  return bytes;
}

/** Feeds `stream` in pieces of the lengths given, over and over. */
function readAll(stream: Buffer, lengths: readonly number[]): ControlFrame[] {
  const reader = new ControlReader();
  const frames: ControlFrame[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    frames.push(...reader.push(stream.subarray(at, at + length)));
    at += length;
  }
  return frames;
}

function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    assert.ok(isViolation(error), String(error));
    return null;
  }
}

function isViolation(error: unknown): error is FdlError {
  return error instanceof FdlError && error.code === 'protocol-violation';
}
