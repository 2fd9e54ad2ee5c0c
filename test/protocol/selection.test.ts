import assert from 'node:assert/strict';
import {test} from 'node:test';
import {select} from '../../src/protocol/selection.js';

const OFFERED = new Set([
  'a.bin',
  'b.txt',
  'models/a.bin',
  'models/deep/a.bin',
  'models/deep/deeper/c.bin',
  'models2/a.bin',
  'odd/what?.bin',
  'odd/st*r.bin',
  'odd/ö.bin',
  'odd/💾.bin',
]);

const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['a.bin', ['a.bin']],
  ['*', ['a.bin', 'b.txt']],
  ['*.bin', ['a.bin']],
  ['models/*', ['models/a.bin']],
  ['models/', ['models/a.bin', 'models/deep/a.bin', 'models/deep/deeper/c.bin']],
  ['./models//', ['models/a.bin', 'models/deep/a.bin', 'models/deep/deeper/c.bin']],
  ['models/**', ['models/a.bin', 'models/deep/a.bin', 'models/deep/deeper/c.bin']],
  ['**/a.bin', ['a.bin', 'models/a.bin', 'models/deep/a.bin', 'models2/a.bin']],
  ['models/**/c.bin', ['models/deep/deeper/c.bin']],
  ['**/deep/**', ['models/deep/a.bin', 'models/deep/deeper/c.bin']],
  ['models?/a.bin', ['models2/a.bin']],
  ['models*/a.bin', ['models/a.bin', 'models2/a.bin']],
  ['?.bin', ['a.bin']],
  ['odd/?.bin', ['odd/ö.bin', 'odd/💾.bin']],
  ['odd/what?.bin', ['odd/what?.bin']],
  ['odd/st*r.bin', ['odd/st*r.bin']],
  ['mod**/a.bin', ['models/a.bin', 'models2/a.bin']],
];

for (const [word, names] of CASES) {
  test(`${word} means ${names.join(', ')}`, () => {
    assert.deepEqual(select(OFFERED, {words: [word], all: false}), {names, unlisted: [], unmatched: []});
  });
}

test('what nothing fits is told apart: a name may still appear, a pattern fits nothing', () => {
  const words = ['c.bin', 'models', 'x*', 'nowhere/', 'a.bin'];
  assert.deepEqual(select(OFFERED, {words, all: false}), {
    names: ['a.bin'],
    unlisted: ['c.bin', 'models'],
    unmatched: ['x*', 'nowhere/'],
  });
});

test('a file that is meant twice is chosen once', () => {
  const {names} = select(OFFERED, {words: ['a.bin', '*', '**', 'a.bin'], all: true});
  assert.equal(names.length, OFFERED.size);
});

test('no pattern takes long, however many stars it has', () => {
  const offered = new Set(Array.from({length: 1_000}, (_, index) => `${'a'.repeat(190)}${index}`));
  const word = `${'*a'.repeat(200)}b`;
  const {unmatched} = select(offered, {words: [word, `${'**/'.repeat(100)}*b`], all: false});
  assert.equal(unmatched.length, 2);
});
