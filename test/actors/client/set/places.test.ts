import assert from 'node:assert/strict';
import {chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {OutputTree} from '../../../../src/actors/client/set/places.js';
import type {FdlErrorCode} from '../../../../src/errors.js';
import {tempFolder} from '../../../support/files.js';

test('the folder is made with those above it, and its path has no links', async (t) => {
  const folder = tempFolder(t, 'places');
  mkdirSync(join(folder, 'real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  const tree = await OutputTree.open(join(folder, 'link/a/b'));
  assert.equal(tree.root, join(folder, 'real/a/b'));
  assert.ok(existsSync(tree.root));
});

test('folders on the way to a file are made once; the path is that of the name', async (t) => {
  const tree = await OutputTree.open(tempFolder(t, 'places'));
  const names = ['a/b/c.bin', 'a/b/d.bin', 'ünï/日本 x', 'top'];
  const places = await Promise.all(names.map((name) => tree.placeFor(name)));
  assert.deepEqual(
    places,
    names.map((name) => ({kind: 'place', path: join(tree.root, name)})),
  );
  assert.ok(existsSync(join(tree.root, 'a/b')) && existsSync(join(tree.root, 'ünï')));
  assert.ok(!existsSync(join(tree.root, 'top')));
});

test('no name leads out: what may not travel, a link or a file in the way has no place', async (t) => {
  const folder = tempFolder(t, 'places');
  const tree = await OutputTree.open(join(folder, 'out'));
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(tree.root, 'link'));
  writeFileSync(join(tree.root, 'file'), 'x');
  const cases: readonly (readonly [string, FdlErrorCode])[] = [
    ['../elsewhere/x', 'name-invalid'],
    ['/etc/x', 'name-invalid'],
    ['a/../../x', 'name-invalid'],
    ['link/x', 'output-unsuitable'],
    ['link/deep/x', 'output-unsuitable'],
    ['file/x', 'output-unsuitable'],
    ['file/deep/x', 'output-unsuitable'],
  ];
  for (const [name, code] of cases) {
    const place = await tree.placeFor(name);
    assert.equal(place.kind === 'none' ? place.error.code : place.kind, code, name);
  }
  assert.ok(!existsSync(join(elsewhere, 'deep')));
  assert.ok(!existsSync(join(folder, 'x')));
});

test('an output that is no folder is unsuitable, one that can take no folders is the fault of the disk', async (t) => {
  const folder = tempFolder(t, 'places');
  writeFileSync(join(folder, 'file'), 'x');
  await assert.rejects(OutputTree.open(join(folder, 'file')), {code: 'output-unsuitable'});
  await assert.rejects(OutputTree.open(join(folder, 'file/below')), {code: 'output-unsuitable'});
  if (!existsSync('/proc/self')) return;
  for (const path of ['/proc/nope', '/proc/nope/deeper'])
    await assert.rejects(OutputTree.open(path), {
      code: 'disk-unwritable',
      message: /\/proc\/nope.*takes none/,
    });
});

test('it is usable while it is there and may be written to; removed, its names cannot be synced', async (t) => {
  const folder = tempFolder(t, 'places');
  const tree = await OutputTree.open(join(folder, 'out'));
  await tree.placeFor('a/b.bin');
  await tree.sync();
  assert.equal(tree.isUsable(), true);
  if (process.getuid?.() !== 0) {
    chmodSync(tree.root, 0o555);
    assert.equal(tree.isUsable(), false);
    chmodSync(tree.root, 0o755);
  }
  rmSync(tree.root, {recursive: true});
  assert.equal(tree.isUsable(), false);
  await assert.rejects(tree.sync(), {code: 'disk-failed', message: /is gone/});
});
