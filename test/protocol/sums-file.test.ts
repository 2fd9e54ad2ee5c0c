import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {FdlError} from '../../src/errors.js';
import {parseSums} from '../../src/protocol/sums-file.js';
import {tempFolder} from '../support/files.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const C = 'c'.repeat(64);

/** The pin of a file in a list. */
function pin(list: string, name: string): string {
  return parseSums(list, 'SHA256SUMS').pinFor(name);
}

/** An error's message and hint. */
function refusal(list: string, name = 'x'): string {
  try {
    return `no error, but ${pin(list, name)}`;
  } catch (error) {
    assert.ok(error instanceof FdlError && error.exitCode === 2, String(error));
    return `${error.message} | ${error.hint}`;
  }
}

test('lines of sha256sum, text and binary, with any line end, case and blanks in names', () => {
  assert.equal(pin(`${A}  x.zip\n${B}  y.zip\n`, 'x.zip'), A);
  assert.equal(pin(`${A} *x.zip\r\n${B} *y.zip\r\n`, 'y.zip'), B);
  assert.equal(pin(`\uFEFF${A.toUpperCase()}  x.zip`, 'x.zip'), A);
  assert.equal(pin(`${A}  my  file (1) .zip`, 'my  file (1) .zip'), A);
  assert.equal(pin(`${A}   x`, ' x'), A, 'a name that begins with a blank');
  assert.equal(pin(`${A}  *x`, '*x'), A, 'a name that begins with a star');
  assert.equal(pin(`${A} x.zip`, 'x.zip'), A, 'one blank, as some tools write it');
  assert.equal(pin(`${A}\tx.zip`, 'x.zip'), A);
});

test('lines of BSD and OpenSSL', () => {
  assert.equal(pin(`SHA256 (x.zip) = ${A}\nSHA256 (a (b) = c) = ${B}\n`, 'x.zip'), A);
  assert.equal(pin(`SHA256 (x.zip) = ${A}\nSHA256 (a (b) = c) = ${B}\n`, 'a (b) = c'), B);
  assert.equal(pin(`SHA256(x.zip)= ${A}`, 'x.zip'), A);
  assert.equal(pin(`SHA2-256(x.zip)= ${A}`, 'x.zip'), A);
});

test('what sha256sum of this system writes is read back, odd names included', (t) => {
  const folder = tempFolder(t, 'sums');
  const names = [
    'plain',
    'with blank',
    'line\nbreak',
    'return\r',
    'back\\slash',
    '\\n',
    '*star',
    'ünïcode',
    "q'uote",
  ];
  for (const name of names) writeFileSync(join(folder, name), name);
  const files = names.map((name) => `./${name}`);
  for (const style of [['--text'], ['--binary'], ['--tag']]) {
    const sums = parseSums(
      execFileSync('sha256sum', [...style, ...files], {cwd: folder, encoding: 'utf8'}),
      'S',
    );
    for (const name of names)
      assert.equal(sums.pinFor(name), createHash('sha256').update(name).digest('hex'), name);
  }
});

test('comments, signatures, empty lines and digests of other kinds are passed over', () => {
  const list = [
    '-----BEGIN PGP SIGNED MESSAGE-----',
    'Hash: SHA256',
    '',
    '# x.zip: 123 bytes',
    `SHA512 (x.zip) = ${A}${A}`,
    `MD5 (x.zip) = ${'a'.repeat(32)}`,
    `${B}${B}  x.zip`,
    `${'d'.repeat(40)}  x.zip`,
    `SHA256 (x.zip) = ${C}`,
    '-----BEGIN PGP SIGNATURE-----',
    '',
    'iQIzBAEBCAAdFiEE',
  ].join('\n');
  assert.equal(pin(list, 'x.zip'), C);
});

test('one digest alone is about the file that is wanted', () => {
  assert.equal(pin(`${A}\n`, 'anything'), A);
  assert.match(refusal(`${A}\n${B}\n`), /^there is no SHA-256 in SHA256SUMS/);
  assert.match(refusal(`${A}\n${B}  y`), /has no SHA-256 of 'x'/, 'not beside others');
});

test('the path counts first, then its end, then the base name', () => {
  const list = `${A}  models/x\n${B}  x\n${C}  old/models/x\n`;
  assert.equal(pin(list, 'models/x'), A);
  assert.equal(pin(list, 'x'), B);
  assert.equal(pin(list, 'old/models/x'), C);
  assert.equal(pin(`${A}  release/models/x\n${B}  release/other/x`, 'models/x'), A);
  assert.equal(pin(`${A}  x\n`, 'models/x'), A);
  assert.equal(pin(`${A}  ./models/x\n`, 'x'), A);
  assert.equal(pin(`${A}  other/x\n`, 'models/x'), A);
});

test('different digests for one name are refused, equal ones are not', () => {
  assert.match(
    refusal(`${A}  one/x\n${B}  two/x\n`),
    /^SHA256SUMS has different digests for 'x' \| They are those of 'one\/x', 'two\/x'; choose one with --sha256 HEX\.$/,
  );
  assert.match(refusal(`${A}  x\n${B}  x\n`), /different digests/);
  assert.equal(pin(`${A}  one/x\n${A} *two/x\nSHA256 (x) = ${A}`, 'x'), A);
});

test('a missing entry is told with what is there instead', () => {
  assert.match(
    refusal(`${A}  x.zip\n${B}  other.iso\n`, 'y.zip'),
    /^SHA256SUMS has no SHA-256 of 'y\.zip' \| It has 'x\.zip'\.$/,
  );
  assert.match(
    refusal(
      ['a1', 'b2', 'c3', 'd4', 'e5'].map((name) => `${A}  ${name}${name}${name}`).join('\n'),
      'zzzzzzzzz',
    ),
    /It is about 'a1a1a1', 'b2b2b2', 'c3c3c3' and 2 more\.$/,
  );
  assert.match(refusal(''), /^there is no SHA-256 in SHA256SUMS \| Lines are expected/);
  assert.match(refusal('<html>404</html>'), /^there is no SHA-256/);
  assert.doesNotMatch(
    refusal(`${A}  \u001b[2J\u202ex`, 'y'),
    /[\u001b\u202e]/,
    'names of the list are shown by codes',
  );
});
