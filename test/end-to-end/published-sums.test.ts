import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {indexed} from '../support/processes.js';
import {assertFails, assertNoFinalFile, assertOnlyFile, Scene} from '../support/scenario.js';

test('a list of SHA-256 pins a download: the published bytes come, other ones and unlisted files do not', async (t) => {
  const scene = new Scene(t, 'sums');
  const original = scene.offer('x.bin', 3_000_000);
  const server = await scene.server(['x.bin']);
  const list = join(scene.folder, 'SHA256SUMS');
  writeFileSync(list, execFileSync('sha256sum', ['--binary', 'x.bin'], {cwd: scene.served}));

  const {folder, result} = await scene.download('x.bin', [server], ['--sha256-file', list]);
  assertOnlyFile(folder, 'x.bin', original);
  assert.equal(result.sha256Verified, true);

  const unlisted = scene.start('y.bin', [server], ['--sha256-file', list]);
  assertFails(await unlisted.exit(), 2, /SHA256SUMS has no SHA-256 of 'y\.bin'/, /It has 'x\.bin'/);

  scene.offer('y.bin', 1_000_000, 2);
  await indexed(scene.served, 'y.bin');
  const both = scene.start('x.bin', [server], ['--sha256-file', list, 'y.bin']);
  assertFails(await both.exit(), 2, /y\.bin: \S+ has no SHA-256 of 'y\.bin'/);
  assertOnlyFile(both.folder, 'x.bin', original);

  writeFileSync(list, `SHA256 (x.bin) = ${'0'.repeat(64)}\r\n`);
  const other = scene.start('x.bin', [server], ['--sha256-file', list]);
  assertFails(await other.exit(), 5, /0000/);
  assertNoFinalFile(other.folder);
});
