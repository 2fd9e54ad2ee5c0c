/** The map of the file: where cells go, where keys lead, what a fragment is, and what is said of it. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  BLOCK_STATES,
  type BlockState,
  type FragmentMap,
  NO_SERVER,
} from '../../../../src/inspector/page/model/moment.js';
import type {NumberedRow} from '../../../../src/inspector/page/model/queries.js';
import {storiesOf, storyWords} from '../../../../src/inspector/page/overview/block-story.js';
import {
  blockWords,
  countsOf,
  fragmentState,
  fragmentWords,
  tally,
} from '../../../../src/inspector/page/overview/cells.js';
import {cellAt, cornerOf, gridOf, movedBy} from '../../../../src/inspector/page/overview/grid.js';
import type {TraceRow} from '../../../../src/trace/rows.js';

const BOUNDS = {width: 400, height: 420, largest: 88, smallest: 4};
const nameOf = (server: number): string => `s${server}`;

test('cells of one to twenty thousand fragments fill the width and stay within the height', () => {
  for (const cells of [1, 2, 5, 13, 100, 999, 10_000, 20_000])
    for (const width of [300, 390, 777]) {
      const grid = gridOf(cells, {...BOUNDS, width});
      assert.ok(grid.width <= width, `${cells} in ${width}: ${grid.width} wide`);
      assert.ok(grid.columns * grid.rows >= cells && (grid.rows - 1) * grid.columns < cells);
      assert.ok(grid.height <= BOUNDS.height || grid.size === BOUNDS.smallest);
      // A row more would have room for no other cell.
      if (grid.rows > 1) assert.ok(width - grid.width < grid.size + grid.gap, `${cells} in ${width}`);
    }
});

test('a hundred blocks are ten by ten where eleven would fit', () => {
  const {columns, rows} = gridOf(100, {width: 372, height: 400, largest: 40, smallest: 6});
  assert.deepEqual([columns, rows], [10, 10]);
});

test('a million cells are as small as may be and higher than wanted, to be scrolled', () => {
  const grid = gridOf(1_000_000, BOUNDS);
  assert.equal(grid.size, 4);
  assert.equal(grid.height, 4 * Math.ceil(1_000_000 / 100));
});

test('each cell is found at its own corner, and none beside the last', () => {
  for (const cells of [1, 13, 5_000]) {
    const grid = gridOf(cells, BOUNDS);
    for (let cell = 0; cell < cells; cell += 1 + (cells >> 5)) {
      const {x, y} = cornerOf(grid, cell);
      assert.equal(cellAt(grid, x + grid.size / 2, y + grid.size / 2), cell);
    }
    const {x, y} = cornerOf(grid, cells);
    assert.equal(cellAt(grid, x + 1, y + 1), null);
    assert.equal(cellAt(grid, -1, 0), null);
  }
});

test('keys lead to the cell beside, above and below, and never out of the map', () => {
  const grid = gridOf(13, {...BOUNDS, width: 452});
  assert.equal(grid.columns, 5);
  const to = (from: number, key: string): number | null => movedBy(grid, from, key);
  assert.deepEqual(
    [to(7, 'ArrowLeft'), to(7, 'ArrowRight'), to(7, 'ArrowUp'), to(7, 'ArrowDown')],
    [6, 8, 2, 12],
  );
  assert.deepEqual(
    [to(0, 'ArrowLeft'), to(12, 'ArrowRight'), to(2, 'ArrowUp'), to(9, 'ArrowDown')],
    [0, 12, 2, 9],
  );
  assert.deepEqual(
    [to(7, 'Home'), to(7, 'End'), to(11, 'End'), to(7, 'PageUp'), to(7, 'PageDown')],
    [5, 9, 12, 2, 12],
  );
  assert.equal(to(7, 'a'), null);
});

test('a fragment is what its blocks are: wrong before all, whole only when nothing is open', () => {
  const state = (counts: Partial<Record<BlockState, number>>) => fragmentState(countsOf(mapOf([counts]), 1));
  assert.equal(state({missing: 4}), 'missing');
  assert.equal(state({missing: 3, asked: 1}), 'asked');
  assert.equal(state({missing: 2, asked: 1, stored: 1}), 'partly');
  assert.equal(state({asked: 3, received: 1}), 'partly');
  assert.equal(state({stored: 3, received: 1}), 'checking');
  assert.equal(state({unchecked: 2, missing: 2}), 'checking');
  assert.equal(state({stored: 3, kept: 1}), 'stored');
  assert.equal(state({kept: 4}), 'kept');
  assert.equal(state({stored: 3, wrong: 1}), 'wrong');
});

test('a legend counts every fragment once', () => {
  const map = mapOf([{stored: 4}, {stored: 4}, {kept: 4}, {missing: 4}, {missing: 1, stored: 3}]);
  const counts = tally(map);
  assert.deepEqual(counts, {missing: 1, asked: 0, partly: 1, checking: 0, stored: 2, kept: 1, wrong: 0});
});

test('fragments and blocks are told in words, with who brought them', () => {
  const map = mapOf([{stored: 4}, {missing: 1, asked: 1, stored: 2}, {missing: 4}], [7, 3, NO_SERVER]);
  assert.equal(
    fragmentWords(map, 2, nameOf),
    'fragment 2 of 3: partly there, 2 of 4 blocks, 1 asked for, most of it from s3',
  );
  assert.equal(fragmentWords(map, 3, nameOf), 'fragment 3 of 3: missing');
  assert.equal(blockWords(map, 1, 3, nameOf), 'block 3 of fragment 1: stored, from s7');
  assert.equal(blockWords(map, 3, 0, nameOf), 'block 0 of fragment 3: missing');
});

test('what a block went through is told: two servers asked, a copy in vain, a wrong one', () => {
  const rows = [
    numbered({t: 1, k: 'fetch', connection: 0, ticket: 1, fragment: 2, first: 0, end: 2, hedge: false}, 0),
    numbered({t: 2, k: 'fetch', connection: 1, ticket: 2, fragment: 2, first: 1, end: 3, hedge: true}, 1),
    numbered({t: 3, k: 'block', connection: 0, fragment: 2, block: 1, bytes: 9, wasted: true}, 0),
    numbered({t: 3, k: 'block', connection: 0, fragment: 2, block: 1, bytes: 9, wasted: true}, 0),
    numbered({t: 4, k: 'wrong', connection: 2, fragment: 2, block: 3, expected: '', received: ''}, 4),
    numbered({t: 5, k: 'wrong', connection: 2, fragment: 1, block: 0, expected: '', received: ''}, 4),
  ];
  const stories = storiesOf(2, rows);
  const words = (block: number): string => storyWords(stories.get(block), nameOf);
  assert.deepEqual([...stories.keys()], [1, 2, 3]);
  assert.equal(words(0), '');
  assert.equal(words(1), 'a second copy from s0 came in vain');
  assert.equal(words(2), 'a second server was asked for it as well');
  assert.equal(words(3), 's4 had sent it wrong');
});

/** A map of fragments of four blocks each; `leaders`: who brought each. */
function mapOf(
  fragments: readonly Partial<Record<BlockState, number>>[],
  leaders: readonly number[] = fragments.map(() => NO_SERVER),
): FragmentMap {
  const blocks = fragments.flatMap((counts) =>
    BLOCK_STATES.flatMap((state, number) => Array.from({length: counts[state] ?? 0}, () => number)),
  );
  return {
    fragments: fragments.length,
    blocksPerFragment: 4,
    blocksTotal: blocks.length,
    blocks: Uint8Array.from(blocks),
    servers: Uint16Array.from(blocks, (_, at) => leaders[Math.floor(at / 4)] ?? NO_SERVER),
    counts: Uint16Array.from(fragments.flatMap((counts) => BLOCK_STATES.map((state) => counts[state] ?? 0))),
    leaders: Uint16Array.from(leaders),
  };
}

function numbered(data: TraceRow, server: number): NumberedRow {
  return {row: 0, data, who: '', what: '', actor: null, server};
}
