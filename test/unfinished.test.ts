import assert from 'node:assert/strict';
import {readdirSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {clean, unfinished} from '../src/unfinished.js';
import {tempFolder} from './support/files.js';

const FILES = ['x.0123456789abcdef.fdl-log', 'x.0123456789abcdef.fdl-part', 'x2.0123456789abcdef.fdl-part'];

test('one output is named by its path, or by that of a file of its download; others stay', async (t) => {
  const folder = tempFolder(t, 'unfinished');
  for (const name of FILES) {
    writeFileSync(join(folder, name), 'left');
    utimesSync(join(folder, name), 1_000, 1_000);
  }
  assert.equal((await unfinished({path: folder})).length, 2);
  for (const name of ['x', ...FILES.slice(0, 2)]) {
    const found = await unfinished({path: join(folder, name)});
    assert.deepEqual(
      found.map(({output}) => output),
      [join(folder, 'x')],
      name,
    );
  }
  assert.deepEqual(await unfinished({path: join(folder, 'x2.0123')}), []);
  await clean(await unfinished({path: join(folder, 'x')}));
  assert.deepEqual(readdirSync(folder), FILES.slice(2));
});
