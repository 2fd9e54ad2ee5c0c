/** What the visualizer's page makes of a real trace, compared with what the download and its rows say themselves. */

import assert from 'node:assert/strict';
import {History} from '../../src/inspector/page/model/history.js';
import {CLIENT_DOINGS, DOINGS, type Moment} from '../../src/inspector/page/model/moment.js';
import type {DownloadResult} from '../../src/report.js';
import type {RowOf, TraceRow} from '../../src/trace/rows.js';

/** The page at the end of a download's trace has the figures of the result, and on the way never more than that. */
export function assertPageShowsDownload(
  bytes: Uint8Array,
  rows: readonly TraceRow[],
  result: DownloadResult,
): void {
  const history = historyOf(bytes);
  const end = momentAt(history, history.endMs);
  assert.equal(end.end?.how, 'complete');
  assert.equal(end.totals.storedBytes, result.storedBytes);
  assert.equal(end.totals.receivedBytes, result.receivedBytes);
  assert.equal(end.totals.wastedBytes, result.wastedBytes);
  for (const report of result.servers) {
    const server = end.servers.find(({address}) => address === report.address);
    assert.equal(server?.bytes, report.bytes, report.address);
    assert.equal(server.blocks, report.blocks);
    assert.equal(server.state === 'banned', report.banned !== null);
    assert.equal(server.fetches, 0, `${report.address} has nothing out at the end`);
  }
  assert.ok(
    end.map?.blocks.every((state) => state === 4),
    'every block is stored',
  );
  assertActorsAreThoseOf(rows, history);
  let storedBytes = 0;
  for (let share = 0; share <= 1; share += 0.1) {
    const {totals, map, t} = momentAt(history, history.endMs * share);
    assert.ok(totals.storedBytes >= storedBytes, `at ${t} ms`);
    storedBytes = totals.storedBytes;
    assert.equal(
      map?.counts.reduce((sum, count) => sum + count, 0) ?? result.bytes / 1_048_576,
      result.bytes / 1_048_576,
    );
  }
  assertLanesTell(history, rows);
}

/** The page at the end of a server's trace has given what its clients got. */
export function assertPageShowsServer(bytes: Uint8Array, rows: readonly TraceRow[]): void {
  const history = historyOf(bytes);
  const {serve} = momentAt(history, history.endMs);
  assert.ok(serve !== null);
  const served = rows.reduce((sum, row) => sum + (row.k === 'served' ? row.bytes : 0), 0);
  assert.equal(serve.servedBytes, served);
  assert.equal(serve.files.find(({is}) => is === 'ready')?.servedBytes, served);
  assert.equal(serve.sessions, 0, 'every client is gone');
  const lanes = history.lanes({fromMs: 0, toMs: history.endMs, pixels: 1_000}, null);
  assert.equal(lanes.of, 'clients');
  const words = lanes.lanes.flatMap(({doings}) => [...doings].map((doing) => CLIENT_DOINGS[doing]));
  assert.ok(words.includes('sending') && words.includes('gone'), words.join());
}

function historyOf(bytes: Uint8Array): History {
  const history = new History((line, what) => assert.fail(`line ${line}: ${what}`));
  history.push(bytes);
  history.end();
  assert.equal(history.isCut, false);
  return history;
}

function momentAt(history: History, t: number): Moment {
  const moment = history.moment({at: {kind: 'at', t}, item: null, map: true});
  assert.ok(moment !== null);
  return moment;
}

/** At each of some moves the actor is in the states that its row names, since that moment. */
function assertActorsAreThoseOf(rows: readonly TraceRow[], history: History): void {
  const moves = rows.flatMap((row, number) => (row.k === 'move' ? [{row, number}] : []));
  for (const {row, number} of moves.filter((_, index) => index % 7 === 0)) {
    const moment = history.moment({at: {kind: 'at', t: row.t, row: number}, item: null, map: false});
    const actor = moment?.actors.find((it) => it.actor === row.actor);
    assert.deepEqual(actor?.states.join(' '), row.to);
    assert.equal(actor.sinceMs, row.t);
    assert.equal(actor.last?.row, number);
  }
}

/** Lanes show a server busy, lost or out while its rows say so, and what it brought is under its curve. */
function assertLanesTell(history: History, rows: readonly TraceRow[]): void {
  const {endMs} = history;
  const {lanes} = history.lanes({fromMs: 0, toMs: endMs, pixels: 100_000}, null);
  const states = rows.filter((row): row is RowOf<'server'> => row.k === 'server');
  for (const {server, is, t} of states) {
    if (is !== 'busy' && is !== 'banned') continue;
    const lane = lanes.find(({id}) => id === server);
    const at = lane?.starts.findLastIndex((start) => start <= t) ?? -1;
    const until = states.find((it) => it.server === server && it.t > t)?.t ?? endMs;
    if (until > t)
      assert.equal(DOINGS[lane?.doings[at] ?? 0], is === 'busy' ? 'busy' : 'out', `server ${server} at ${t}`);
  }
  for (const {id, rates} of lanes) {
    const brought = rates.reduce((sum, rate) => sum + rate, 0) * (endMs / rates.length / 1_000);
    const {bytes = 0} = momentAt(history, endMs).servers[id] ?? {};
    assert.ok(Math.abs(brought - bytes) <= 1 + bytes * 0.001, `server ${id}: ${brought} of ${bytes}`);
  }
}
