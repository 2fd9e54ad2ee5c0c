import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {FdlError} from '../../src/errors.js';
import {NAME_BYTES_MAX} from '../../src/limits.js';
import {checkName, nameProblem} from '../../src/protocol/names.js';

const GOOD = [
  'x.zip',
  'models/a.bin',
  'a name with spaces.tar.gz',
  ' leading and trailing ',
  'größe 日本語 🎈👩‍👧.zip',
  'no-extension',
  'two..dots',
  'ends.',
  '~home',
  '-rf',
  'CON',
  'a:b',
  '%2e%2e%2fetc',
  'sub/fragments/x1.zip',
  'fragments.zip',
  'Fragments/x',
  'x.fdl-part.zip',
  'x'.repeat(NAME_BYTES_MAX),
];

const BAD: readonly (readonly [name: string, problem: RegExp])[] = [
  ['', /is empty/],
  ['/', /not relative/],
  ['/etc/passwd', /not relative/],
  ['a//b', /empty component/],
  ['a/', /empty component/],
  ['.', /'\.' or '\.\.'/],
  ['..', /'\.' or '\.\.'/],
  ['../x', /'\.' or '\.\.'/],
  ['a/../b', /'\.' or '\.\.'/],
  ['a/.', /'\.' or '\.\.'/],
  ['.hidden', /starts with a dot/],
  ['a/.hidden/b', /starts with a dot/],
  ['...', /starts with a dot/],
  ['a\\b', /backslash/],
  ['..\\x', /backslash/],
  ['a\u0000b', /control character/],
  ['a\nb', /control character/],
  ['\u001b[31m', /control character/],
  ['a\u007f', /control character/],
  ['a\u0085', /control character/],
  ['\u061cx', /direction/],
  ['a\u200eb', /direction/],
  ['gpj.\u202eexe', /direction/],
  ['a\u2066b\u2069', /direction/],
  ['\ufeffx', /byte order mark/],
  ['\ud800x', /not valid Unicode/],
  ['x\udc00', /not valid Unicode/],
  ['\udc00\ud800', /not valid Unicode/],
  ['gro\u0308sse', /normal form C/],
  ['\u212bngstrom', /normal form C/],
  ['fragments', /inside the folder/],
  ['fragments/x.zip/x1.zip', /inside the folder/],
  ['x.zip.0123456789abcdef.fdl-part', /ends in \.fdl-part/],
  ['x.fdl-log', /ends in \.fdl-log/],
  ['a/x.fdl-lock', /ends in \.fdl-lock/],
  ['x'.repeat(NAME_BYTES_MAX + 1), /longer than 200 bytes/],
  ['é'.repeat(NAME_BYTES_MAX / 2 + 1), /longer than 200 bytes/],
];

test('names that may travel', () => {
  for (const name of GOOD) assert.equal(nameProblem(name), null, JSON.stringify(name));
  assert.equal(checkName('models/a.bin'), 'models/a.bin');
});

test('names that may not travel, each for its reason', () => {
  for (const [name, problem] of BAD) assert.match(nameProblem(name) ?? 'fine', problem, JSON.stringify(name));
});

test('a name that may not travel is an error of the user, told without the name', () => {
  assert.throws(
    () => checkName('\u001b[2Jevil'),
    (error) =>
      error instanceof FdlError &&
      error.code === 'name-invalid' &&
      error.message === 'the file name contains a control character' &&
      error.hint !== undefined,
  );
});

test('whatever the name, a fine one is a plain relative path', () => {
  const pieces = fc.constantFrom(
    'a',
    'ö',
    '.',
    '..',
    '/',
    '\\',
    '\u0000',
    '\u202e',
    '\ud83c',
    ' ',
    'fragments',
    '.fdl-log',
  );
  const names = fc.oneof(
    fc.string({unit: 'binary'}),
    fc.array(pieces, {maxLength: 8}).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(names, (name) => {
      if (nameProblem(name) !== null) return;
      const components = name.split('/');
      assert.ok(components.every((component) => component !== '' && !component.startsWith('.')));
      assert.doesNotMatch(name, /[\\\p{Cc}\p{Cs}]/u);
      assert.ok(Buffer.byteLength(name) <= NAME_BYTES_MAX);
      assert.equal(new URL(`file:///root/${encodeURI(name)}`).pathname.startsWith('/root/'), true);
    }),
    {numRuns: 2_000},
  );
});
