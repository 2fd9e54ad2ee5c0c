import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {LiveHistory} from '../../../src/inspector/server/live-history.js';
import type {TraceRow} from '../../../src/trace/rows.js';
import {seededRandom} from '../../support/random.js';
import {known, randomTrace} from './trace-kit.js';

const SMALL = {historyBytes: 12_000, chunkBytes: 1_000, pieceBytes: 3_000};

test('rows are addressed by their number, from any place, while nothing is condensed', () => {
  const rows = randomTrace(5, 100);
  const history = new LiveHistory({...SMALL, historyBytes: 1_000_000});
  for (const row of rows) history.add(row);
  for (let from = 0; from <= rows.length; from++)
    assert.deepEqual(follow(history, from).rows, rows.slice(from));
  assert.equal(history.after(rows.length).kind, 'nothing');
  assert.equal(history.after(rows.length + 1).kind, 'behind');
});

test('pieces are of bounded length, and so is all that is held', () => {
  const history = new LiveHistory(SMALL);
  let largest = 0;
  // One world after the other: each ends, so that there is always something to condense.
  for (const row of longTrace(8_000)) {
    history.add(row);
    largest = Math.max(largest, history.bytes);
  }
  assert.ok(largest <= SMALL.historyBytes + 2 * SMALL.chunkBytes, `${largest} bytes held`);
  for (let from = 0; from < history.end; ) {
    const piece = history.after(from);
    assert.equal(piece.kind, 'rows');
    if (piece.kind !== 'rows') return;
    const length = piece.bytes.reduce((sum, {length}) => sum + length, 0);
    assert.ok(length <= SMALL.pieceBytes, `${length} bytes at once`);
    from = piece.next;
  }
});

test('who comes late, falls behind or is cut off knows in the end what all rows say', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({min: 1, max: 60}), (seed, lag) => {
      const random = seededRandom(seed);
      const rows = randomTrace(seed, 600, true);
      const history = new LiveHistory(SMALL);
      let page: TraceRow[] = [];
      let at = 0;
      const take = (): boolean => {
        const piece = history.after(at);
        if (piece.kind === 'nothing') return false;
        if (piece.kind === 'behind') [page, at] = [[], 0];
        else {
          page.push(...rowsOf(piece.bytes));
          at = piece.next;
        }
        return true;
      };
      for (const row of rows) {
        history.add(row);
        if (random() < 1 / lag) take();
      }
      while (take());
      assert.equal(known(page), known(rows));
    }),
    {numRuns: 25},
  );
});

test('who has been told everything goes on without beginning anew, whatever is condensed', () => {
  const history = new LiveHistory(SMALL);
  let at = 0;
  let resets = 0;
  for (const row of longTrace(5_000)) {
    history.add(row);
    const piece = history.after(at);
    if (piece.kind === 'behind') resets++;
    if (piece.kind === 'rows') at = piece.next;
  }
  assert.equal(resets, 0);
  assert.equal(history.after(1).kind, 'behind');
});

/** Blocks of a file without end: what they come to is bounded only because they lie side by side. */
function* longTrace(count: number): Generator<TraceRow> {
  for (let at = 0; at < count; at++) {
    const [fragment, block] = [1 + Math.floor(at / 100), at % 100];
    yield {t: at, k: 'block', connection: 0, fragment, block, bytes: 1_048_576};
    yield {t: at, k: 'stored', connection: 0, fragment, block, bytes: 1_048_576};
  }
}

/** All that comes from a place on. */
function follow(history: LiveHistory, from: number): {rows: TraceRow[]} {
  const rows: TraceRow[] = [];
  for (let at = from; ; ) {
    const piece = history.after(at);
    if (piece.kind !== 'rows') return {rows};
    rows.push(...rowsOf(piece.bytes));
    at = piece.next;
  }
}

function rowsOf(bytes: readonly Buffer[]): TraceRow[] {
  const lines = Buffer.concat(bytes).toString('latin1').split('\n');
  assert.equal(lines.pop(), '');
  return lines.map((line) => {
    assert.ok(line.startsWith('data:'), line);
    return JSON.parse(line.slice('data:'.length)) as TraceRow;
  });
}
