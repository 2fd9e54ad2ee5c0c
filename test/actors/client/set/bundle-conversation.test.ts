import assert from 'node:assert/strict';
import {test} from 'node:test';
import {BundleConversation, type BundleNews} from '../../../../src/actors/client/set/bundle-conversation.js';
import {HEADER_BYTES} from '../../../../src/limits.js';
import {encodeServer} from '../../../../src/protocol/codec.js';
import {parseHeader} from '../../../../src/protocol/frame-reader.js';
import {type EndStatus, FRAME_TYPES, type ServerMessage} from '../../../../src/protocol/messages.js';

const ROOT = 'a'.repeat(64);
const FILES = ['a', 'b', 'c'].map((name) => ({name, root: ROOT}));
const SENT = {kind: 'sent', modifiedMs: 5} as const;

test('files lie one behind the other, empty ones take no room, and refused ones are told', () => {
  const talk = asked();
  assert.deepEqual(talk.placeOf(data(0, 10)), {ticket: 7, offset: 0, length: 10});
  assert.deepEqual(talk.placeOf(data(2, 20)), {ticket: 7, offset: 10, length: 20});
  assert.deepEqual(endOf(talk, {kind: 'delivered', outcomes: [SENT, SENT, SENT]}), {
    kind: 'delivered',
    files: [
      {index: 0, offset: 0, length: 10, modifiedMs: 5},
      {index: 1, offset: 30, length: 0, modifiedMs: 5},
      {index: 2, offset: 10, length: 20, modifiedMs: 5},
    ],
    refused: [],
  });
});

test('a file that is larger than its memory is dropped and counts as refused', () => {
  const talk = asked();
  assert.equal(talk.placeOf(data(0, 101)), null);
  assert.deepEqual(talk.placeOf(data(1, 100)), {ticket: 7, offset: 0, length: 100});
  const end = endOf(talk, {kind: 'delivered', outcomes: [SENT, SENT, {kind: 'refused', code: 'stale-root'}]});
  assert.ok(end.kind === 'delivered');
  assert.deepEqual(end.refused, [
    {index: 0, code: 'bad-request'},
    {index: 2, code: 'stale-root'},
  ]);
});

test('data of a cancelled bundle is thrown away until its end', () => {
  const talk = asked();
  assert.equal(talk.cancel(7).length, 1);
  assert.equal(talk.cancel(7).length, 0);
  assert.equal(talk.placeOf(data(0, 10)), null);
  assert.deepEqual(endOf(talk, {kind: 'delivered', outcomes: [SENT, SENT, SENT]}), {kind: 'cancelled'});
  assert.ok(talk.isQuiet);
});

test('after a goodbye the bundles that will not be served end, the others go on', () => {
  const talk = asked();
  talk.ask(8, FILES);
  const news = say(talk, {type: 'goodbye', id: 0, lastId: 1});
  assert.deepEqual(
    news.map((it) => (it.kind === 'ended' ? it.ticket : it.kind)),
    [8, 'goodbye'],
  );
});

const VIOLATIONS: readonly (readonly [string, (talk: BundleConversation) => void])[] = [
  ['data for another id', (talk) => talk.placeOf({...data(0, 1), id: 2})],
  ['a file twice', (talk) => [data(1, 1), data(1, 1)].map((header) => talk.placeOf(header))],
  ['files in the wrong order', (talk) => [data(1, 1), data(0, 1)].map((header) => talk.placeOf(header))],
  ['a file beyond the last', (talk) => talk.placeOf(data(3, 1))],
  ['too few outcomes', (talk) => endOf(talk, {kind: 'delivered', outcomes: [SENT]})],
  [
    'a file that came and was refused',
    (talk) => {
      talk.placeOf(data(0, 1));
      endOf(talk, {kind: 'delivered', outcomes: [{kind: 'refused', code: 'io-error'}, SENT, SENT]});
    },
  ],
  ['a bundle that ends as a fetch', (talk) => endOf(talk, {kind: 'ok'})],
  ['a cancelled bundle that was not', (talk) => endOf(talk, {kind: 'cancelled'})],
  ['a listing', (talk) => say(talk, {type: 'listing', id: 1, entries: [], more: false})],
  ['a pong', (talk) => say(talk, {type: 'pong', id: 1})],
  ['a second welcome', (talk) => say(talk, WELCOME)],
];

for (const [name, act] of VIOLATIONS) {
  test(`${name} is a violation`, () => {
    assert.throws(() => act(asked()), {code: 'protocol-violation'});
  });
}

const WELCOME: ServerMessage = {
  type: 'welcome',
  id: 0,
  version: 1,
  features: ['bundle'],
  instanceId: '0'.repeat(32),
};

/** A conversation with one bundle out: id 1, ticket 7, memory of 100 bytes. */
function asked(): BundleConversation {
  const talk = new BundleConversation(100, null);
  say(talk, WELCOME);
  talk.ask(7, FILES);
  return talk;
}

function data(index: number, length: number) {
  return {type: FRAME_TYPES.data, id: 1, index, length};
}

function endOf(talk: BundleConversation, status: EndStatus) {
  const [news] = say(talk, {type: 'end', id: 1, status});
  assert.ok(news?.kind === 'ended');
  return news.end;
}

function say(talk: BundleConversation, message: ServerMessage): BundleNews[] {
  const frame = encodeServer(message);
  return talk.replyTo(parseHeader(frame), frame.subarray(HEADER_BYTES));
}
