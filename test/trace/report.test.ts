import assert from 'node:assert/strict';
import {test} from 'node:test';

import {reportLines} from '../../src/terminal/report-lines.js';
import type {Causes} from '../../src/trace/causes.js';
import {ReportBuilder, type TraceReport} from '../../src/trace/report.js';
import type {RowOf, TraceRow} from '../../src/trace/rows.js';

const MB = 1_000_000;
const SECONDS = 10;

test('the time of a download is given to what it was spent on', () => {
  const most = (between: Partial<Between>, limit: number | null = null): keyof Causes => {
    const {causes} = reportOf(rowsWith(between, limit));
    const [first] = Object.entries(causes).sort(([, a], [, b]) => b - a);
    return first?.[0] as keyof Causes;
  };
  assert.equal(most({}), 'servers');
  assert.equal(most({pausedMs: 900, hashedMs: 1_500, writtenMs: 100}), 'hashing');
  assert.equal(most({pausedMs: 900, hashedMs: 100, writtenMs: 1_500}), 'disk');
  assert.equal(most({}, 4 * MB), 'ownLimit');
  assert.equal(most({}, 8 * MB), 'servers');
  assert.equal(most({isIdle: true, state: 'busy'}), 'busy');
  assert.equal(most({isIdle: true, state: 'lost'}), 'gone');
  assert.equal(most({isDiskFull: true}), 'diskFull');
});

test('the parts of the time make up the whole', () => {
  const report = reportOf(rowsWith({pausedMs: 300, hashedMs: 50, writtenMs: 50}));
  const {planningMs, transferMs, finishingMs, totalMs, causes} = report;
  assert.equal(planningMs + transferMs + finishingMs, totalMs);
  assert.deepEqual([planningMs, transferMs, finishingMs], [500, SECONDS * 1_000, 250]);
  const sum = Object.values(causes).reduce((total, ms) => total + ms, 0);
  assert.ok(Math.abs(sum - transferMs) < 0.001);
  assert.equal(Math.round(causes.servers), 7_000);
});

test('a server that was busy cost what it would have brought meanwhile', () => {
  const rows = rowsWith({});
  const at = rows.findIndex((row) => row.k === 'tick' && row.t >= 5_000);
  rows.splice(at, 0, {
    t: 4_600,
    k: 'server',
    server: 0,
    is: 'busy',
    untilMs: 6_600,
    busyReplies: 1,
    errors: 0,
  });
  const [server] = reportOf(rows).servers;
  assert.equal(server?.address, '192.0.2.1:9000');
  assert.equal(server.busyMs, 500 + SECONDS * 1_000 + 250 - 4_600);
  assert.ok(server.costMs > 0);
});

test('the report in words names the limit first, then the servers, the tail and what was in vain', () => {
  const rows = rowsWith({});
  const copy = {connection: 0, fragment: 1, block: 3, bytes: MB, wasted: true};
  const last = {slabsFree: 64, storing: 0, tasks: 0, waitedMs: 0, hashedMs: 0, writtenMs: 0};
  const connections = [[0, MB, 0, 0, 0, 0]] as const;
  rows.splice(
    -1,
    0,
    {t: 10_500, k: 'block', ...copy},
    {t: 10_500, k: 'tick', elapsedMs: 0, ...last, connections},
  );
  const lines = reportLines(reportOf(rows), {color: false, columns: null});
  assert.deepEqual(lines, [
    'why x.bin took 11s: the servers were the limit for 100 % of the transfer',
    '  500 ms until the first request, 10s of transfer (40.0 MB, 4.00 MB/s), 250 ms to finish',
    '      10s  100 %  waiting for servers: all that they sent was taken at once',
    '  server          brought  share       rate',
    '  192.0.2.1:9000  41.0 MB  100 %  4.10 MB/s',
    '  the last twentieth took 500 ms, at an even pace 500 ms; the last block came from 192.0.2.1:9000',
    '  1.00 MB were received in vain (1.00 MB in second copies)',
  ]);
});

test('a server much slower than the quickest is named, and long sentences are broken on a terminal', () => {
  const rows = rowsWith({});
  const other = {server: 1, address: '192.0.2.2:9000'};
  const begin = rows.findIndex(({k}) => k === 'address') + 1;
  rows.splice(
    begin,
    0,
    {t: 0, k: 'address', ...other},
    {t: 0, k: 'dial', connection: 1, server: 1, again: false},
    {t: 0, k: 'server', server: 1, is: 'open', busyReplies: 0, errors: 0},
  );
  const slower = rows.map((row) =>
    row.k === 'tick' && row.connections.length > 0
      ? {...row, connections: [...row.connections, [1, MB / 20, MB / 10, 1, 0, 0] as const]}
      : row,
  );
  const report = reportOf(slower);
  assert.deepEqual(
    report.servers.map(({isSlow}) => isSlow),
    [false, true],
  );
  const lines = reportLines(report, {color: false, columns: 76});
  assert.ok(
    lines.some((line) => /192\.0\.2\.2:9000 .* slow$/.test(line)),
    lines.join('\n'),
  );
  assert.match(
    lines.join('\n'),
    /^ {2}slow: 192\.0\.2\.2:9000 \([\d.]+ kB\/s\), while the quickest\s+brought 4\.\d+ MB\/s$/m,
  );
  assert.match(lines.join('\n'), /^ {2}the last twentieth .*\n {4}\S.* 192\.0\.2\.1:9000$/m);
  for (const line of lines.slice(1)) assert.ok(line.length <= 76, line);
});

test('a download that fetched nothing, and one of which only the beginning is known, have a report too', () => {
  const [header, options, address] = rowsWith({});
  assert.ok(header !== undefined && options !== undefined && address !== undefined);
  const failed = reportOf([
    header,
    options,
    address,
    {t: 90, k: 'done', how: 'failed', code: 'x', message: 'y'},
  ]);
  assert.match(
    reportLines(failed, {color: false, columns: 80}).join('\n'),
    /took 90 ms: nothing was fetched/,
  );
  const cut = reportOf(rowsWith({}).slice(0, 30));
  assert.equal(cut.how, 'unknown');
  assert.ok(cut.transferMs > 0);
});

/** What a second of the made-up download is like. */
interface Between {
  readonly pausedMs: number;
  readonly hashedMs: number;
  readonly writtenMs: number;
  /** Nothing is asked for. */
  readonly isIdle: boolean;
  readonly state: RowOf<'server'>['is'];
  readonly isDiskFull: boolean;
}

/** Half a second of planning, ten of transfer at 4 MB/s from one server, a quarter to finish. */
function rowsWith(between: Partial<Between>, limitBytesPerSecond: number | null = null): TraceRow[] {
  const {pausedMs = 0, hashedMs = 0, writtenMs = 0, isIdle = false, state = 'open'} = between;
  const fetch = {k: 'fetch', connection: 0, fragment: 1, hedge: false} as const;
  const rows: TraceRow[] = [
    headerOf(),
    optionsOf(limitBytesPerSecond),
    {t: 0, k: 'address', server: 0, address: '192.0.2.1:9000'},
    {t: 100, k: 'dial', connection: 0, server: 0, again: false},
    {t: 500, k: 'server', server: 0, is: state, busyReplies: 0, errors: 0},
    {t: 500, ...fetch, ticket: 1, first: 0, end: 40},
    ...(between.isDiskFull === true ? [{t: 500, k: 'disk', is: 'full'} as const] : []),
  ];
  for (let quarter = 1; quarter <= SECONDS * 4; quarter++) {
    const t = 500 + quarter * 250;
    rows.push({t, k: 'stored', connection: 0, fragment: 1, block: quarter - 1, bytes: MB});
    if (quarter % 4 !== 0) continue;
    const line = [0, 4 * MB, 4 * MB, 1, pausedMs, 0] as const;
    const work = {slabsFree: 64, storing: 0, tasks: 4, waitedMs: 0, hashedMs, writtenMs};
    rows.push({t, k: 'tick', elapsedMs: 1_000, ...work, connections: isIdle ? [] : [line]});
  }
  rows.push({t: 500 + SECONDS * 1_000 + 250, k: 'done', how: 'complete'});
  return rows;
}

function headerOf(): TraceRow {
  const about = {node: '24.1.0', platform: 'linux x64', cores: 8};
  const startedAt = '2026-03-04T05:06:07.008Z';
  return {t: 0, k: 'trace', schema: 1, fdl: '1.2.3', command: 'download', startedAt, ...about};
}

function optionsOf(limitBytesPerSecond: number | null): TraceRow {
  const none = {output: null, giveUpAfterMs: null, root: null, sha256: null};
  const geometry = {blockBytes: MB, fragmentBytes: 100 * MB};
  const bounds = {servers: 1, connections: 4, slabs: 64, threads: 2};
  return {t: 0, k: 'download', file: 'x.bin', limitBytesPerSecond, ...none, ...bounds, ...geometry};
}

function reportOf(rows: readonly TraceRow[]): TraceReport {
  const builder = new ReportBuilder();
  for (const row of rows) builder.take(row);
  return builder.end();
}
