import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ServeNotice} from '../../src/actors/server/serving.js';
import {
  addressText,
  exposureText,
  indexingBar,
  indexingText,
  listeningText,
  serverLine,
} from '../../src/terminal/server-lines.js';
import {startServerLog} from '../../src/terminal/server-log.js';
import {VirtualClock} from '../support/virtual-clock.js';

const READY: ServeNotice = {
  kind: 'file-ready',
  name: 'x.zip',
  size: 2_684_354_560,
  root: 'abcdef0123'.padEnd(64, '0'),
  fragments: 26,
  here: 26,
  hashed: true,
  elapsedMs: 3_210,
};
const INDEXING = {
  kind: 'indexing',
  files: 3,
  doneBytes: 1_000_000,
  totalBytes: 4_000_000,
  name: 'x.zip',
} as const;

test('lines say what happened in words', () => {
  assert.equal(serverLine(READY)?.text, 'x.zip is ready: 2.68 GB, 26 fragments, root abcdef01…, in 3.2s');
  assert.equal(
    serverLine({...READY, here: 20, hashed: false})?.text,
    'x.zip is ready: 2.68 GB, 20 of 26 fragments, root abcdef01…',
  );
  const closed = {
    kind: 'session-closed',
    peer: '127.0.0.1:5',
    reason: 'the client closed',
    busyReplies: 0,
  } as const;
  assert.deepEqual(serverLine({...closed, bytes: 0})?.level, 'debug');
  assert.deepEqual(serverLine({...closed, bytes: 5_000}), {
    level: 'info',
    text: '127.0.0.1:5 took 5.00 kB; the client closed',
  });
  const reset = {...closed, reason: 'ECONNRESET', bytes: 0, busyReplies: 2};
  assert.equal(serverLine(reset)?.text, '127.0.0.1:5 took 0 B, 2 times told busy; the connection was reset');
});

test('nothing that a file name or a peer holds reaches the log raw', () => {
  const evil = '\u001b]0;x\u0007\n\u202egpj.exe';
  const notices: ServeNotice[] = [
    {...READY, name: evil},
    {kind: 'file-skipped', name: evil, reason: 'contains a control character'},
    {kind: 'file-failed', name: evil, reason: evil},
    {kind: 'file-withdrawn', name: evil, reason: 'removed'},
    {kind: 'file-indexed-elsewhere', name: evil},
    {kind: 'fragment-examined', name: evil, fragment: 1, outcome: 'withdrawn'},
    {kind: 'fragment-unreadable', name: evil, fragment: 1, reason: evil},
    {kind: 'scan-failed', reason: evil},
    {kind: 'session-opened', peer: evil},
    {kind: 'session-closed', peer: evil, reason: evil, bytes: 1, busyReplies: 1},
    {kind: 'accept-failed', reason: evil},
  ];
  for (const notice of notices)
    assert.doesNotMatch(serverLine(notice)?.text ?? '', /[\u0000-\u001f\u202e]/, notice.kind);
  assert.doesNotMatch(indexingText({...INDEXING, name: evil}) ?? '', /[\u0000-\u001f\u202e]/);
});

test('the indexing is a share of all that is to be done', () => {
  assert.equal(indexingText(INDEXING), 'indexing x.zip and 2 more files: 25 % of 2.00 MB');
  assert.equal(indexingText({...INDEXING, files: 0}), null);
  const bar = indexingBar(INDEXING, 80, false) ?? '';
  assert.match(bar, /^indexing x\.zip and 2 more files █{5,}░{15,} +25 % of 2\.00 MB$/);
  for (const columns of [10, 20, 40, 60, 200]) {
    assert.ok([...(indexingBar(INDEXING, columns, false) ?? '')].length <= columns, `${columns}`);
  }
});

test('whoever listens for others is told who can read what', () => {
  for (const host of ['127.0.0.1', '127.5.5.5', '::1', 'localhost'])
    assert.equal(exposureText(host, 'files'), null);
  assert.match(
    exposureText('0.0.0.0', 'files') ?? '',
    /everyone who can reach this machine can now read all files in files/,
  );
  assert.match(exposureText('192.0.2.7', '/data') ?? '', /192\.0\.2\.7 can now read all files in \/data/);
  assert.equal(addressText({host: '::1', port: 9}), '[::1]:9');
  assert.equal(listeningText({host: '192.0.2.7', port: 9}), 'listening on 192.0.2.7:9');
  assert.match(listeningText({host: '::1', port: 9}), /^listening on \[::1\]:9, for this machine alone/);
});

test('plain lines carry time, level and text; what only a bar shows comes rarely; JSON is one object a line', () => {
  const {log, written, clock} = start('plain');
  log.line('info', 'listening on 127.0.0.1:9000');
  log.line('debug', 'not shown');
  log.notice(INDEXING);
  clock.advance(5_000);
  log.notice(INDEXING);
  assert.match(written[0] ?? '', /^\d\d:\d\d:\d\d listening on 127\.0\.0\.1:9000\n$/);
  assert.match(written[1] ?? '', /^\S+ indexing x\.zip/);
  assert.equal(written.length, 2);
  const json = start('plain', true);
  json.log.notice(READY);
  assert.equal((JSON.parse(json.written[0] ?? '') as {msg: string}).msg.startsWith('x.zip is ready'), true);
});

test('when quiet, only errors are shown', () => {
  const {log, written} = start('silent');
  log.line('info', 'listening');
  log.notice(READY);
  log.notice({kind: 'file-failed', name: 'a', reason: 'no room'});
  assert.equal(written.length, 1);
  assert.match(written[0] ?? '', /error a cannot be offered: no room/);
});

test('on a terminal the bar stands below the lines and goes when it is done', () => {
  const {log, written, clock} = start('live');
  log.notice(INDEXING);
  assert.match(written.join(''), /indexing x\.zip.*25 %/);
  log.notice(READY);
  clock.advance(1_000);
  log.notice({...INDEXING, files: 0});
  log.stop();
  assert.match(written.join(''), /x\.zip is ready/);
});

function start(mode: 'live' | 'plain' | 'silent', json = false) {
  const written: string[] = [];
  const clock = new VirtualClock();
  const stream = {
    isTTY: mode === 'live',
    columns: 80,
    rows: 24,
    write: (text: string) => written.push(text) > 0,
  };
  return {log: startServerLog({stream, mode, color: false, json, clock}), written, clock};
}
