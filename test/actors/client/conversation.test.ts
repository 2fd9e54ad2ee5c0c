import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {Conversation} from '../../../src/actors/client/conversation.js';
import {FdlError} from '../../../src/errors.js';
import {BUSY_MIN_MS, HEADER_BYTES} from '../../../src/limits.js';
import type {LinkCommand} from '../../../src/machines/link-events.js';
import {decodeClient, encodeServer} from '../../../src/protocol/codec.js';
import {parseHeader} from '../../../src/protocol/frame-reader.js';
import {
  BUNDLE_FEATURE,
  type ClientMessage,
  FRAME_TYPES,
  MAGIC,
  type ServerMessage,
  VERSION,
} from '../../../src/protocol/messages.js';
import {serverMessages} from '../../protocol/arbitraries.js';
import {GEOMETRY, MANIFEST, ROOT, WELCOME} from './link-kit.js';

type Command = Exclude<LinkCommand, {readonly type: 'link.abandon'}>;
const REFUSAL = {code: 'io-error', message: '', progressPermille: null} as const;
const FETCH: Command = {type: 'link.fetch', ticket: 11, run: {fragment: 1, first: 1, end: 3}};
const MANIFEST_REPLY: ServerMessage = {type: 'manifestReply', id: 1, ...MANIFEST};

test('a greeting is the magic bytes, hello and the question for the file, in one go', () => {
  const frames = new Conversation(GEOMETRY).framesFor({type: 'link.greet', file: 'x.bin'});
  assert.deepEqual(frames[0], MAGIC);
  assert.deepEqual(frames.slice(1).map(messageOf), [
    {
      type: 'hello',
      id: 0,
      minVersion: VERSION,
      maxVersion: VERSION,
      features: [BUNDLE_FEATURE],
      credentials: null,
    },
    {type: 'manifest', id: 1, name: 'x.bin'},
  ]);
});

test('every question has the next id, and names the version of the file', () => {
  const conversation = welcomed();
  const ask = (command: Command) => conversation.framesFor(command).map(messageOf);
  assert.deepEqual(ask({type: 'link.survey', root: ROOT, first: 1, count: 3}), [
    {type: 'have', id: 2, root: ROOT, first: 1, count: 3},
  ]);
  assert.deepEqual(ask({type: 'link.askFragmentDigests', root: ROOT, first: 1, count: 3}), [
    {type: 'digests', id: 3, root: ROOT, first: 1, count: 3},
  ]);
  assert.deepEqual(ask({type: 'link.askBlockDigests', root: ROOT, fragment: 2, blocks: 4}), [
    {type: 'blockDigests', id: 4, root: ROOT, fragment: 2},
  ]);
  assert.deepEqual(ask(FETCH), [
    {type: 'fetch', id: 5, name: 'x.bin', root: ROOT, fragment: 1, firstBlock: 1, count: 2},
  ]);
  assert.deepEqual(ask({type: 'link.ping'}), [{type: 'ping', id: 6}]);
  assert.deepEqual(ask({type: 'link.complain', root: ROOT, fragment: 1, block: 2}), [
    {type: 'report', id: 0, root: ROOT, fragment: 1, block: 2},
  ]);
});

test('a fetch is cancelled once, and one that is over not at all', () => {
  const conversation = welcomed();
  conversation.framesFor(FETCH);
  assert.deepEqual(conversation.framesFor({type: 'link.cancel', ticket: 11}).map(messageOf), [
    {type: 'cancel', id: 2},
  ]);
  assert.deepEqual(conversation.framesFor({type: 'link.cancel', ticket: 11}), []);
  hear(conversation, {type: 'end', id: 2, status: {kind: 'cancelled'}});
  assert.deepEqual(conversation.framesFor({type: 'link.cancel', ticket: 11}), []);
});

test('a data frame has its place; of a cancelled fetch it has none', () => {
  const conversation = welcomed();
  conversation.framesFor(FETCH);
  assert.deepEqual(conversation.placeOf(data(2, 1)), {ticket: 11, fragment: 1, block: 1, length: 1_024});
  conversation.framesFor({type: 'link.cancel', ticket: 11});
  assert.equal(conversation.placeOf(data(2, 2)), null);
  assert.deepEqual(hear(conversation, {type: 'end', id: 2, status: {kind: 'ok'}}), [
    {type: 'link.ended', ticket: 11, end: {kind: 'ok'}},
  ]);
});

test('the end of a fetch says what the server said', () => {
  const busy = {kind: 'busy', retryAfterMs: 1, slots: 2, slotsInUse: 2} as const;
  for (const [status, end] of [
    [busy, {kind: 'busy', retryAfterMs: BUSY_MIN_MS}],
    [
      {...busy, retryAfterMs: 5_000},
      {kind: 'busy', retryAfterMs: 5_000},
    ],
    [
      {kind: 'error', refusal: REFUSAL},
      {kind: 'refused', refusal: REFUSAL},
    ],
  ] as const) {
    const conversation = welcomed();
    conversation.framesFor(FETCH);
    conversation.placeOf(data(2, 1));
    const said = hear(conversation, {type: 'end', id: 2, status});
    assert.deepEqual(said, [{type: 'link.ended', ticket: 11, end}]);
  }
});

test('an error is about what was asked, or about the connection', () => {
  const conversation = welcomed();
  conversation.framesFor({type: 'link.survey', root: ROOT, first: 1, count: 3});
  conversation.framesFor({type: 'link.askFragmentDigests', root: ROOT, first: 1, count: 3});
  conversation.framesFor({type: 'link.askBlockDigests', root: ROOT, fragment: 2, blocks: 4});
  const refuse = (id: number) => hear(conversation, {type: 'error', id, refusal: REFUSAL});
  assert.deepEqual(refuse(2), [{type: 'link.refused', refusal: REFUSAL}]);
  assert.deepEqual(refuse(3), [{type: 'link.digestsRefused', fragment: null, refusal: REFUSAL}]);
  assert.deepEqual(refuse(4), [{type: 'link.digestsRefused', fragment: 2, refusal: REFUSAL}]);
  assert.deepEqual(refuse(0), [{type: 'link.refused', refusal: REFUSAL}]);
});

test('a goodbye gives back what will not be served, and says that the connection ends', () => {
  const conversation = welcomed();
  conversation.framesFor(FETCH);
  conversation.framesFor({...FETCH, ticket: 12});
  const said = hear(conversation, {type: 'goodbye', id: 0, lastId: 2});
  const refusal = {code: 'draining', message: '', progressPermille: null};
  assert.deepEqual(said, [
    {type: 'link.ended', ticket: 12, end: {kind: 'refused', refusal}},
    {type: 'link.goodbye'},
  ]);
  assert.ok(conversation.hasGoodbye);
  assert.ok(conversation.placeOf(data(2, 1)) !== null, 'what it still serves is taken');
});

const QUESTION: Command = {type: 'link.askBlockDigests', root: ROOT, fragment: 2, blocks: 4};
const VIOLATIONS: readonly {
  readonly what: string;
  readonly asked?: readonly Command[];
  readonly says: (conversation: Conversation) => unknown;
}[] = [
  {what: 'a second welcome', says: (it) => hear(it, WELCOME)},
  {what: 'a second manifest', says: (it) => hear(it, MANIFEST_REPLY)},
  {what: 'a listing', says: (it) => hear(it, {type: 'listing', id: 1, entries: [], more: false})},
  {what: 'a pong without a ping', says: (it) => hear(it, {type: 'pong', id: 2})},
  {
    what: 'an answer to a question of another kind',
    asked: [QUESTION],
    says: (it) => hear(it, {type: 'digestsReply', id: 2, digests: new Uint8Array(128)}),
  },
  {
    what: 'a second answer',
    asked: [QUESTION],
    says: (it) => {
      hear(it, {type: 'blockDigestsReply', id: 2, digests: new Uint8Array(128)});
      hear(it, {type: 'blockDigestsReply', id: 2, digests: new Uint8Array(128)});
    },
  },
  {
    what: 'too few block digests',
    asked: [QUESTION],
    says: (it) => hear(it, {type: 'blockDigestsReply', id: 2, digests: new Uint8Array(96)}),
  },
  {
    what: 'too many fragment digests',
    asked: [{type: 'link.askFragmentDigests', root: ROOT, first: 1, count: 2}],
    says: (it) => hear(it, {type: 'digestsReply', id: 2, digests: new Uint8Array(96)}),
  },
  {
    what: 'a bitmap that is too long',
    asked: [{type: 'link.survey', root: ROOT, first: 1, count: 3}],
    says: (it) => hear(it, {type: 'haveReply', id: 2, bitmap: new Uint8Array(2)}),
  },
  {what: 'data that nobody asked for', says: (it) => it.placeOf(data(2, 0))},
  {what: 'data for a question', asked: [QUESTION], says: (it) => it.placeOf(data(2, 0))},
  {what: 'a block before the first', asked: [FETCH], says: (it) => it.placeOf(data(2, 0))},
  {what: 'a block out of order', asked: [FETCH], says: (it) => it.placeOf(data(2, 2))},
  {
    what: 'a block after the last',
    asked: [FETCH],
    says: (it) => [1, 2, 3].map((block) => it.placeOf(data(2, block))),
  },
  {
    what: 'a block twice',
    asked: [FETCH],
    says: (it) => [1, 1].map((block) => it.placeOf(data(2, block))),
  },
  {what: 'a block that is too short', asked: [FETCH], says: (it) => it.placeOf(data(2, 1, 1_023))},
  {what: 'a block that is too long', asked: [FETCH], says: (it) => it.placeOf(data(2, 1, 1_025))},
  {
    what: 'a last block of full length',
    asked: [{...FETCH, run: {fragment: 3, first: 1, end: 2}}],
    says: (it) => it.placeOf(data(2, 1)),
  },
  {
    what: 'an end before the last block',
    asked: [FETCH],
    says: (it) => hear(it, {type: 'end', id: 2, status: {kind: 'ok'}}),
  },
  {
    what: 'an end as cancelled of what was not',
    asked: [FETCH],
    says: (it) => hear(it, {type: 'end', id: 2, status: {kind: 'cancelled'}}),
  },
  {
    what: 'the claim that all fragments are obtained',
    asked: [FETCH],
    says: (it) => hear(it, {type: 'end', id: 2, status: {kind: 'complete'}}),
  },
  {
    what: 'an end of what is no fetch',
    asked: [QUESTION],
    says: (it) => hear(it, {type: 'end', id: 2, status: {kind: 'ok'}}),
  },
  {
    what: 'an error about a fetch, which has an end of its own',
    asked: [FETCH],
    says: (it) => hear(it, {type: 'error', id: 2, refusal: REFUSAL}),
  },
  {
    what: 'an error about nothing',
    says: (it) => hear(it, {type: 'error', id: 9, refusal: REFUSAL}),
  },
];

for (const {what, asked = [], says} of VIOLATIONS) {
  test(`${what} is a violation`, () => {
    const conversation = welcomed();
    for (const command of asked) conversation.framesFor(command);
    assert.throws(() => says(conversation), isViolation);
  });
}

test('the manifest must have the geometry of the protocol, and the welcome our version', () => {
  for (const changes of [{blockBytes: 512}, {fragmentBytes: 8_192, fragmentsHere: 2}]) {
    const conversation = greeted();
    hear(conversation, WELCOME);
    assert.throws(() => hear(conversation, {...MANIFEST_REPLY, ...changes}), isViolation);
  }
  assert.throws(() => hear(greeted(), {...WELCOME, version: 2} as ServerMessage), isViolation);
});

test('before the welcome nothing is said but that there will be none', () => {
  assert.throws(() => hear(greeted(), MANIFEST_REPLY), isViolation);
  assert.deepEqual(hear(greeted(), {type: 'error', id: 0, refusal: REFUSAL}), [
    {type: 'link.refused', refusal: REFUSAL},
  ]);
});

test('whatever a server says, it is an event or a violation, and never anything else', () => {
  fc.assert(
    fc.property(fc.array(serverMessages(), {maxLength: 8}), fc.boolean(), (messages, isWelcomed) => {
      const conversation = isWelcomed ? welcomed() : greeted();
      for (const command of isWelcomed ? [FETCH, QUESTION, {type: 'link.ping'} as const] : []) {
        conversation.framesFor(command);
      }
      try {
        for (const message of messages) {
          for (const said of hear(conversation, message)) assert.match(said.type, /^link\./);
        }
      } catch (error) {
        assert.ok(isViolation(error), String(error));
      }
    }),
    {numRuns: 500},
  );
});

function greeted(): Conversation {
  const conversation = new Conversation(GEOMETRY);
  conversation.framesFor({type: 'link.greet', file: 'x.bin'});
  return conversation;
}

function welcomed(): Conversation {
  const conversation = greeted();
  hear(conversation, WELCOME);
  hear(conversation, MANIFEST_REPLY);
  return conversation;
}

function hear(conversation: Conversation, message: ServerMessage) {
  const frame = encodeServer(message);
  return conversation.replyTo(parseHeader(frame), frame.subarray(HEADER_BYTES));
}

function data(id: number, index: number, length: number = GEOMETRY.blockBytes) {
  return {type: FRAME_TYPES.data, id, index, length};
}

function messageOf(frame: Uint8Array): ClientMessage {
  return decodeClient(parseHeader(frame), frame.subarray(HEADER_BYTES));
}

function isViolation(error: unknown): boolean {
  return error instanceof FdlError && error.code === 'protocol-violation';
}
