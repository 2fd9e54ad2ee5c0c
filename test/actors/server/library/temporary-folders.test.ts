import assert from 'node:assert/strict';
import {mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {
  makeTemporaryFolder,
  putInPlace,
  removeStaleFolders,
  touchFolder,
} from '../../../../src/actors/server/library/temporary-folders.js';
import {TEMP_STALE_MS} from '../../../../src/limits.js';
import {tempFolder} from '../../../support/files.js';

test('what a dead server left is removed; what a living one uses, and what is not ours, stays', async (t) => {
  const root = tempFolder(t, 'temporary');
  const dead = await makeTemporaryFolder(root);
  const living = await makeTemporaryFolder(root);
  const reference = await makeTemporaryFolder(root);
  mkdirSync(join(root, 'fragments/.other'));
  const old = (Date.now() - TEMP_STALE_MS - 1_000) / 1_000;
  for (const path of [dead, living, join(root, 'fragments/.other')]) utimesSync(path, old, old);
  await touchFolder(living);
  await removeStaleFolders(root, reference);
  const left = readdirSync(join(root, 'fragments')).map((name) => join(root, 'fragments', name));
  assert.deepEqual(left.sort(), [join(root, 'fragments/.other'), living, reference].sort());
  assert.deepEqual(readdirSync(living), []);
});

test('a finished folder takes the place of nothing, of an older one, and of a file', async (t) => {
  const root = tempFolder(t, 'temporary');
  const target = join(root, 'fragments/sub/a.bin');
  for (const content of ['first', 'second']) {
    const from = await makeTemporaryFolder(root);
    writeFileSync(join(from, 'index.json'), content);
    await putInPlace(root, from, target);
    assert.equal(readFileSync(join(target, 'index.json'), 'utf8'), content);
  }
  const other = join(root, 'fragments/b');
  writeFileSync(other, 'a file');
  const from = await makeTemporaryFolder(root);
  writeFileSync(join(from, 'index.json'), 'third');
  await putInPlace(root, from, other);
  assert.equal(readFileSync(join(other, 'index.json'), 'utf8'), 'third');
  assert.deepEqual(readdirSync(join(root, 'fragments')).sort(), ['b', 'sub']);
});
