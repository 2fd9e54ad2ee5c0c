import assert from 'node:assert/strict';
import {test} from 'node:test';

import {reportLines} from '../../src/terminal/report-lines.js';
import {ReportBuilder, type TraceReport} from '../../src/trace/report.js';
import type {RowOf, TraceRow} from '../../src/trace/rows.js';

const MB = 1_000_000;

test('files that go on at once share the time, and a file that only asks takes none from one that is fetched', () => {
  const rows: TraceRow[] = [...beginning(), ...begun(0, 100), fetch(0, 100), ...begun(1, 100)];
  // The first is held up by hashing, the second one asks, and fetches from the second second on.
  for (let t = 350; t <= 2_100; t += 250) {
    rows.push(tick(0, t, {connections: [[0, MB, 4 * MB, 1, 250, 0]], hashedMs: 500}));
    if (t === 1_100) rows.push(fetch(1, t));
    rows.push(tick(1, t, t > 1_100 ? {connections: [[1, MB, 4 * MB, 1, 0, 0]]} : {}));
  }
  rows.push(...stored(2_100));
  const {causes, transferMs, files} = reportOf(rows);
  assert.equal(transferMs, 2_000);
  assert.deepEqual(
    [causes.hashing, causes.servers].map((ms) => Math.round(ms / 100)),
    [15, 5],
  );
  assert.equal(causes.asking + causes.gone + causes.busy, 0);
  assert.deepEqual(
    files?.slowest.map(({name}) => name),
    ['1.bin', '0.bin'],
  );
});

test('a server is busy to a set for as long as it is so to any file, and lost up to the time that was named', () => {
  const rows: TraceRow[] = [
    ...beginning(),
    ...begun(0, 100),
    {t: 200, k: 'server', item: 0, server: 0, is: 'busy', untilMs: 900, busyReplies: 1, errors: 0},
    {t: 300, k: 'server', server: 1, is: 'lost', untilMs: 800, reason: 'gone', busyReplies: 0, errors: 1},
    ...begun(1, 400),
    {t: 400, k: 'server', item: 1, server: 0, is: 'busy', untilMs: 700, busyReplies: 1, errors: 0},
    {t: 600, k: 'server', item: 0, server: 0, is: 'open', busyReplies: 1, errors: 0},
    {t: 700, k: 'item', item: 1, name: '1.bin', is: 'failed', size: MB, storedBytes: 0, resumedBytes: 0},
    tick(0, 1_000, {}),
    {t: 1_200, k: 'done', how: 'complete'},
  ];
  const [busy, lost] = reportOf(rows).servers;
  assert.deepEqual([busy?.busyMs, busy?.lostMs], [500, 0]);
  assert.deepEqual([lost?.busyMs, lost?.lostMs], [0, 500]);
});

test('bundles for which there is no memory wait for our own side; what came twice is told', () => {
  const rows: TraceRow[] = [
    ...beginning(),
    {t: 100, k: 'dial', connection: 0, server: 0, again: false},
    {t: 100, k: 'bundle', connection: 0, bundle: 1, files: 2, bytes: 2 * MB, hedge: true},
  ];
  for (let t = 350; t <= 1_100; t += 250)
    rows.push(tick(null, t, {storing: 8, slabsFree: 0, writtenMs: 400}));
  const came = {files: 1, bytes: MB, wastedFiles: 1, wastedBytes: MB};
  rows.push(
    {t: 1_100, k: 'bundled', connection: 0, bundle: 1, how: 'ok', elapsedMs: 1_000, ...came},
    tick(null, 1_100, {connections: [[0, 2 * MB, MB, 0, 0, 0]], elapsedMs: 0}),
    {
      t: 1_100,
      k: 'item',
      item: 0,
      name: 's',
      is: 'stored',
      size: MB,
      server: 0,
      storedBytes: MB,
      resumedBytes: 0,
    },
    {t: 1_100, k: 'item', item: 1, name: 'x', is: 'complete', size: MB, storedBytes: 0, resumedBytes: MB},
    {t: 1_150, k: 'done', how: 'complete'},
  );
  const report = reportOf(rows);
  assert.equal(Math.round(report.causes.disk), 1_000);
  assert.deepEqual([report.storedBytes, report.resumedBytes, report.secondCopyBytes], [MB, MB, MB]);
  assert.deepEqual(report.servers[0] && [report.servers[0].files, report.servers[0].blocks], [1, 1]);
  const lines = reportLines(report, {color: false, columns: null});
  assert.equal(
    lines[0],
    'why 2 files took 1.1s: the disk of this machine was the limit for 100 % of the transfer',
  );
  assert.ok(lines.includes('  files: 1 in 1 bundle, 1 were here already'), lines.join('\n'));
});

test('a set that ended before it was known what it has is called by what was asked for', () => {
  const rows: TraceRow[] = [
    ...beginning(),
    {t: 90, k: 'done', how: 'failed', code: 'file-not-found', message: 'no'},
  ];
  const [line] = reportLines(reportOf(rows), {color: false, columns: null});
  assert.equal(line, 'why models/ took 90 ms: nothing was fetched');
});

/** What is told before anything is fetched: two servers. */
function beginning(): TraceRow[] {
  const here = {slabs: 64, threads: 2, blockBytes: MB, fragmentBytes: 100 * MB};
  const limits = {connections: 4, limitBytesPerSecond: null, giveUpAfterMs: null};
  const header = {schema: 1, fdl: '0.0.0', node: '20.19.0', platform: 'linux x64', cores: 2} as const;
  return [
    {t: 0, k: 'trace', ...header, command: 'download', startedAt: '2026-03-04T05:06:07.008Z'},
    {t: 0, k: 'set', wanted: ['models/'], words: 1, all: false, output: null, servers: 2, ...limits, ...here},
    {t: 0, k: 'address', server: 0, address: '192.0.2.1:9000'},
    {t: 0, k: 'address', server: 1, address: '192.0.2.2:9000'},
    {t: 50, k: 'server', server: 0, is: 'open', busyReplies: 0, errors: 0},
    {t: 50, k: 'server', server: 1, is: 'open', busyReplies: 0, errors: 0},
  ];
}

/** A file of its own; its connection has its number. */
function begun(item: number, t: number): TraceRow[] {
  return [
    {t, k: 'item', item, name: `${item}.bin`, is: 'begun', size: 8 * MB},
    {t, k: 'dial', item, connection: item, server: item, again: false},
  ];
}

function fetch(item: number, t: number): TraceRow {
  return {
    t,
    k: 'fetch',
    item,
    connection: item,
    ticket: item + 1,
    fragment: 1,
    first: 0,
    end: 8,
    hedge: false,
  };
}

/** Both files of the first test have ended. */
function stored(t: number): TraceRow[] {
  return [0, 1].flatMap((item): TraceRow[] => [
    {t, k: 'stored', item, connection: item, fragment: 1, block: 0, bytes: MB},
    {
      t: t + item,
      k: 'item',
      item,
      name: `${item}.bin`,
      is: 'stored',
      size: MB,
      storedBytes: MB,
      resumedBytes: 0,
    },
  ]);
}

function tick(item: number | null, t: number, changes: Partial<RowOf<'tick'>>): TraceRow {
  const nothing = {
    slabsFree: 64,
    storing: 0,
    tasks: 0,
    waitedMs: 0,
    hashedMs: 0,
    writtenMs: 0,
    connections: [],
  };
  return {t, k: 'tick', ...(item !== null && {item}), elapsedMs: 250, ...nothing, ...changes};
}

function reportOf(rows: readonly TraceRow[]): TraceReport {
  const builder = new ReportBuilder();
  for (const row of rows) builder.take(row);
  return builder.end();
}
