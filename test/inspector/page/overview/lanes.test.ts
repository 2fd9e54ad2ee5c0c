/** Lanes: what each says of its server in words, and which come first. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ServerMoment} from '../../../../src/inspector/page/model/moment.js';
import {byInterest} from '../../../../src/inspector/page/overview/lane-order.js';
import {LOOKS, serverLook} from '../../../../src/inspector/page/overview/looks.js';
import {serverDetail} from '../../../../src/inspector/page/overview/server-words.js';

const SERVER: ServerMoment = {
  server: 0,
  address: '192.0.2.7:9000',
  role: null,
  limitBytesPerSecond: null,
  state: 'open',
  sinceMs: 0,
  untilMs: null,
  doing: 'idle',
  reason: null,
  proof: null,
  aliasOf: null,
  otherRoot: null,
  permille: null,
  bytes: 0,
  bytesPerSecond: 0,
  blocks: 0,
  files: 0,
  wastedBlocks: 0,
  busyReplies: 0,
  errors: 0,
  fetches: 0,
  isSuspect: false,
  connections: [],
};

const detail = (change: Partial<ServerMoment>, t: number | null = 1_000): string =>
  serverDetail({...SERVER, ...change}, t, (server) => `address ${server}`);

test('a busy or lost server says when it is asked again, and why it is gone', () => {
  assert.equal(detail({state: 'busy', untilMs: 4_200}), 'again in 4s');
  assert.equal(detail({state: 'busy', untilMs: 900}), 'again now');
  assert.equal(
    detail({state: 'lost', untilMs: 3_000, reason: 'connection reset'}),
    'again in 2s, connection reset',
  );
  assert.equal(detail({state: 'lost', reason: 'connection refused'}), 'connection refused');
  assert.equal(detail({state: 'indexing', permille: 629, untilMs: 3_000}), '62 % done, again in 2s');
});

test('after the end nobody is asked again', () => {
  assert.equal(detail({state: 'busy', untilMs: 4_200}, null), '');
  assert.equal(detail({state: 'lost', untilMs: 4_200, reason: 'connection reset'}, null), 'connection reset');
});

test('a server that is out says what it did or has, and what it said is left as it is', () => {
  const proof = {kind: 'wrong-block', fragment: 6, block: 49, detail: null};
  assert.equal(detail({state: 'banned', proof}), 'sent block 49 of fragment 6 wrong');
  assert.equal(
    detail({state: 'banned', proof: {...proof, kind: 'wrong-digests', detail: '<b>\u202ex'}}),
    'sent wrong digests of fragment 6: <b>\u202ex',
  );
  assert.equal(detail({state: 'absent', reason: 'file-not-found'}), 'does not have it');
  assert.equal(detail({state: 'absent', reason: 'moved <away>'}), 'moved <away>');
  assert.equal(detail({state: 'other-version', otherRoot: 'a690a04b02ad'}), 'has version a690a04b…');
  assert.equal(detail({state: 'alias', aliasOf: 1}), 'is the same as address 1');
});

test('a server at work names its fragments, each once and in order', () => {
  const at = (connection: number, fragment: number) => ({
    connection,
    bytes: 0,
    bytesPerSecond: 0,
    fetches: 1,
    isSuspect: false,
    lease: {fragment, first: 0, end: 9},
  });
  assert.equal(detail({connections: [at(0, 7), at(1, 3), at(2, 7)]}), 'fragments 3, 7');
  assert.equal(detail({connections: [at(0, 7), {...at(1, 3), lease: null}]}), 'fragment 7');
});

test('every doing has a word of its own, and colour is never the only difference', () => {
  const looks = Object.values(LOOKS);
  assert.equal(new Set(looks.map(({word}) => word)).size, looks.length);
  assert.equal(serverLook({doing: 'out', state: 'banned'}, false).word, 'banned');
  assert.equal(serverLook({doing: 'out', state: 'lost'}, false).word, 'given up');
  assert.equal(serverLook({doing: 'transferring', state: 'open'}, true).word, 'finished');
  assert.equal(serverLook({doing: 'lost', state: 'lost'}, true).word, 'lost');
});

test('of many servers those come first that brought something, then troubled ones; those alike by their number', () => {
  const servers: ServerMoment[] = [
    {...SERVER, server: 0, doing: 'unasked'},
    {...SERVER, server: 1, doing: 'lost', errors: 3},
    {...SERVER, server: 2, bytes: 1},
    {...SERVER, server: 3, doing: 'busy', busyReplies: 1},
    {...SERVER, server: 4, bytes: 900},
    {...SERVER, server: 5, doing: 'standby'},
    {...SERVER, server: 6, doing: 'idle'},
  ];
  assert.deepEqual(
    byInterest(servers).map(({server}) => server),
    [2, 4, 1, 3, 6, 0, 5],
  );
});
