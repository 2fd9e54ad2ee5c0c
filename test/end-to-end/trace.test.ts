import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {encodeServer} from '../../src/protocol/codec.js';
import type {DownloadResult} from '../../src/report.js';
import {TraceReader} from '../../src/trace/read.js';
import {Replay} from '../../src/trace/replay.js';
import type {TraceReport} from '../../src/trace/report.js';
import type {TraceRow} from '../../src/trace/rows.js';
import type {ChaosProxy, ProxyOptions} from '../support/chaos-proxy.js';
import {asOtherServer} from '../support/other-server.js';
import {assertPageShowsDownload, assertPageShowsServer} from '../support/page-model.js';
import {type Exit, indexed, runFdl, startServer} from '../support/processes.js';
import {assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {ofKind, rowsOf, textOf} from '../support/trace-rows.js';
import {until} from '../support/wait.js';

const SIZE = 60 * MIB;
const DEADLINE_MS = 60_000;
const BUSY = {type: 'end', status: {kind: 'busy', retryAfterMs: 200, slots: 1, slotsInUse: 1}} as const;

test('a trace of slow, busy, lying and lost servers fits its schema and adds up to the result', async (t) => {
  const scene = new Scene(t, 'trace');
  const original = scene.offer('x.zip', SIZE);
  const servedTrace = join(scene.folder, 'serve.ndjson');
  const server = await startServer(scene.cleanup, scene.served, ['--trace', servedTrace]);
  await indexed(scene.served, 'x.zip');
  let refusals = 3;
  const faults: ProxyOptions[] = [
    {toClient: {bytesPerSecond: 40_000_000}},
    {toClient: {bytesPerSecond: 1_000_000}},
    {toClient: {bytesPerSecond: 20_000_000, corruptEvery: 3}},
    {toClient: {bytesPerSecond: 20_000_000, resetAfter: 4 * MIB}},
    {toClient: {bytesPerSecond: 20_000_000}},
  ];
  const proxies = await Promise.all(
    faults.map((it, index) => scene.proxy(server, {...asOtherServer(index + 1), ...it})),
  );
  const busy = await scene.proxy(server, {
    ...faults[0],
    control: (frame) => {
      const {message} = frame;
      if (message?.type !== 'fetch' || refusals-- <= 0) return asOtherServer(9).control?.(frame) ?? 'pass';
      return {answer: [encodeServer({...BUSY, id: message.id})]};
    },
  });
  const [, , lying, lost] = proxies;

  const path = join(scene.folder, 'run.ndjson');
  const {exit, result, folder} = await scene.download(
    'x.zip',
    [...proxies, busy],
    ['--trace', path, '--report'],
  );
  assertOnlyFile(folder, 'x.zip', original);
  await assertReports(scene, path, exit, proxies, busy);

  const rows = rowsOf(path);
  assertAddsUp(rows, result);
  assertPageShowsDownload(readFileSync(path), rows, result);
  assertActorsMakeSense(rows);
  assertFetchesEnd(rows);
  assert.equal(rows[0]?.k, 'trace');
  assert.deepEqual(ofKind(rows, 'done').at(0)?.how, 'complete');
  const statesOf = (address: string | undefined): string[] => {
    const server = ofKind(rows, 'address').find((row) => row.address === address)?.server;
    return ofKind(rows, 'server').flatMap((row) => (row.server === server ? [row.is] : []));
  };
  assert.equal(statesOf(lying?.address).at(-1), 'banned');
  assert.ok(ofKind(rows, 'wrong').length > 0);
  assert.ok(statesOf(lost?.address).includes('lost'));
  assert.ok(statesOf(busy.address).includes('busy'));
  assert.ok(ofKind(rows, 'fetched').some(({how, retryAfterMs}) => how === 'busy' && retryAfterMs === 200));

  server.signal('SIGTERM');
  await server.exit(DEADLINE_MS);
  assertServedAddsUp(rowsOf(servedTrace), result);
  assertPageShowsServer(readFileSync(servedTrace), rowsOf(servedTrace));
});

test('a stopped download says so in its last row, a killed one leaves whole lines, and the next tells what is kept', async (t) => {
  const scene = new Scene(t, 'trace-stop');
  scene.offer('x.zip', 16 * MIB);
  const server = await scene.server(['x.zip']);
  // Seconds of work: a busy machine sees the first block late.
  const proxy = await scene.proxy(server, {toClient: {bytesPerSecond: 3_000_000}});
  const into = scene.newFolder('into');
  const stopped = async (signal: NodeJS.Signals): Promise<string> => {
    const path = join(scene.folder, `${signal}.ndjson`);
    const {running} = scene.start('x.zip', [proxy], ['--trace', path], into);
    await until('a stored block in the trace', DEADLINE_MS, () => {
      assert.equal(running.ended, false, running.stderr);
      return /"k":"stored","connection":\d/.test(textOf(path));
    });
    running.signal(signal);
    await running.exit(DEADLINE_MS);
    return path;
  };

  const killed = new TraceReader();
  assert.ok(killed.push(readFileSync(await stopped('SIGKILL'))).length > 0);
  killed.end();

  const [done] = ofKind(rowsOf(await stopped('SIGINT')), 'done');
  assert.deepEqual([done?.how, done?.code], ['stopped', 'interrupted']);

  proxy.change({});
  const path = join(scene.folder, 'resumed.ndjson');
  const {result} = await scene.download('x.zip', [proxy], ['--trace', path], into);
  const rows = rowsOf(path);
  assert.ok(ofKind(rows, 'kept').length > 0);
  assert.ok(result.resumedBytes > 0);
  assertAddsUp(rows, result);
});

test('a trace that cannot be written harms nothing: told beforehand with exit 2, or once, and the file arrives', async (t) => {
  const scene = new Scene(t, 'trace-fails');
  const original = scene.offer('x.zip', 3 * MIB);
  const server = await scene.server(['x.zip']);
  const {exit, folder} = await scene.download('x.zip', [server], ['--trace', '/dev/full']);
  assertOnlyFile(folder, 'x.zip', original);
  assert.equal(exit.stderr.match(/^trace: .*ENOSPC/gm)?.length, 1, exit.stderr);

  const cwd = scene.newFolder('nothing');
  const address = `--server=${server.address}`;
  const wrong = await runFdl(scene.cleanup, ['download', 'x.zip', address, '--trace', 'none/x'], {cwd});
  assert.equal(wrong.code, 2, wrong.stderr);
  assert.match(wrong.stderr, /the trace cannot be written: ENOENT.*\n.*--trace/);
  const precious = await runFdl(scene.cleanup, ['serve', '0', '--dir', cwd, '--trace', original], {cwd});
  assert.equal(precious.code, 2, precious.stderr);
  assert.match(precious.stderr, /x\.zip exists, and is not a trace/);
});

/** The report at the end and the one of the trace are the same, and name who was slow, busy and lying. */
async function assertReports(
  scene: Scene,
  path: string,
  {stdout, stderr}: Exit,
  proxies: readonly ChaosProxy[],
  busy: ChaosProxy,
): Promise<void> {
  const inspected = await runFdl(scene.cleanup, ['inspect', path, '--report', '--json'], {cwd: scene.folder});
  assert.equal(inspected.code, 0, inspected.stderr);
  const report = JSON.parse(inspected.stdout) as TraceReport;
  assert.deepEqual((JSON.parse(stdout) as {report: TraceReport}).report, report);
  assert.match(stderr, /^why x\.zip took .*: the servers were the limit for \d+ % of the transfer$/m);
  const [fast, slow, lying, lost] = proxies.map(({address}) =>
    report.servers.find((server) => server.address === address),
  );
  assert.ok((slow?.bytesPerSecond ?? 0) < (fast?.bytesPerSecond ?? 0) / 4, JSON.stringify([slow, fast]));
  assert.equal(lying?.state, 'banned');
  assert.ok(report.wrongBlocks > 0);
  assert.ok((lost?.lostMs ?? 0) > 0);
  const told = report.servers.find(({address}) => address === busy.address);
  assert.ok((told?.busyMs ?? 0) >= 200 && (told?.busyReplies ?? 0) > 0, JSON.stringify(told));
  const {causes, transferMs} = report;
  const sum = Object.values(causes).reduce((total, ms) => total + ms, 0);
  assert.ok(Math.abs(sum - transferMs) < 1, `${sum} of ${transferMs}`);
}

/** What the rows tell bit by bit is what the result says, and what the sums at the end say. */
function assertAddsUp(rows: readonly TraceRow[], result: DownloadResult): void {
  const replay = new Replay();
  for (const row of rows) replay.take(row);
  const {storedBytes, resumedBytes, receivedBytes, wastedBytes} = result;
  const totals = {storedBytes, resumedBytes, receivedBytes, wastedBytes};
  assert.deepEqual(
    {
      storedBytes: replay.storedBytes,
      resumedBytes: replay.resumedBytes,
      receivedBytes: replay.receivedBytes,
      wastedBytes: replay.wastedBytes,
    },
    totals,
  );
  const [total] = ofKind(rows, 'total');
  assert.deepEqual(total && {...total, ...totals}, total);
  assert.deepEqual(
    replay.servers.map(({address, bytes, blocks, busyReplies}) => ({address, bytes, blocks, busyReplies})),
    result.servers.map(({address, bytes, blocks, busyReplies}) => ({address, bytes, blocks, busyReplies})),
  );
  assert.deepEqual(
    ofKind(rows, 'sum').map(({bytes, blocks, errors}) => [bytes, blocks, errors]),
    result.servers.map(({bytes, blocks, errors}) => [bytes, blocks, errors]),
  );
  for (const [index, {banned}] of result.servers.entries())
    assert.equal(replay.servers[index]?.state === 'banned', banned !== null);
}

/** Every actor starts once and ends once, and goes on from where it was. */
function assertActorsMakeSense(rows: readonly TraceRow[]): void {
  const states = new Map<number, string>();
  const machines = new Set(ofKind(rows, 'machine').map(({machine}) => machine));
  assert.deepEqual([...machines].sort(), ['connection', 'download', 'fragment']);
  for (const row of rows) {
    if (row.k === 'start') {
      assert.ok(!states.has(row.actor));
      assert.ok(row.machine === null || machines.has(row.machine));
      states.set(row.actor, '');
    } else if (row.k === 'move') {
      assert.equal(row.from, states.get(row.actor));
      states.set(row.actor, row.to);
    } else if (row.k === 'stop') {
      assert.ok(states.has(row.actor));
      states.set(row.actor, 'stopped');
    }
  }
  assert.deepEqual(
    [...states.values()].filter((state) => state !== 'stopped'),
    [],
  );
}

/** A fetch ends once, if its connection lives. */
function assertFetchesEnd(rows: readonly TraceRow[]): void {
  const out = new Set<number>();
  for (const row of rows) {
    if (row.k === 'fetch') out.add(row.ticket);
    if (row.k === 'fetched') assert.ok(out.delete(row.ticket), `ticket ${row.ticket}`);
  }
}

/** What a server gave away is what its clients were given in all, and no less than one of them got. */
function assertServedAddsUp(rows: readonly TraceRow[], result: DownloadResult): void {
  const sum = (values: readonly {readonly bytes: number}[]) =>
    values.reduce((total, {bytes}) => total + bytes, 0);
  const served = sum(ofKind(rows, 'served'));
  // A client that is cut off may be gone while its last block is still being read.
  const closed = ofKind(rows, 'closed');
  assert.ok(
    sum(closed) <= served && served - sum(closed) <= closed.length * MIB,
    `${served}, ${sum(closed)}`,
  );
  assert.equal(sum(ofKind(rows, 'load')), served);
  assert.ok(served >= result.storedBytes, `${served} of ${result.storedBytes}`);
  assert.ok(ofKind(rows, 'file').some(({is, name}) => is === 'ready' && name === 'x.zip'));
  assert.equal(ofKind(rows, 'session').length, ofKind(rows, 'closed').length);
  assert.ok(ofKind(rows, 'slot').every(({granted}) => granted));
  assert.equal(ofKind(rows, 'drain').length, 1);
}
