import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';
import {openInside} from '../../../src/actors/fragments/open-inside.js';
import {tempFolder} from '../../support/files.js';

test('only regular files inside the folder are opened, and nothing holds us', async (t) => {
  const root = realpathSync(tempFolder(t, 'inside'));
  const outside = tempFolder(t, 'outside');
  writeFileSync(join(outside, 'secret'), 'secret');
  mkdirSync(join(root, 'sub'));
  writeFileSync(join(root, 'sub/file'), 'right');
  symlinkSync(join(outside, 'secret'), join(root, 'link'));
  symlinkSync(join(root, 'sub/file'), join(root, 'link-inside'));
  symlinkSync(outside, join(root, 'linked'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const server = createServer().listen(join(root, 'socket'));
  t.after(() => void server.close());
  const refused = [
    'link',
    'link-inside',
    'linked/secret',
    'fifo',
    'socket',
    'sub',
    '.',
    '..',
    '../outside',
    'nowhere',
    'sub/file/x',
  ];
  for (const path of refused) assert.equal(await openInside(root, path), null, path);
  const opened = await openInside(root, 'sub/file');
  assert.equal(await opened?.handle.readFile('utf8'), 'right');
  await opened?.handle.close();
});

test('while folders are swapped for links to the outside, nothing of the outside is ever opened', async (t) => {
  const root = realpathSync(tempFolder(t, 'inside'));
  const outside = tempFolder(t, 'outside');
  writeFileSync(join(outside, 'file'), 'secret');
  mkdirSync(join(root, 'real'));
  writeFileSync(join(root, 'real/file'), 'right');
  symlinkSync(outside, join(root, 'lure'));
  const seen = new Set<string>();
  for (let turn = 0; turn < 300; turn++) {
    const opening = Promise.all(Array.from({length: 4}, () => openInside(root, 'sub/file')));
    renameSync(join(root, 'real'), join(root, 'sub'));
    await new Promise(setImmediate);
    renameSync(join(root, 'sub'), join(root, 'real'));
    renameSync(join(root, 'lure'), join(root, 'sub'));
    await new Promise(setImmediate);
    for (const opened of await opening) {
      seen.add(opened === null ? 'nothing' : await opened.handle.readFile('utf8'));
      await opened?.handle.close();
    }
    renameSync(join(root, 'sub'), join(root, 'lure'));
  }
  assert.ok(!seen.has('secret'), [...seen].join());
});
