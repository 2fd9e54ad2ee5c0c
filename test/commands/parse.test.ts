import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseDigest, parseDuration, parseRate, parseWhole} from '../../src/commands/parse.js';
import {shellWords} from '../../src/commands/support/shell-words.js';

const usage = (message: RegExp) => ({name: 'FdlError', code: 'usage', message});

test('a rate counts in thousands, with an i in 1024s', () => {
  const cases: readonly [string, number][] = [
    ['5000', 5_000],
    ['500k', 500_000],
    ['500kB', 500_000],
    ['5MB', 5_000_000],
    ['5 MB/s', 5_000_000],
    ['10MiB', 10_485_760],
    ['10mi', 10_485_760],
    ['1.5G', 1_500_000_000],
    ['1T', 1e12],
    ['2000B', 2_000],
  ];
  for (const [text, rate] of cases) assert.equal(parseRate(text), rate, text);
});

test('a rate that could mean something else is refused with a way to write it', () => {
  for (const text of ['', 'fast', '-5MB', '5XB', '1e6', '5 M B', 'i', '5iB', '0x10']) {
    assert.throws(() => parseRate(text), usage(/write it like 500kB/), text);
  }
  assert.throws(() => parseRate('5Mb'), usage(/bits or bytes/));
  assert.throws(() => parseRate('0'), usage(/the lowest limit is 1kB/));
  assert.throws(() => parseRate('9'.repeat(30)), usage(/leave the flag out/));
});

test('a time has a unit', () => {
  const cases: readonly [string, number][] = [
    ['0', 0],
    ['0s', 0],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['24D', 2_073_600_000],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test('a time that could mean something else is refused with a way to write it', () => {
  for (const text of ['', '5', 's', '-1s', '5 m', '1m30', 'never', '1y']) {
    assert.throws(() => parseDuration(text), usage(/write it with its unit, like 30s/), text);
  }
  assert.throws(() => parseDuration('25d'), usage(/the longest time is 24d/));
});

test('a whole number is one within its bounds', () => {
  assert.equal(parseWhole(' 16 ', 1, 16), 16);
  assert.equal(parseWhole('0', 0, 65_535), 0);
  for (const text of ['', '17', '0', '-1', '1.5', '1e1', '0x2', 'many', '9'.repeat(30)]) {
    assert.throws(() => parseWhole(text, 1, 16), usage(/is not a whole number from 1 to 16$/), text);
  }
  assert.throws(() => parseWhole('x', 0, 9, 'PORT: '), usage(/^PORT: 'x'/));
});

test('a digest is 64 hex digits in any case', () => {
  assert.equal(parseDigest(` ${'AB'.repeat(32)}\n`), 'ab'.repeat(32));
  assert.throws(() => parseDigest('ab'), usage(/64 hex digits; it has 2/));
  assert.throws(() => parseDigest('zz'.repeat(32)), usage(/other characters/));
});

test('a shell reads words back as they were', () => {
  assert.equal(shellWords(['fdl', 'download', 'a/b.zip', '--output=x']), 'fdl download a/b.zip --output=x');
  assert.equal(shellWords(['a b', "it's", '$HOME', '']), "'a b' 'it'\\''s' '$HOME' ''");
});
