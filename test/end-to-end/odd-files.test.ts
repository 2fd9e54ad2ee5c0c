import assert from 'node:assert/strict';
import {basename, join} from 'node:path';
import {test} from 'node:test';

import {contentsOf, sameBytes} from '../support/files.js';
import {assertOnlyFile, MIB, Scene} from '../support/scenario.js';

const FRAGMENT = 100 * MIB;

test('files of 0 bytes, 1 byte, exactly one fragment and one byte more arrive whole', async (t) => {
  const scene = new Scene(t, 'sizes');
  const sizes = {'empty.bin': 0, 'one.bin': 1, 'fragment.bin': FRAGMENT, 'more.bin': FRAGMENT + 1};
  const names = Object.keys(sizes);
  for (const [name, size] of Object.entries(sizes)) scene.offer(name, size);
  const servers = await scene.servers(2, names);

  for (const [name, size] of Object.entries(sizes)) {
    const {result, folder} = await scene.download(name, servers);
    assertOnlyFile(folder, name, join(scene.served, name));
    assert.equal(result.bytes, size);
  }
  assert.deepEqual(fragmentsOf(scene, 'fragment.bin'), ['fragment1.bin']);
  assert.deepEqual(fragmentsOf(scene, 'more.bin'), ['more1.bin', 'more2.bin']);
});

test('names with spaces, unicode, several dots or none, and in a folder, arrive under their name', async (t) => {
  const scene = new Scene(t, 'names');
  const names = [
    'with some spaces.bin',
    'größe 漢字 🎈.bin',
    'archive.tar.gz.part',
    'noextension',
    '-starts-with-a-dash',
    'sub folder/deeper/inner.bin',
  ];
  for (const [index, name] of names.entries()) scene.offer(name, MIB + index, index);
  const servers = await scene.servers(2, names);

  for (const name of names) {
    const target = scene.newFolder(`target-${names.indexOf(name)}`);
    const output = join(target, basename(name));
    const {folder} = await scene.download(name, servers, ['--output', output], target);
    assertOnlyFile(folder, basename(name), join(scene.served, name));
  }
});

test('a file in a folder of the server lands under its own name where no output is named', async (t) => {
  const scene = new Scene(t, 'folder');
  const original = scene.offer('models/a.bin', 3 * MIB);
  const server = await scene.server(['models/a.bin']);
  const {result, folder} = await scene.download('models/a.bin', [server]);
  assert.ok(sameBytes(join(folder, result.output.replace(`${folder}/`, '')), original));
  assert.equal(basename(result.output), 'a.bin');
});

test('x.zip beside x1.zip: their fragments have folders of their own and do not meet', async (t) => {
  const scene = new Scene(t, 'beside');
  const one = scene.offer('x.zip', FRAGMENT + 5, 1);
  const other = scene.offer('x1.zip', 2 * MIB, 2);
  const servers = await scene.servers(2, ['x.zip', 'x1.zip']);

  assert.deepEqual(fragmentsOf(scene, 'x.zip'), ['x1.zip', 'x2.zip']);
  assert.deepEqual(fragmentsOf(scene, 'x1.zip'), ['x11.zip']);
  const [first, second] = await Promise.all([
    scene.download('x.zip', servers),
    scene.download('x1.zip', servers),
  ]);
  assertOnlyFile(first.folder, 'x.zip', one);
  assertOnlyFile(second.folder, 'x1.zip', other);
});

/** The fragment files that a server has made of a file. */
function fragmentsOf(scene: Scene, name: string): string[] {
  return contentsOf(join(scene.served, 'fragments', name)).filter((entry) => !entry.startsWith('index.'));
}
