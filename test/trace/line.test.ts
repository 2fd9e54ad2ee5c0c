import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lineOf} from '../../src/trace/line.js';
import type {TraceRow} from '../../src/trace/rows.js';

test('a line reads back as its row, and is ASCII, whatever is in it', () => {
  const block = {connection: 1, fragment: 2, block: 3, bytes: 4};
  const rows: readonly TraceRow[] = [
    {t: 1.25, k: 'stored', ...block},
    {t: 1.25, k: 'stored', ...block, connection: null},
    {t: 1.25, k: 'stored', item: 7, ...block},
    {t: 1.25, k: 'block', item: 0, ...block},
    {t: 1.25, k: 'block', ...block, wasted: true},
    {t: 2, k: 'refused', reason: 'é\u2028\u0007\n"\ud83d\ude00'},
  ];
  for (const row of rows) {
    const line = lineOf(row);
    assert.match(line, /^[\x20-\x7e]+\n$/);
    assert.deepEqual(JSON.parse(line), row);
  }
});
