import assert from 'node:assert/strict';
import {mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {
  makeTemporaryFolder,
  putInPlace,
  removeStaleFolders,
  touchFolder,
} from '../../../src/actors/fragments/temporary-folders.js';
import {TEMP_STALE_MS} from '../../../src/limits.js';
import {tempFolder} from '../../support/files.js';

test('what a dead server left is removed; what a living one uses, and what is not ours, stays', async (t) => {
  const parent = join(tempFolder(t, 'temporary'), 'fragments');
  const dead = await makeTemporaryFolder(parent);
  const living = await makeTemporaryFolder(parent);
  const reference = await makeTemporaryFolder(parent);
  mkdirSync(join(parent, '.other'));
  const old = (Date.now() - TEMP_STALE_MS - 1_000) / 1_000;
  for (const path of [dead, living, join(parent, '.other')]) utimesSync(path, old, old);
  await touchFolder(living);
  await removeStaleFolders(parent, reference);
  const left = readdirSync(parent).map((name) => join(parent, name));
  assert.deepEqual(left.sort(), [join(parent, '.other'), living, reference].sort());
  assert.deepEqual(readdirSync(living), []);
});

test('a finished folder takes the place of nothing, of an older one, and of a file', async (t) => {
  const parent = join(tempFolder(t, 'temporary'), 'fragments');
  const target = join(parent, 'sub/a.bin');
  for (const content of ['first', 'second']) {
    const from = await makeTemporaryFolder(parent);
    writeFileSync(join(from, 'index.json'), content);
    await putInPlace(parent, from, target);
    assert.equal(readFileSync(join(target, 'index.json'), 'utf8'), content);
  }
  const other = join(parent, 'b');
  writeFileSync(other, 'a file');
  const from = await makeTemporaryFolder(parent);
  writeFileSync(join(from, 'index.json'), 'third');
  await putInPlace(parent, from, other);
  assert.equal(readFileSync(join(other, 'index.json'), 'utf8'), 'third');
  assert.deepEqual(readdirSync(parent).sort(), ['b', 'sub']);
});
