import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  formatBytes,
  formatElapsed,
  formatPercent,
  formatRate,
  formatWait,
} from '../../src/terminal/format.js';

test('sizes have three digits and decimal units', () => {
  const cases: readonly [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [1_050_000_000, '1.05 GB'],
    [35_240_000, '35.2 MB'],
    [104_857_600, '105 MB'],
    [999_600, '1.00 MB'],
    [9_996, '10.0 kB'],
    [99_960, '100 kB'],
    [5e15, '5.00 PB'],
    [5e18, '5000 PB'],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test('a rate is a size a second, in the same units', () => {
  assert.equal(formatRate(35_240_000), '35.2 MB/s');
  assert.equal(formatRate(0.4), '0 B/s');
});

test('a time to come is rounded up to whole seconds', () => {
  const cases: readonly [number, string][] = [
    [-5, '0s'],
    [0, '0s'],
    [1, '1s'],
    [59_001, '1m 00s'],
    [65_000, '1m 05s'],
    [7_380_000, '2h 03m'],
    [273_600_000, '3d 04h'],
  ];
  for (const [ms, text] of cases) assert.equal(formatWait(ms), text);
});

test('a time that passed is exact when short', () => {
  assert.equal(formatElapsed(80.4), '80 ms');
  assert.equal(formatElapsed(8_600), '8.6s');
  assert.equal(formatElapsed(9_960), '10s');
  assert.equal(formatElapsed(65_000), '1m 05s');
});

test('100 % means every byte', () => {
  assert.equal(formatPercent(999_999, 1_000_000), '99 %');
  assert.equal(formatPercent(1_000_000, 1_000_000), '100 %');
  assert.equal(formatPercent(0, 0), '100 %');
});
