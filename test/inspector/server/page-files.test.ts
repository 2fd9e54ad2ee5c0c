import assert from 'node:assert/strict';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {listPage} from '../../../src/inspector/server/page-files.js';
import {tempFolder} from '../../support/files.js';

test('a page is the files that were built, by their names, and nothing that they point to', async (t) => {
  const folder = tempFolder(t, 'page');
  mkdirSync(join(folder, 'page', 'assets'), {recursive: true});
  const files = [
    'secret.txt',
    'page/index.html',
    'page/assets/main-abc.js',
    'page/icon.svg',
    'page/notes.bak',
  ];
  for (const name of files) writeFileSync(join(folder, name), name);
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'page', 'secret.txt'));
  symlinkSync(folder, join(folder, 'page', 'up'));
  const page = await listPage(join(folder, 'page'));
  assert.deepEqual([...page.keys()].sort(), ['/', '/assets/main-abc.js', '/icon.svg']);
  assert.deepEqual(page.get('/assets/main-abc.js'), {
    path: join(folder, 'page', 'assets', 'main-abc.js'),
    type: 'text/javascript; charset=utf-8',
    isImmutable: true,
  });
  assert.equal(page.get('/')?.isImmutable, false);
});

test('a page that was not built is an error that says how to make it', async (t) => {
  const folder = tempFolder(t, 'no-page');
  for (const path of [folder, join(folder, 'missing')])
    await assert.rejects(listPage(path), {code: 'path-unsuitable', hint: /npm run build/});
});
