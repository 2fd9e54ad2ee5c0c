import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Finder} from '../../../src/inspector/page/model/find.js';
import {History} from '../../../src/inspector/page/model/history.js';
import {NoTrace} from '../../../src/inspector/page/model/lines.js';
import type {Moment} from '../../../src/inspector/page/model/moment.js';
import type {Position, RowFilter} from '../../../src/inspector/page/model/queries.js';
import {lineOf} from '../../../src/trace/line.js';
import type {TraceRow} from '../../../src/trace/rows.js';
import {amount} from '../../support/campaign.js';
import {type GeneratedTrace, generatedBytes, generatedTrace, HEADER} from '../../support/generated-trace.js';
import {between, seededRandom} from '../../support/random.js';

const SMALL: GeneratedTrace = {seed: 7, servers: 12, fragments: 90, blocksPerFragment: 100};
const FRAGMENTS = amount(4_400, 500);
/** About a million rows. */
const LARGE: GeneratedTrace = {seed: 8, servers: 40, fragments: FRAGMENTS, blocksPerFragment: 100};
const LIVE: Position = {kind: 'live'};

const encoder = new TextEncoder();

function newHistory(): History {
  return new History((line, what) => assert.fail(`line ${line}: ${what}`));
}

function historyOf(rows: readonly TraceRow[]): History {
  const history = newHistory();
  history.push(encoder.encode(rows.map(lineOf).join('')));
  return history;
}

function momentAt(history: History, at: Position, item: number | null = null): Moment {
  const moment = history.moment({at, item, map: true});
  assert.ok(moment !== null);
  return moment;
}

function rowsThat(history: History, filter: RowFilter): number[] {
  const finder = new Finder(history, filter);
  while (finder.step());
  return finder.found(0, finder.total);
}

test('a moment found from a keyframe is the one that the rows up to it give', () => {
  const all = [...generatedTrace(SMALL)];
  const history = historyOf(all);
  const random = seededRandom(99);
  for (let tries = 0; tries < 12; tries++) {
    const row = between(random, 0, all.length - 1);
    const at: Position = {kind: 'at', t: all[row]?.t ?? 0, row};
    assert.deepEqual(momentAt(history, at), momentAt(historyOf(all.slice(0, row + 1)), at), `row ${row}`);
  }
});

test('rows mean the same however their bytes are cut', () => {
  const lines = [...generatedTrace({...SMALL, fragments: 3})].map(lineOf);
  const bytes = encoder.encode(lines.join(''));
  const whole = newHistory();
  whole.push(bytes);
  const random = seededRandom(5);
  const cut = newHistory();
  for (let at = 0; at < bytes.length; ) {
    const end = at + between(random, 1, 5_000);
    cut.push(bytes.subarray(at, end));
    at = end;
  }
  assert.equal(cut.rows, lines.length);
  assert.deepEqual(momentAt(cut, LIVE), momentAt(whole, LIVE));
  assert.deepEqual(cut.store.read(0, cut.rows), whole.store.read(0, whole.rows));
});

test('a million rows are held as bytes, and any of them, any moment and any search is found', () => {
  const history = newHistory();
  for (const bytes of generatedBytes(LARGE)) history.push(bytes);
  history.end();
  assert.ok(history.rows > amount(1_000_000, 100_000), `${history.rows} rows`);
  assert.equal(history.isCut, false);
  const end = momentAt(history, LIVE);
  const size = LARGE.fragments * LARGE.blocksPerFragment * 1_048_576;
  assert.equal(end.end?.how, 'complete');
  assert.equal(end.totals.storedBytes, size);
  assert.equal(
    end.servers.reduce((sum, {blocks}) => sum + blocks, 0),
    FRAGMENTS * 100,
  );
  const middle = momentAt(history, {kind: 'at', t: history.endMs / 2});
  const stored = middle.map?.counts.reduce((sum, count, at) => sum + (at % 7 === 4 ? count : 0), 0);
  assert.equal(middle.totals.storedBytes, (stored ?? 0) * 1_048_576);
  assert.deepEqual(
    rowsThat(history, {text: 'WRONG-BLOCK'}).map((row) => history.store.read(row, row + 1)[0]?.k),
    ['server'],
  );
  assert.equal(rowsThat(history, {kinds: ['stored']}).length, FRAGMENTS * 100);
  const lanes = history.lanes({fromMs: 0, toMs: history.endMs, pixels: 1_200}, null);
  assert.equal(lanes.lanes.length, LARGE.servers);
  for (const {starts} of lanes.lanes) assert.ok(starts.length <= 1_200, `${starts.length} segments`);
});

test('what is wrong in a trace is left out and told, what is no trace is refused', () => {
  const told: string[] = [];
  const history = new History((line, what) => told.push(`${line}: ${what}`));
  const good: TraceRow = {t: 5, k: 'dropped', rows: 3};
  const lines = [
    lineOf(HEADER),
    lineOf(good),
    'nonsense\n',
    '{"t":1,"k":"dropped","rows":1}\n',
    '{"t":7,"k":"stored"}\n',
    '{"t":8,"k":"of-later","x":1}\n',
    lineOf({...good, t: 9}),
  ];
  history.push(encoder.encode(`${lines.join('')}{"t":9,"k":`));
  history.end();
  assert.deepEqual(told, [
    '3: it is not JSON',
    '4: its time is before that of the row above',
    '5: its connection is not integer or null',
  ]);
  assert.equal(history.rows, 4);
  assert.equal(history.isCut, true);
  const moment = momentAt(history, LIVE);
  assert.equal(moment.droppedRows, 6);
  assert.equal(moment.end?.how, 'cut');
  assert.equal(momentAt(history, {kind: 'at', t: 5}).end, null);
  for (const [text, reason] of [
    ['{"some":"json"}\n', /no header/],
    [lineOf({...HEADER, schema: 2}), /schema 2/],
  ] as const)
    assert.throws(
      () => newHistory().push(encoder.encode(text)),
      (error) => error instanceof NoTrace && reason.test(error.message),
    );
});

test('each file of a set has a state of its own, and the set has all of them', () => {
  const download = {
    file: 'a.bin',
    output: null,
    servers: 1,
    connections: 1,
    limitBytesPerSecond: null,
    giveUpAfterMs: null,
    root: null,
    sha256: null,
    slabs: 64,
    threads: 2,
    blockBytes: 10,
    fragmentBytes: 100,
  } as const;
  const about = {fragment: 1, block: 0, bytes: 10};
  const digest = '0'.repeat(64);
  const rows: TraceRow[] = [
    HEADER,
    {t: 1, k: 'address', server: 0, address: 'h:1'},
    {t: 2, k: 'item', item: 4, name: 'a.bin', is: 'begun', size: 100},
    {t: 2, k: 'download', item: 4, ...download},
    {t: 2, k: 'version', item: 4, root: digest, sha256: digest, size: 100, fragments: 1},
    {t: 3, k: 'dial', item: 4, connection: 0, server: 0, again: false},
    {t: 4, k: 'stored', item: 4, connection: 0, ...about},
    {t: 5, k: 'download', item: 5, ...download, file: 'b.bin'},
    {t: 5, k: 'dial', item: 5, connection: 1, server: 0, again: false},
    {t: 6, k: 'stored', item: 5, connection: 1, ...about},
    {t: 7, k: 'done', how: 'complete'},
  ];
  const history = historyOf(rows);
  const of = (item: number | null, t: number) => momentAt(history, {kind: 'at', t}, item);
  assert.equal(of(null, 7).totals.storedBytes, 20);
  assert.equal(of(null, 7).file, null);
  assert.equal(of(4, 7).totals.storedBytes, 10);
  assert.equal(of(4, 7).file?.name, 'a.bin');
  assert.equal(of(4, 7).map?.blocks[0], 4);
  assert.equal(of(5, 7).file?.name, 'b.bin');
  assert.equal(of(5, 7).end?.how, 'complete');
  assert.equal(of(5, 5).totals.storedBytes, 0);
  assert.equal(of(5, 2).file, null);
  assert.equal(of(5, 5).servers[0]?.address, 'h:1');
});

test('files of a set that tick by turns add up to one rate, and none ends what another one has out', () => {
  const tick = {elapsedMs: 250, slabsFree: 9, storing: 0, tasks: 0, waitedMs: 0, hashedMs: 0, writtenMs: 0};
  const rows: TraceRow[] = [
    HEADER,
    {t: 0, k: 'address', server: 0, address: 'h:1'},
    {t: 0, k: 'dial', item: 1, connection: 1, server: 0, again: false},
    {t: 0, k: 'dial', item: 2, connection: 2, server: 0, again: false},
    {t: 0, k: 'server', item: 1, server: 0, is: 'open', busyReplies: 0, errors: 0},
    {t: 0, k: 'server', item: 2, server: 0, is: 'connecting', busyReplies: 0, errors: 0},
    {t: 0, k: 'fetch', item: 1, connection: 1, ticket: 1, fragment: 1, first: 0, end: 9, hedge: false},
    {t: 0, k: 'fetch', item: 2, connection: 2, ticket: 2, fragment: 1, first: 0, end: 9, hedge: false},
  ];
  for (let t = 250; t <= 2_000; t += 250) {
    rows.push({t, k: 'tick', item: 1, ...tick, connections: [[1, 1_000, 4_000, 1, 0, 0]]});
    rows.push({t: t + 100, k: 'tick', item: 2, ...tick, connections: [[2, 500, 2_000, 1, 0, 0]]});
  }
  const history = historyOf(rows);
  const {totals, servers} = momentAt(history, LIVE);
  // 4,000 of one and 2,000 of the other; the window is a tick longer than what it shows of either.
  assert.ok(Math.abs(totals.bytesPerSecond - 6_000) < 700, `${totals.bytesPerSecond}`);
  assert.equal(servers[0]?.state, 'open');
  assert.equal(servers[0]?.doing, 'transferring');
  assert.equal(servers[0]?.fetches, 2);
  const [lane] = history.lanes({fromMs: 500, toMs: 1_500, pixels: 10}, null).lanes;
  for (const rate of lane?.rates ?? []) assert.ok(Math.abs(rate - 6_000) < 700, `${rate}`);
});
