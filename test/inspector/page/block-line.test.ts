import assert from 'node:assert/strict';
import {test} from 'node:test';

import fc from 'fast-check';

import {BlockLines, type BlockRow} from '../../../src/inspector/page/model/block-line.js';
import {lineOf} from '../../../src/trace/line.js';
import {problemOf} from '../../../src/trace/read.js';

const lines = new BlockLines();
const encoder = new TextEncoder();

const whole = fc.oneof(fc.nat({max: 20}), fc.nat(), fc.constant(999_999_999_999_999));
const head = {
  t: fc.oneof(
    fc.nat({max: 10_000_000}).map((hundredths) => hundredths / 100),
    fc.double({min: 0, noNaN: true, noDefaultInfinity: true}),
  ),
  item: fc.option(whole, {nil: undefined}),
};
const place = {fragment: whole, block: whole, bytes: whole};
const block = fc.record({...head, k: fc.constant('block' as const), connection: whole, ...place});
const source = fc.option(whole, {nil: null});
const stored = fc.record({...head, k: fc.constant('stored' as const), connection: source, ...place});

/** As a row that was parsed has it: what is undefined is not there. */
const rows: fc.Arbitrary<BlockRow> = fc.oneof(block, stored).map(({item, ...row}) => {
  return item === undefined ? row : {...row, item};
});

function read(line: string, before = ''): BlockRow | null {
  return lines.read(encoder.encode(before + line), before.length);
}

test('a line of a block is read as JSON reads it, wherever it begins', () => {
  fc.assert(
    fc.property(rows, fc.string({unit: 'grapheme-ascii'}), (row, before) => {
      const line = lineOf(row);
      const got = read(line, before);
      // A time that nothing writes, with an exponent or digits beyond what a double holds, may be left to JSON.
      if (got === null) return assert.match(line, /^\{"t":(\d+e|\d*\.\d*e|[\d.]{16})/);
      assert.deepEqual(got, JSON.parse(line));
      assert.equal(lines.end, before.length + line.length);
    }),
    {numRuns: 2_000},
  );
});

test('whatever else a line says is left to JSON, or means the same', () => {
  const insert = fc.constantFrom(
    '',
    '0',
    '9',
    '.',
    '-',
    'e1',
    ' ',
    ',',
    '"',
    'null',
    '"item":1,',
    '}\n',
    '\u00e9',
  );
  fc.assert(
    fc.property(rows, fc.nat(), fc.nat({max: 3}), insert, (row, at, cut, put) => {
      const line = lineOf(row);
      const from = at % line.length;
      const odd = `${line.slice(0, from)}${put}${line.slice(from + cut)}`;
      const got = read(odd);
      if (got === null) return;
      const whole = odd.slice(0, lines.end);
      assert.equal(whole.at(-1), '\n');
      assert.deepEqual(got, JSON.parse(whole));
      assert.equal(problemOf(got), null);
    }),
    {numRuns: 20_000},
  );
});
