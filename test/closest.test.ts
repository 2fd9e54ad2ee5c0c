import assert from 'node:assert/strict';
import {test} from 'node:test';
import {closest, closestNames, closestPaths} from '../src/closest.js';

const COMMANDS = ['download', 'serve', 'list', 'check'];
const FILES = ['README.md', 'models/llama-7b.bin', 'models/llama-13b.bin', 'x.zip', 'y.zip', 'data/x.tar.gz'];

test('the word that was meant is near and not just any', () => {
  assert.equal(closest('downlaod', COMMANDS), 'download');
  assert.equal(closest('server', COMMANDS), 'serve');
  assert.equal(closest('lsit', COMMANDS), 'list');
  assert.equal(closest('frobnicate', COMMANDS), undefined);
  assert.equal(closest('', COMMANDS), undefined);
});

test('file names that differ in case, folder, ending or a few letters are named, the nearest first', () => {
  const cases: readonly (readonly [typed: string, expected: readonly string[]])[] = [
    ['readme.md', ['README.md']],
    ['llama-7b.bin', ['models/llama-7b.bin', 'models/llama-13b.bin']],
    ['model/llama-7b.bin', ['models/llama-7b.bin', 'models/llama-13b.bin']],
    ['X.ZIP', ['x.zip', 'y.zip']],
    ['data/x', ['x.zip', 'data/x.tar.gz']],
    ['models/lama-13b.bin', ['models/llama-13b.bin', 'models/llama-7b.bin']],
    ['frobnicate.iso', []],
    ['', []],
  ];
  for (const [typed, expected] of cases) assert.deepEqual(closestNames(typed, FILES, 5), expected, typed);
});

test('a folder is named with its slash, also for a pattern in one that is not there', () => {
  for (const typed of ['model', 'modles/', 'modles/*', 'models'])
    assert.equal(closestPaths(typed, FILES, 5)[0], 'models/');
  assert.deepEqual(closestPaths('X.ZIP', FILES, 5), ['x.zip', 'y.zip']);
});

test('no more names are given than asked for', () => {
  const names = Array.from({length: 1_000}, (_, index) => `part-${String(index).padStart(4, '0')}.bin`);
  assert.deepEqual(closestNames('part-00001.bin', names, 2), ['part-0000.bin', 'part-0001.bin']);
});

test('a name is told to be far from the longest ones without much work for each', () => {
  const typed = 'a'.repeat(200);
  let given = 0;
  const names = (function* () {
    for (; given < 20_000; given++) yield `${'b'.repeat(195)}${String(given).padStart(5, '0')}`;
  })();
  assert.deepEqual(closestNames(typed, names, 3), []);
  assert.equal(given, 20_000);
});
