import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stripVTControlCharacters} from 'node:util';
import fc from 'fast-check';
import {REMOTE_TEXT_MAX} from '../../src/limits.js';
import {escapeMessage, escapeRemote, safeJson} from '../../src/terminal/escape.js';

/** What no shown text may hold: controls, bidi, zero-width, lone surrogates, unassigned. */
const HARMFUL =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}\p{Cn}]/u;

test('ordinary text in any script is shown as it is', () => {
  for (const text of ['x.zip', 'models/a b.bin', 'größe.txt', '東京.iso', 'café ☕', '😀.png']) {
    assert.equal(escapeRemote(text), text);
  }
});

test('characters a terminal acts on are shown by their code', () => {
  assert.equal(escapeRemote('a\u001b[2Jb'), 'a\\u{1b}[2Jb');
  assert.equal(escapeRemote('\u001b]0;title\u0007'), '\\u{1b}]0;title\\u{7}');
  assert.equal(escapeRemote('\u009b31mred'), '\\u{9b}31mred');
  assert.equal(escapeRemote('done\rfake\n'), 'done\\u{d}fake\\u{a}');
  assert.equal(escapeRemote('\u007f\u0000'), '\\u{7f}\\u{0}');
});

test('characters that deceive an eye are shown by their code', () => {
  assert.equal(escapeRemote('gpj\u202eexe'), 'gpj\\u{202e}exe');
  assert.equal(escapeRemote('a\u200bb\ufeffc\u00add'), 'a\\u{200b}b\\u{feff}c\\u{ad}d');
  assert.equal(escapeRemote('\u2066x\u2069'), '\\u{2066}x\\u{2069}');
  assert.equal(escapeRemote('\u{e0041}'), '\\u{e0041}');
});

test('half a surrogate pair is shown by its code', () => {
  assert.equal(escapeRemote('a\ud800b'), 'a\\u{d800}b');
});

test('text of exactly the limit is whole, longer text ends in an ellipsis', () => {
  assert.equal(escapeRemote('abcde', 5), 'abcde');
  assert.equal(escapeRemote('abcdef', 5), 'abcd…');
  assert.equal(escapeRemote('ab\u001bcd', 6), 'ab…', 'an escape is never cut in two');
});

test('a message of 10 MB costs no time', () => {
  const startedAt = process.cpuUsage();
  assert.equal([...escapeRemote('\u001b'.repeat(10_000_000))].length <= REMOTE_TEXT_MAX, true);
  assert.equal(escapeRemote('x'.repeat(10_000_000)).length, REMOTE_TEXT_MAX);
  assert.ok(process.cpuUsage(startedAt).user < 100_000, 'less than 100 ms');
});

test('any text becomes short and harmless', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary', maxLength: 500}), (text) => {
      const shown = escapeRemote(text);
      assert.doesNotMatch(shown, HARMFUL);
      assert.equal(stripVTControlCharacters(shown), shown);
      assert.ok([...shown].length <= REMOTE_TEXT_MAX);
    }),
  );
});

test('a message of ours keeps its line breaks and nothing else', () => {
  assert.equal(escapeMessage('two servers:\n  a\u001b[1m\r', 100), 'two servers:\n  a\\u{1b}[1m\\u{d}');
});

test('JSON reads back as it was, though nothing in it acts on a terminal', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary', maxLength: 200}), (text) => {
      const json = safeJson({text});
      assert.doesNotMatch(json.replaceAll('\n', ''), HARMFUL);
      assert.deepEqual(JSON.parse(json), {text});
    }),
  );
});
