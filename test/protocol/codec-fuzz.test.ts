import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {Unpackr} from 'msgpackr';
import {FdlError} from '../../src/errors.js';
import {HEADER_BYTES} from '../../src/limits.js';
import {decodeClient, decodeServer, encodeClient, encodeServer} from '../../src/protocol/codec.js';
import {parseHeader} from '../../src/protocol/frame-reader.js';
import {CLIENT_LAYOUTS, SERVER_LAYOUTS} from '../../src/protocol/layouts.js';
import {FRAME_TYPES} from '../../src/protocol/messages.js';
import {msgpackProblem} from '../../src/protocol/msgpack-scan.js';
import {clientMessages, serverMessages} from './arbitraries.js';
import {plainMsgpack} from './plain-msgpack.js';

const RUNS = {numRuns: 1_000};

test('every message of a client arrives as it was sent, in the shortest bytes', () => {
  fc.assert(
    fc.property(clientMessages(), (message) => {
      const frame = encodeClient(message);
      const payload = frame.subarray(HEADER_BYTES);
      assert.deepEqual(decodeClient(parseHeader(frame), payload), message);
      assert.deepEqual(payload, plainMsgpack(CLIENT_LAYOUTS[message.type].encode(message as never)));
    }),
    RUNS,
  );
});

test('every message of a server arrives as it was sent, in the shortest bytes', () => {
  fc.assert(
    fc.property(serverMessages(), (message) => {
      const frame = encodeServer(message);
      const payload = frame.subarray(HEADER_BYTES);
      assert.deepEqual(decodeServer(parseHeader(frame), payload), message);
      assert.deepEqual(payload, plainMsgpack(SERVER_LAYOUTS[message.type].encode(message as never)));
    }),
    RUNS,
  );
});

test('random bytes are a message that could be sent back, or a violation of the protocol', () => {
  const payload = fc.oneof(fc.uint8Array({minLength: 1, maxLength: 200}), msgpackLike());
  const types = fc.constantFrom(...Object.values(FRAME_TYPES));
  fc.assert(
    fc.property(types, fc.nat(3), payload, (type, id, bytes) => receive(type, id, Buffer.from(bytes))),
    {numRuns: 5_000},
  );
});

test('frames with flipped, cut, doubled or inserted bytes are valid messages or violations', () => {
  const frames = fc.oneof(clientMessages().map(encodeClient), serverMessages().map(encodeServer));
  fc.assert(
    fc.property(frames, fc.array(mutations(), {minLength: 1, maxLength: 4}), (frame, changes) => {
      const changed = changes.reduce(mutated, Buffer.from(frame));
      if (changed.length <= HEADER_BYTES) return;
      try {
        const header = parseHeader(changed);
        receive(header.type, header.id, changed.subarray(HEADER_BYTES));
      } catch (error) {
        assertViolation(error);
      }
    }),
    {numRuns: 5_000},
  );
});

test('what passes the scan, the decoder turns into plain values without an error', () => {
  const unpackr = new Unpackr({useRecords: false});
  fc.assert(
    fc.property(fc.oneof(msgpackLike(), fc.uint8Array({maxLength: 30})), (bytes) => {
      if (msgpackProblem(bytes) === null) assert.ok(isPlain(unpackr.unpack(bytes)));
    }),
    {numRuns: 20_000},
  );
});

test('every value of the kinds that messages hold passes the scan, and none that is cut or longer', () => {
  const {value} = fc.letrec((tie) => ({
    value: fc.oneof({maxDepth: 7}, leaf(), fc.array(tie('value'), {maxLength: 20})),
  }));
  fc.assert(
    fc.property(value, fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}), (held, share) => {
      const bytes = plainMsgpack(held);
      assert.equal(msgpackProblem(bytes), null);
      assert.notEqual(msgpackProblem(bytes.subarray(0, Math.floor(share * bytes.length))), null);
      assert.notEqual(msgpackProblem(Buffer.concat([bytes, Buffer.of(0xc0)])), null);
    }),
    RUNS,
  );
});

function leaf(): fc.Arbitrary<unknown> {
  const text = fc.string({unit: 'grapheme'}).filter((value) => !value.startsWith('\ufeff'));
  return fc.oneof(fc.maxSafeInteger(), fc.integer(), text, fc.uint8Array(), fc.boolean(), fc.constant(null));
}

/** Bytes in which msgpack heads are common. */
function msgpackLike(): fc.Arbitrary<Uint8Array> {
  const heads = [
    0x90, 0x91, 0x92, 0x94, 0xa1, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xca, 0xcb,
  ];
  const more = [
    0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd3, 0xd4, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xff, 0x81,
  ];
  const item = fc.oneof(
    fc.constantFrom(...heads, ...more).map((head) => [head]),
    fc.nat(40).map((small) => [small]),
    fc.constant([0xc4, 0x20, ...Array<number>(32).fill(7)]),
    fc.constant([0xa2, 0x6f, 0x6b]),
  );
  return fc.array(item, {minLength: 1, maxLength: 24}).map((items) => Uint8Array.from(items.flat()));
}

interface Mutation {
  readonly kind: 'set' | 'cut' | 'double' | 'insert' | 'length';
  readonly place: number;
  readonly byte: number;
}

function mutations(): fc.Arbitrary<Mutation> {
  const kind = fc.constantFrom(
    'set' as const,
    'cut' as const,
    'double' as const,
    'insert' as const,
    'length' as const,
  );
  return fc.record({kind, place: fc.nat(), byte: fc.nat(255)});
}

function mutated(bytes: Buffer<ArrayBuffer>, {kind, place, byte}: Mutation): Buffer<ArrayBuffer> {
  if (bytes.length <= HEADER_BYTES) return bytes;
  const at = place % bytes.length;
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  if (kind === 'cut') return Buffer.from(before);
  if (kind === 'double') return Buffer.concat([bytes, after]);
  if (kind === 'insert') return Buffer.concat([before, Buffer.of(byte), after]);
  const changed = Buffer.from(bytes);
  if (kind === 'set') changed.writeUInt8(byte, at);
  // A length that fits again lets earlier changes reach what is behind the header.
  else changed.writeUInt32BE(bytes.length - HEADER_BYTES, 4);
  return changed;
}

/** Receives a payload as a frame: the message it is can be sent back; all else is a violation. */
function receive(type: number, id: number, payload: Buffer): void {
  const header = {type, length: payload.length, id, index: 0};
  try {
    if (type < 0x80) encodeClient(decodeClient(header, payload));
    else encodeServer(decodeServer(header, payload));
  } catch (error) {
    assertViolation(error);
  }
}

function assertViolation(error: unknown): void {
  assert.ok(error instanceof FdlError && error.code === 'protocol-violation', (error as Error).stack);
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  return (
    value === null || value instanceof Uint8Array || ['string', 'number', 'boolean'].includes(typeof value)
  );
}
