import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FdlError} from '../../src/errors.js';
import {CONTROL_BYTES_MAX, HEADER_BYTES, TEXT_BYTES_MAX} from '../../src/limits.js';
import {decodeClient, decodeServer, encodeClient, encodeServer} from '../../src/protocol/codec.js';
import {parseHeader, writeHeader} from '../../src/protocol/frame-reader.js';
import {
  type ClientMessage,
  FRAME_TYPES,
  type FrameHeader,
  MAGIC,
  type ServerMessage,
} from '../../src/protocol/messages.js';
import {plainMsgpack} from './plain-msgpack.js';
import {SAMPLES} from './samples.js';
import {type FrameVectors, readVectors} from './vectors.js';

const ROOT = 'ab'.repeat(32);
const VECTORS = readVectors<FrameVectors>('frames.json');

test('the vectors hold every sample, and the samples every message', () => {
  assert.deepEqual(
    VECTORS.control.map(({name, from, message}) => ({name, from, message})),
    SAMPLES.map((sample) => ({...sample})),
  );
  const types = new Set<string>(['data', ...SAMPLES.map((sample) => sample.message.type)]);
  assert.deepEqual([...types].sort(), Object.keys(FRAME_TYPES).sort());
});

test('every message becomes exactly the bytes of its vector', () => {
  assert.equal(Buffer.from(MAGIC).toString('hex'), VECTORS.magic);
  for (const vector of VECTORS.control) {
    const frame = vector.from === 'client' ? encodeClient(vector.message) : encodeServer(vector.message);
    assert.equal(frame.toString('hex'), vector.frame, vector.name);
  }
});

test('the bytes of every vector become its message', () => {
  for (const {name, from, message, frame} of VECTORS.control) {
    const bytes = Buffer.from(frame, 'hex');
    const decode = from === 'client' ? decodeClient : decodeServer;
    assert.deepEqual(decode(parseHeader(bytes), bytes.subarray(HEADER_BYTES)), message, name);
  }
});

test('a second encoder, written for the tests, gives the bytes of every vector from its fields', () => {
  for (const {name, message, fields, frame} of VECTORS.control) {
    const payload = plainMsgpack(fields);
    const head = Buffer.alloc(HEADER_BYTES);
    head.writeUInt8(FRAME_TYPES[message.type], 0);
    head.writeUInt32BE(payload.length, 4);
    head.writeUInt32BE(message.id, 8);
    assert.equal(Buffer.concat([head, payload]).toString('hex'), frame, name);
  }
});

test('data frames have the header of their vectors', () => {
  for (const {name, header, payload, frame} of VECTORS.data) {
    const bytes = Buffer.alloc(HEADER_BYTES);
    writeHeader(bytes, header);
    assert.equal(bytes.toString('hex') + payload, frame, name);
    assert.deepEqual(parseHeader(Buffer.from(frame, 'hex')), header, name);
  }
});

test('the vectors hold a whole conversation that both sides understand', () => {
  for (const {from, says, bytes} of VECTORS.conversation) {
    if (says === 'magic' || says === 'data') continue;
    const frame = Buffer.from(bytes, 'hex');
    const decode = from === 'client' ? decodeClient : decodeServer;
    assert.ok(says.startsWith(decode(parseHeader(frame), frame.subarray(HEADER_BYTES)).type), says);
  }
});

test('hello and welcome of later versions may be longer; no other message may', () => {
  const hello = [1, 2, [], null, 'more', [1.5]];
  assert.equal(decodeClient(...frameOf('hello', 0, hello)).type, 'hello');
  const welcome = [1, [], new Uint8Array(16), 'more'];
  assert.equal(decodeServer(...frameOf('welcome', 0, welcome)).type, 'welcome');
  assert.throws(() => decodeClient(...frameOf('list', 1, ['', 1, null])), isViolation);
  assert.throws(() => decodeServer(...frameOf('error', 1, [['io-error', '', null], null])), isViolation);
  assert.throws(() => decodeServer(...frameOf('error', 1, [['io-error', '', null, null]])), isViolation);
});

test('a name that may not travel passes the codec, for its answer is that of an absent file', () => {
  const names = ['', '..', '../x', '/etc/passwd', 'a\u0000b', '\u202e', 'x'.repeat(1_024)];
  for (const name of names) {
    assert.deepEqual(decodeClient(...frameOf('manifest', 1, [name])), {type: 'manifest', id: 1, name});
  }
});

test('whole numbers are accepted in any form that is exact', () => {
  const float = Buffer.from(`92cb${'3ff0000000000000'}c0`, 'hex');
  const id: FrameHeader = {type: FRAME_TYPES.list, length: float.length, id: 1, index: 0};
  assert.throws(() => decodeClient(id, float), isViolation, 'the second field is no number');
  const list = Buffer.from('92a0cb3ff0000000000000', 'hex');
  assert.deepEqual(decodeClient({...id, length: list.length}, list), {
    type: 'list',
    id: 1,
    after: '',
    limit: 1,
  });
});

test('minus zero is received as zero', () => {
  const payload = Buffer.from('91cb8000000000000000', 'hex');
  const message = decodeServer({type: FRAME_TYPES.goodbye, length: payload.length, id: 0, index: 0}, payload);
  assert.ok(message.type === 'goodbye' && Object.is(message.lastId, 0));
});

test('requests need an id of their own, since 0 is the connection', () => {
  assert.throws(() => decodeClient(...frameOf('ping', 0, [])), isViolation);
  assert.throws(() => encodeClient({type: 'ping', id: 0}), RangeError);
  assert.equal(decodeServer(...frameOf('error', 0, [['draining', '', null]])).id, 0);
});

test('each side refuses the messages of its own side, and data frames', () => {
  assert.throws(() => decodeClient(...frameOf('pong', 1, [])), isViolation);
  assert.throws(() => decodeServer(...frameOf('ping', 1, [])), isViolation);
  assert.throws(() => decodeClient(...frameOf('data', 1, [])), isViolation);
  assert.throws(() => decodeServer(...frameOf('data', 1, [])), isViolation);
});

test('a payload that is not as long as its header says is refused', () => {
  const [header, payload] = frameOf('ping', 1, []);
  assert.throws(() => decodeClient({...header, length: 2}, payload), isViolation);
});

test('what is decoded is independent of the bytes it came from', () => {
  const [header, payload] = frameOf('digestsReply', 1, [new Uint8Array(64).fill(7)]);
  const received = new Uint8Array(payload);
  const message = decodeServer(header, received);
  received.fill(0);
  assert.ok(message.type === 'digestsReply');
  assert.equal(message.digests.constructor, Uint8Array);
  assert.deepEqual(message.digests, new Uint8Array(64).fill(7));
  assert.equal(message.digests.buffer.byteLength, 64);
});

test('text for people is cut between two characters when it is too long', () => {
  for (const character of ['a', 'é', '日', '🎈']) {
    const width = Buffer.byteLength(character);
    const text = textAfterTravel(`${character}`.repeat(TEXT_BYTES_MAX));
    assert.equal(text, character.repeat(Math.floor(TEXT_BYTES_MAX / width)));
  }
  assert.equal(textAfterTravel(`x${'🎈'.repeat(400)}`), `x${'🎈'.repeat(249)}`);
  assert.equal(textAfterTravel('\ud800x'), '\ufffdx');
  assert.equal(textAfterTravel('\ufeff\ufeffx'), 'x');
});

test('a violation is told without a word of the peer', () => {
  const evil = '\u001b]0;evil\u0007';
  assert.throws(
    () => decodeServer(...frameOf('error', 1, [[evil, evil, evil]])),
    (error) => isViolation(error) && !error.message.includes('evil') && /code/.test(error.message),
  );
});

test('what may not be received is not sent either', () => {
  const fetch = {type: 'fetch', id: 1, name: 'x', root: ROOT, fragment: 1, firstBlock: 0, count: 1} as const;
  const refusal = {code: 'io-error', message: '', progressPermille: null} as const;
  const manifest = {
    type: 'manifestReply',
    id: 1,
    size: 1,
    blockBytes: 4,
    fragmentBytes: 8,
    sha256: ROOT,
    root: ROOT,
    modifiedMs: 0,
    fragmentsHere: 1,
  } as const;
  const fromClient: ClientMessage[] = [
    {...fetch, count: 0},
    {...fetch, count: 17},
    {...fetch, count: 1.5},
    {...fetch, count: Number.NaN},
    {...fetch, id: -1},
    {...fetch, id: 2 ** 32},
    {...fetch, root: ROOT.toUpperCase()},
    {...fetch, root: 'ab'},
    {...fetch, name: '\ud800'},
    {...fetch, name: '\ufeffx'},
    {...fetch, name: 'é'.repeat(513)},
    {type: 'list', id: 1, after: '', limit: 1_025},
    {type: 'hello', id: 0, minVersion: 2, maxVersion: 1, features: [], credentials: null},
    {type: 'hello', id: 0, minVersion: 1, maxVersion: 1, features: Array(33).fill('a'), credentials: null},
    {type: 'hello', id: 0, minVersion: 1, maxVersion: 1, features: [], credentials: new Uint8Array(4_097)},
  ];
  for (const message of fromClient) assert.throws(() => encodeClient(message), RangeError);
  const fromServer: ServerMessage[] = [
    {...manifest, fragmentBytes: 9},
    {...manifest, fragmentsHere: 2},
    {...manifest, size: 2 ** 53},
    {...manifest, modifiedMs: 0.5},
    {type: 'digestsReply', id: 1, digests: new Uint8Array(0)},
    {type: 'digestsReply', id: 1, digests: new Uint8Array(33)},
    {type: 'haveReply', id: 1, bitmap: new Uint8Array(129)},
    {type: 'error', id: 1, refusal: {...refusal, progressPermille: 5}},
    {type: 'end', id: 1, status: {kind: 'busy', retryAfterMs: -1, slots: 1, slotsInUse: 1}},
    {type: 'end', id: 1, status: {kind: 'busy', retryAfterMs: 0.5, slots: 1, slotsInUse: 1}},
    {type: 'welcome', id: 0, version: 1, features: [], instanceId: 'ab'},
  ];
  for (const message of fromServer) assert.throws(() => encodeServer(message), RangeError);
});

test('a listing that would not fit a control frame is not sent', () => {
  const entries = Array.from({length: 1_024}, (_, index) => ({
    name: `${index}`.padStart(200, 'x'),
    size: 0,
    root: ROOT,
    whole: true,
  }));
  assert.throws(() => encodeServer({type: 'listing', id: 1, entries, more: false}), RangeError);
  const fitting = encodeServer({type: 'listing', id: 1, entries: entries.slice(0, 270), more: true});
  assert.ok(fitting.length <= HEADER_BYTES + CONTROL_BYTES_MAX);
});

function textAfterTravel(message: string): string {
  const frame = encodeServer({
    type: 'error',
    id: 1,
    refusal: {code: 'io-error', message, progressPermille: null},
  });
  const received = decodeServer(parseHeader(frame), frame.subarray(HEADER_BYTES));
  assert.ok(received.type === 'error');
  return received.refusal.message;
}

function frameOf(type: keyof typeof FRAME_TYPES, id: number, fields: unknown[]): [FrameHeader, Buffer] {
  const payload = plainMsgpack(fields);
  return [{type: FRAME_TYPES[type], length: payload.length, id, index: 0}, payload];
}

function isViolation(error: unknown): error is FdlError {
  return error instanceof FdlError && error.code === 'protocol-violation';
}
