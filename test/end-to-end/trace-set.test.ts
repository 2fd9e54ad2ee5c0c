import assert from 'node:assert/strict';
import {join} from 'node:path';
import {test} from 'node:test';

import {encodeServer} from '../../src/protocol/codec.js';
import type {FilesResult} from '../../src/report.js';
import {Replay} from '../../src/trace/replay.js';
import type {TraceReport} from '../../src/trace/report.js';
import type {TraceRow} from '../../src/trace/rows.js';
import {assertSameTree, finishedSet, resultOf, startSet} from '../support/file-sets.js';
import {asOtherServer} from '../support/other-server.js';
import {runFdl} from '../support/processes.js';
import {MIB, Scene} from '../support/scenario.js';
import {ofKind, rowsOf, textOf} from '../support/trace-rows.js';
import {until} from '../support/wait.js';

const DEADLINE_MS = 60_000;
const RATE = {bytesPerSecond: 20_000_000};
const BUSY = {type: 'end', status: {kind: 'busy', retryAfterMs: 200, slots: 1, slotsInUse: 1}} as const;

test('a trace of several files adds up to their result, and its report names the slow, the busy and the lying', async (t) => {
  const scene = new Scene(t, 'trace-set');
  const small = Array.from({length: 60}, (_, index) => `small/${index}.bin`);
  const large = ['large/a.bin', 'large/b.bin', 'large/c.bin'];
  for (const [seed, name] of small.entries()) scene.offer(name, 100_000 + seed, seed);
  for (const [seed, name] of large.entries()) scene.offer(name, 4 * MIB + seed, seed);
  const server = await scene.server([...small, ...large], ['--in-place']);
  const fast = await scene.proxy(server, {...asOtherServer(1), toClient: RATE});
  const slow = await scene.proxy(server, {...asOtherServer(2), toClient: {bytesPerSecond: 500_000}});
  const lying = await scene.proxy(server, {...asOtherServer(3), toClient: {...RATE, corruptEvery: 2}});
  let refusals = 6;
  const busy = await scene.proxy(server, {
    toClient: RATE,
    control: (frame) => {
      const {message} = frame;
      const isAsked = message?.type === 'bundle' || message?.type === 'fetch';
      if (!isAsked || refusals-- <= 0) return asOtherServer(4).control?.(frame) ?? 'pass';
      return {answer: [encodeServer({...BUSY, id: message.id})]};
    },
  });
  const servers = [fast, slow, lying, busy];
  const path = join(scene.folder, 'run.ndjson');
  const {result, folder, exit} = await finishedSet(
    startSet(scene, servers, ['--all', '--trace', path, '--report']),
  );
  assertSameTree(scene, folder, [...small, ...large]);

  const rows = rowsOf(path);
  assert.deepEqual(
    rows.slice(0, 2).map(({k}) => k),
    ['trace', 'set'],
  );
  assert.deepEqual(ofKind(rows, 'done'), [{...ofKind(rows, 'done')[0], how: 'complete'}]);
  assertAddsUp(rows, result);
  assertNumbersHold(rows);
  const [chosen] = ofKind(rows, 'chosen');
  assert.deepEqual([chosen?.files, chosen?.small, chosen?.large], [63, 60, 3]);
  const states = ofKind(rows, 'server');
  const ofSet = states.filter(({item}) => item === undefined);
  assert.ok(ofSet.some(({server, is, proof}) => server === 2 && is === 'banned' && proof !== undefined));
  assert.ok(states.some(({server, is}) => server === 3 && is === 'busy'));

  const inspected = await runFdl(scene.cleanup, ['inspect', path, '--report', '--json'], {cwd: scene.folder});
  assert.equal(inspected.code, 0, inspected.stderr);
  const report = JSON.parse(inspected.stdout) as TraceReport;
  assert.deepEqual((JSON.parse(exit.stdout) as {report: TraceReport}).report, report);
  assertReports(report, result);
  assert.match(exit.stderr, /^why 63 files took .* of the transfer$/m);
  assert.match(exit.stderr, new RegExp(`^ {2}slow: ${slow.address.replaceAll('.', '\\.')} `, 'm'));
});

test('a set that was stopped, and one that failed, say so in their last row; the next run tells what was kept', async (t) => {
  const scene = new Scene(t, 'trace-set-ends');
  const names = ['a.bin', 'b.bin', 'c/1', 'c/2'];
  for (const [seed, name] of names.entries()) scene.offer(name, seed < 2 ? 4 * MIB : 5_000, seed);
  const server = await scene.server(names, ['--in-place']);
  const proxy = await scene.proxy(server, {toClient: {bytesPerSecond: 6_000_000}});
  const into = scene.newFolder('into');
  const path = join(scene.folder, 'stopped.ndjson');
  const run = startSet(scene, [proxy], ['--all', '--output', into, '--trace', path]);
  await until('a stored block and a small file in the trace', DEADLINE_MS, () => {
    const text = textOf(path);
    return /"k":"stored".*"connection":\d/.test(text) && text.includes('"name":"c/2","is":"stored"');
  });
  run.signal('SIGINT');
  assert.equal((await run.exit()).code, 130);
  const stopped = rowsOf(path);
  const [done] = ofKind(stopped, 'done');
  assert.deepEqual([done?.how, done?.code], ['stopped', 'interrupted']);
  assertTotals(stopped, ofKind(stopped, 'total')[0] ?? {});

  proxy.change({});
  const next = join(scene.folder, 'next.ndjson');
  const args = ['--all', '--output', into, '--trace', next];
  const {result} = await finishedSet(startSet(scene, [proxy], args));
  assert.ok(result.resumedBytes > 0);
  assert.equal(result.alreadyComplete, 2);
  assertAddsUp(rowsOf(next), result);

  const failed = join(scene.folder, 'failed.ndjson');
  const exit = await startSet(scene, [proxy], ['nothing/*', '--trace', failed]).exit();
  assert.equal(exit.code, 4, exit.stderr);
  const [end] = ofKind(rowsOf(failed), 'done');
  assert.deepEqual([end?.how, end?.code], ['failed', 'file-not-found']);

  const partly = join(scene.folder, 'partly.ndjson');
  const half = await startSet(scene, [proxy], ['c/1', 'nothing/*', '--trace', partly, '--report']).exit();
  assert.equal(half.code, 4, half.stderr);
  assertAddsUp(rowsOf(partly), resultOf(half));
  assert.match(half.stderr, /^ {2}files: 1 in 1 bundle, 1 failed$/m);
});

/** What the rows tell bit by bit is what the result says, for all files together and for each. */
function assertAddsUp(rows: readonly TraceRow[], result: FilesResult): void {
  assertTotals(rows, result);
  const replay = new Replay();
  for (const row of rows) replay.take(row);
  const figures = ({address, bytes, blocks, busyReplies, errors}: (typeof result.servers)[number]) => {
    return {address, bytes, blocks, busyReplies, errors};
  };
  assert.deepEqual(
    replay.servers.map((it) => figures(it as never)),
    result.servers.map(figures),
  );
  const ends = ofKind(rows, 'item').filter(({is}) => is !== 'begun');
  assert.deepEqual(
    ends
      .sort((a, b) => (a.item ?? 0) - (b.item ?? 0))
      .map(({name, is, size, storedBytes, code}) => {
        return {name, is, size, storedBytes, code};
      }),
    result.rows.map(({file: name, outcome, bytes: size, storedBytes, error}) => {
      return {
        name,
        is: outcome === 'already-complete' ? 'complete' : outcome,
        size,
        storedBytes,
        code: error?.code,
      };
    }),
  );
}

function assertTotals(rows: readonly TraceRow[], told: Partial<FilesResult>): void {
  const replay = new Replay();
  for (const row of rows) replay.take(row);
  const {storedBytes, resumedBytes, receivedBytes, wastedBytes} = told;
  const totals = {storedBytes, resumedBytes, receivedBytes, wastedBytes};
  const replayed = {
    storedBytes: replay.storedBytes,
    resumedBytes: replay.resumedBytes,
    receivedBytes: replay.receivedBytes,
    wastedBytes: replay.wastedBytes,
  };
  assert.deepEqual(replayed, totals);
  const [total, ...more] = ofKind(rows, 'total');
  assert.deepEqual(total && {...total, ...totals}, total);
  assert.deepEqual(more, []);
}

/** No number is used twice, and each is introduced before it is used; a file of its own has rows only once it has begun. */
function assertNumbersHold(rows: readonly TraceRow[]): void {
  const actors = new Set<number>();
  const servers = new Map<number, number>();
  const tickets = new Set<number>();
  const begun = new Set<number>();
  for (const row of rows) {
    if (row.k === 'item' && row.is === 'begun') begun.add(row.item ?? -1);
    else if (row.k !== 'item' && row.item !== undefined) assert.ok(begun.has(row.item), JSON.stringify(row));
    if (row.k === 'start') {
      assert.ok(!actors.has(row.actor), JSON.stringify(row));
      actors.add(row.actor);
    } else if (row.k === 'move' || row.k === 'stop') assert.ok(actors.has(row.actor), JSON.stringify(row));
    else if (row.k === 'dial') {
      assert.ok(row.again || !servers.has(row.connection), JSON.stringify(row));
      servers.set(row.connection, row.server);
    } else if (row.k === 'fetch' || row.k === 'bundle') {
      const ticket = row.k === 'fetch' ? row.ticket : row.bundle;
      assert.ok(servers.has(row.connection) && !tickets.has(ticket), JSON.stringify(row));
      tickets.add(ticket);
    } else if (row.k === 'bundled' || row.k === 'fetched')
      assert.ok(tickets.has(row.k === 'fetched' ? row.ticket : row.bundle), JSON.stringify(row));
  }
}

function assertReports(report: TraceReport, {servers, storedBytes, wastedBytes}: FilesResult): void {
  const [fast, slow, lying, busy] = report.servers;
  assert.equal(report.files?.files, 63);
  assert.equal(report.files?.single, 3);
  assert.equal(report.files?.slowest.length, 3);
  assert.deepEqual([report.storedBytes, report.wastedBytes], [storedBytes, wastedBytes]);
  assert.ok((slow?.bytesPerSecond ?? 0) < (fast?.bytesPerSecond ?? 0) / 4, JSON.stringify([slow, fast]));
  assert.equal(lying?.state, 'banned');
  assert.ok(report.wrongBlocks > 0);
  assert.ok((busy?.busyMs ?? 0) >= 200, JSON.stringify(busy));
  assert.equal(busy?.busyReplies, servers[3]?.busyReplies);
  const sum = Object.values(report.causes).reduce((total, ms) => total + ms, 0);
  assert.ok(Math.abs(sum - report.transferMs) < 1, `${sum} of ${report.transferMs}`);
}
