import assert from 'node:assert/strict';
import {test} from 'node:test';
import {REDIAL_MAX_MS} from '../../../src/limits.js';
import {ServerBoard} from '../../../src/machines/set/server-board.js';
import type {ServerActivity, ServerProgress, ServerReport} from '../../../src/report.js';

const [A, B, C] = ['a:1', 'b:1', 'c:1'];
const EVIDENCE = {kind: 'protocol', detail: 'a reply nobody asked for'} as const;

test('what several do with a server at once is added up, and told by the most telling activity', () => {
  const board = new ServerBoard([A, B]);
  board.shows({}, [shown(A, {kind: 'idle'}, 10), shown(B, {kind: 'lost', retryAtMs: 5, reason: 'gone'}, 1)]);
  board.shows({}, [shown(A, {kind: 'transferring'}, 20), shown(B, {kind: 'suspect'}, 2)]);
  const [a, b] = board.progress();
  assert.deepEqual(
    [a?.activity.kind, a?.bytes, a?.bytesPerSecond, a?.connections],
    ['transferring', 30, 300, 2],
  );
  assert.deepEqual([b?.activity.kind, b?.bytes], ['suspect', 3]);
});

test('a new picture replaces the one before, and of what has ended the numbers stay, once', () => {
  const board = new ServerBoard([A]);
  const source = {};
  board.shows(source, [shown(A, {kind: 'transferring'}, 10)]);
  board.shows(source, [shown(A, {kind: 'transferring'}, 15)]);
  assert.equal(board.progress()[0]?.bytes, 15);
  board.ends(source, [report(A, {bytes: 20, blocks: 2, errors: 1, busyReplies: 3})]);
  const [after] = board.progress();
  assert.deepEqual([after?.bytes, after?.connections, after?.bytesPerSecond], [20, 0, 0]);
  assert.deepEqual(board.reports(), [report(A, {bytes: 20, blocks: 2, errors: 1, busyReplies: 3})]);
});

test('what ends without a report counts as it was seen last', () => {
  const board = new ServerBoard([A, B]);
  const source = {};
  board.shows(source, [shown(A, {kind: 'transferring'}, 10), shown(B, {kind: 'idle'}, 0)]);
  board.ends(source);
  board.ends({});
  assert.deepEqual(
    board.reports().map(({address, bytes}) => [address, bytes]),
    [
      [A, 10],
      [B, 0],
    ],
  );
});

test('a banned server is asked for nothing more, by whomever it was found out', () => {
  const board = new ServerBoard([A, B, C]);
  board.notice({kind: 'server-banned', address: A, evidence: EVIDENCE}, 0);
  board.ends({}, [report(B, {banned: EVIDENCE})]);
  assert.deepEqual(board.able([A, B, C], 0), [C]);
  assert.deepEqual(board.able([A, B], 1_000_000), []);
  assert.deepEqual(
    board.progress().map(({activity}) => activity.kind),
    ['banned', 'banned', 'connecting'],
  );
  assert.deepEqual(board.reports()[0]?.banned, EVIDENCE);
});

test('a lost server is left out for a while, unless nobody else is left; when it is back, at once', () => {
  const board = new ServerBoard([A, B]);
  board.asked();
  board.notice({kind: 'server-lost', address: A, reason: 'refused'}, 100);
  assert.deepEqual(board.able([A, B], 100), [B]);
  assert.deepEqual(board.able([A], 100), [A]);
  assert.deepEqual(board.progress()[0]?.activity, {
    kind: 'lost',
    retryAtMs: 100 + REDIAL_MAX_MS,
    reason: 'refused',
  });
  assert.deepEqual(board.able([A, B], 100 + REDIAL_MAX_MS), [A, B]);
  board.notice({kind: 'server-lost', address: A, reason: 'refused'}, 100);
  board.notice({kind: 'server-back', address: A}, 200);
  assert.deepEqual(board.able([A, B], 200), [A, B]);
  assert.equal(board.progress()[0]?.activity.kind, 'idle');
});

test('that an address is another name of a server is told once, all else as often as it comes', () => {
  const board = new ServerBoard([A, B]);
  const news = (kind: 'server-back' | 'server-alias', address: string) =>
    board.isNews(kind === 'server-alias' ? {kind, address, of: C} : {kind, address});
  assert.deepEqual(
    [news('server-alias', A), news('server-alias', A), news('server-alias', B)],
    [true, false, true],
  );
  assert.deepEqual([news('server-back', A), news('server-back', A)], [true, true]);
});

test('a set is deserted when every server was lost lately', () => {
  const board = new ServerBoard([A, B]);
  board.notice({kind: 'server-lost', address: A, reason: 'refused'}, 0);
  assert.equal(board.isDeserted(1), false);
  board.notice({kind: 'server-lost', address: B, reason: 'refused'}, 1_000);
  assert.equal(board.isDeserted(1_000), true);
  assert.equal(board.isDeserted(REDIAL_MAX_MS), false);
});

function shown(address: string, activity: ServerActivity, bytes: number): ServerProgress {
  return {
    address,
    activity,
    connections: 1,
    bytesPerSecond: 10 * bytes,
    bytes,
    blocks: 0,
    busyReplies: 0,
    errors: 0,
  };
}

function report(address: string, changes: Partial<ServerReport>): ServerReport {
  const nothing = {bytes: 0, blocks: 0, busyReplies: 0, errors: 0, banned: null, otherVersion: null};
  return {address, ...nothing, ...changes};
}
