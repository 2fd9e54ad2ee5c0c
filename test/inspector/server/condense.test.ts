import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {condense} from '../../../src/inspector/server/condense.js';
import {CONDENSED_NEWEST_MAX, TRACE_RUNS_MAX} from '../../../src/limits.js';
import {lineOf} from '../../../src/trace/line.js';
import {problemOf} from '../../../src/trace/read.js';
import type {TraceRow} from '../../../src/trace/rows.js';
import {known, randomTrace} from './trace-kit.js';

const trace = fc
  .tuple(fc.integer(), fc.integer({min: 1, max: 400}), fc.boolean())
  .map(([seed, count, items]) => randomTrace(seed, count, items));

test('what is known at the end is the same after condensing, piece by piece and of pieces again', () => {
  fc.assert(
    fc.property(trace, fc.array(fc.nat(400), {maxLength: 6}), (rows, cuts) => {
      const pieces = cut(rows, cuts).map((piece) => condense(piece));
      assert.equal(known(pieces.flat()), known(rows));
      assert.equal(known(condense(pieces.flat())), known(rows));
      assert.equal(known([...condense(pieces.slice(0, 2).flat()), ...pieces.slice(2).flat()]), known(rows));
    }),
    {numRuns: 40},
  );
});

test('whoever was at the beginning of a piece is at its end where all of its rows would have led', () => {
  fc.assert(
    fc.property(trace, fc.nat(400), fc.nat(400), (rows, a, b) => {
      const [from, to] = [Math.min(a, b, rows.length), Math.min(Math.max(a, b), rows.length)];
      const condensed = [...rows.slice(0, from), ...condense(rows.slice(from, to)), ...rows.slice(to)];
      assert.equal(known(condensed), known(rows));
    }),
    {numRuns: 40},
  );
});

test('condensed rows fit the schema, are never more, and keep their order', () => {
  fc.assert(
    fc.property(trace, (rows) => {
      const fewer = condense(rows);
      assert.ok(fewer.length <= rows.length);
      let t = 0;
      for (const row of fewer) {
        assert.equal(problemOf(JSON.parse(lineOf(row))), null);
        assert.ok(row.t >= t);
        t = row.t;
      }
    }),
    {numRuns: 25},
  );
});

test('a long transfer shrinks to what is stored, and rows without end are cut to the newest', () => {
  const rows: TraceRow[] = [];
  let t = 0;
  for (let block = 0; block < 3_000; block++) {
    const [connection, fragment] = [block % 2, 1 + Math.floor(block / 100)];
    const what = {connection, fragment, block: block % 100, bytes: 10};
    rows.push({t: t++, k: 'block', ...what}, {t: t++, k: 'stored', ...what});
    rows.push({t: t++, k: 'refused', reason: 'too many'});
    rows.push({t: t++, k: 'fragment', name: 'x.zip', fragment, is: 'intact'});
    rows.push({t: t++, k: 'server', server: 0, is: 'busy', busyReplies: block, errors: 0});
  }
  const fewer = condense(rows);
  const count = (k: TraceRow['k']) => fewer.filter((row) => row.k === k).length;
  assert.equal(count('fragment'), CONDENSED_NEWEST_MAX);
  assert.deepEqual(
    fewer.flatMap((row) => (row.k === 'refused' ? [row.times] : [])),
    [3_000],
  );
  assert.equal(count('server'), CONDENSED_NEWEST_MAX + 1);
  // Every other block each, so nothing joins: pages of runs.
  assert.equal(count('brought'), 2 * Math.ceil(1_500 / TRACE_RUNS_MAX));
  assert.equal(count('stored') + count('block'), 0);
  const bytes = fewer.reduce((sum, row) => sum + (row.k === 'brought' ? row.bytes : 0), 0);
  assert.equal(bytes, 30_000);
});

test('of actors that have ended nothing is left, of clients that are gone what they were given', () => {
  const rows: TraceRow[] = [{t: 0, k: 'start', actor: 0, name: 'root', machine: 'm', parent: null}];
  const times = {queuedMs: 1, elapsedMs: 2, readMs: 1, writeMs: 1};
  for (let at = 1; at <= 100; at++) {
    rows.push({t: at, k: 'start', actor: at, name: 'child', machine: 'm', parent: 0});
    rows.push({t: at, k: 'move', actor: at, on: 'go', from: '', to: 'there'});
    rows.push({t: at, k: 'session', session: at, peer: '127.0.0.1:1'});
    rows.push({t: at, k: 'slot', session: at, granted: true, inUse: 1});
    rows.push({t: at, k: 'served', session: at, request: 1, name: 'x', bytes: 10, how: 'ok', ...times});
    rows.push({t: at, k: 'closed', session: at, reason: 'gone', bytes: 10, busyReplies: 0});
    rows.push({t: at, k: 'stop', actor: at, how: 'done'});
  }
  const served = {...times, queuedMs: 100, elapsedMs: 200, readMs: 100, writeMs: 100, times: 100};
  assert.deepEqual(condense([...condense(rows.slice(0, 351)), ...condense(rows.slice(351))]), [
    rows[0],
    {t: 100, k: 'slot', session: 0, granted: true, inUse: 1, times: 100},
    {t: 100, k: 'served', session: 0, request: 1, name: 'x', bytes: 1_000, how: 'ok', ...served},
  ]);
});

test('several ticks are one, which covers their time', () => {
  const tick = (t: number, bytes: number, fetches: number): TraceRow => ({
    ...{
      t,
      k: 'tick',
      elapsedMs: 250,
      slabsFree: t,
      storing: 0,
      tasks: 2,
      waitedMs: 0.1,
      hashedMs: 1,
      writtenMs: 1,
    },
    connections: [[4, bytes, 7, fetches, 0.1, 0]],
  });
  const fewer = condense([tick(250, 10, 2), tick(500, 20, 2), tick(750, 30, 1)]);
  assert.deepEqual(fewer, [
    {
      ...{t: 750, k: 'tick', elapsedMs: 750, slabsFree: 750, storing: 0, tasks: 6},
      ...{waitedMs: 0.3, hashedMs: 3, writtenMs: 3, connections: [[4, 60, 7, 1, 0.3, 0]]},
    },
  ]);
});

/** The rows in pieces, cut at these places. */
function cut(rows: readonly TraceRow[], places: readonly number[]): TraceRow[][] {
  const sorted = [0, ...places.map((place) => Math.min(place, rows.length)), rows.length].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, index) => rows.slice(sorted[index], end));
}
