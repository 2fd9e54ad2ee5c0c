import assert from 'node:assert/strict';
import {test} from 'node:test';

import {fitLine} from '../../bench/harness/statistics.js';

test('a line through points that lie on one is that line', () => {
  const {slope, offset} = fitLine([1, 2, 5].map((x) => [x, 3 - 2 * x] as const));
  assert.ok(Math.abs(slope + 2) < 1e-9 && Math.abs(offset - 3) < 1e-9, `${slope} x + ${offset}`);
});
