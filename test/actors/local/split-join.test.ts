import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {systemClock} from '../../../src/actors/clock.js';
import {type JoinOptions, type JoinResult, joinFragments} from '../../../src/actors/local/join-fragments.js';
import {type SplitOptions, type SplitResult, splitFile} from '../../../src/actors/local/split-file.js';
import {nodeDisk} from '../../../src/actors/store/disk.js';
import {thisHost} from '../../../src/actors/store/host.js';
import {takeLock} from '../../../src/actors/store/lock.js';
import type {FdlErrorCode} from '../../../src/errors.js';
import {type Cleanup, contentsOf, lastFirst} from '../../support/files.js';
import {closeSharedWorkers, folderWith, startTestServer} from '../../support/test-server.js';
import {BLOCK, closeLocalContext, flipped, localContext, sampleFile} from './local-kit.js';

/** Three fragments, the last of two blocks. */
const SIZE = 9 * BLOCK + 100;

after(closeLocalContext);
after(closeSharedWorkers);

async function split(options: SplitOptions): Promise<SplitResult> {
  return splitFile(await localContext(), options);
}

async function joinAll(options: JoinOptions): Promise<JoinResult> {
  return joinFragments(await localContext(), options);
}

test('what is split has the files, digests and index that a server makes, and a server takes it as its own', async (t) => {
  const cleanup = lastFirst(t);
  const {folder, path, content} = sampleFile(cleanup, SIZE);
  const served = folderWith(cleanup, {'x.bin': content});
  const server = await startTestServer(cleanup, served);
  const {root} = await server.ready('x.bin');
  const result = await split({path});
  assert.deepEqual([result.fragments, result.besideOriginal, result.root], [3, true, root]);
  assert.deepEqual(contentsOf(folder), contentsOf(served));
  for (const name of ['x1.bin', 'x2.bin', 'x3.bin', 'index.blocks']) {
    const made = readFileSync(join(result.folder, name));
    assert.ok(made.equals(readFileSync(join(served, 'fragments/x.bin', name))), name);
  }
  const taker = await startTestServer(cleanup, folder);
  assert.equal((await taker.ready('x.bin')).hashed, false);
});

test('fragments made elsewhere are served as a copy, under the name that was given', async (t) => {
  const cleanup = lastFirst(t);
  const {path} = sampleFile(cleanup, SIZE);
  const served = folderWith(cleanup, {});
  const {root, besideOriginal} = await split({path, output: join(served, 'fragments'), name: 'models/a.bin'});
  const server = await startTestServer(cleanup, served);
  const ready = await server.ready('models/a.bin');
  assert.deepEqual([besideOriginal, ready.root, ready.here], [false, root, 3]);
});

test('fragments that exist are replaced by force alone, and only where nothing else is', async (t) => {
  const {path, folder} = sampleFile(t, SIZE);
  await split({path});
  await rejects(split({path}), 'output-exists');
  writeFileSync(path, 'another version');
  assert.equal((await split({path, force: true})).fragments, 1);
  const made = join(folder, 'fragments/x.bin');
  assert.deepEqual(readdirSync(made).sort(), ['index.blocks', 'index.json', 'x1.bin']);
  writeFileSync(join(made, 'diary.txt'), 'mine');
  await rejects(split({path, force: true}), 'output-unsuitable');
  assert.equal(readFileSync(join(made, 'diary.txt'), 'utf8'), 'mine');
});

test('a split that ends early leaves nothing', async (t) => {
  const {path, folder} = sampleFile(t, SIZE);
  await rejects(split({path, signal: AbortSignal.abort()}), 'interrupted');
  assert.deepEqual(contentsOf(folder), ['fragments/', 'x.bin']);
  await rejects(split({path: join(folder, 'absent')}), 'path-unsuitable');
  await rejects(split({path: folder}), 'path-unsuitable');
  await rejects(split({path, name: '../x'}), 'name-invalid');
  await rejects(split({path, output: path}), 'output-unsuitable');
});

test('what was split joins to the same bytes, and nothing else is left', async (t) => {
  for (const size of [0, 1, BLOCK, 4 * BLOCK, 4 * BLOCK + 1, SIZE]) {
    const {path, folder, content} = sampleFile(t, size);
    const {folder: fragments, root} = await split({path});
    mkdirSync(join(folder, 'out'));
    const result = await joinAll({folder: fragments, output: join(folder, 'out')});
    assert.deepEqual([result.bytes, result.root], [size, root]);
    assert.deepEqual(contentsOf(join(folder, 'out')), ['x.bin']);
    assert.ok(readFileSync(join(folder, 'out/x.bin')).equals(content), `${size} bytes`);
  }
});

/** A folder of fragments to be damaged, and where its file would go. */
async function fragmentsOf(t: Cleanup) {
  const {path, folder, content} = sampleFile(t, SIZE);
  const {folder: fragments, root} = await split({path});
  mkdirSync(join(folder, 'out'));
  return {
    path,
    folder,
    content,
    fragments,
    root,
    out: join(folder, 'out'),
    output: join(folder, 'out/x.bin'),
  };
}

/** What can be wrong with fragments: what is done to the folder, the error, and what it must say. */
const DAMAGE: readonly (readonly [string, (folder: string) => void, FdlErrorCode, RegExp])[] = [
  [
    'a missing fragment',
    (folder) => rmSync(join(folder, 'x2.bin')),
    'fragments-missing',
    /^1 of 3 fragments in \S+ is missing:\n {2}x2\.bin: missing$/,
  ],
  [
    'no fragment at all',
    (folder) => {
      for (const name of ['x1.bin', 'x2.bin', 'x3.bin']) rmSync(join(folder, name));
    },
    'fragments-missing',
    /^3 of 3 fragments in \S+ are missing:/,
  ],
  [
    'two swapped ones',
    (folder) => {
      renameSync(join(folder, 'x1.bin'), join(folder, 'q'));
      renameSync(join(folder, 'x2.bin'), join(folder, 'x1.bin'));
      renameSync(join(folder, 'q'), join(folder, 'x2.bin'));
    },
    'content-differs',
    /x1\.bin: has the content of fragment 2\n {2}x2\.bin: has the content of fragment 1$/,
  ],
  [
    'flipped bytes',
    (folder) => {
      const path = join(folder, 'x2.bin');
      writeFileSync(path, flipped(readFileSync(path), 7, 2 * BLOCK, 3 * BLOCK));
    },
    'content-differs',
    /x2\.bin: damaged in 3 blocks: 0, 2-3$/,
  ],
  [
    'a cut and a missing one',
    (folder) => {
      writeFileSync(join(folder, 'x1.bin'), 'cut');
      rmSync(join(folder, 'x3.bin'));
    },
    'content-differs',
    /^2 of 3 fragments in \S+ are missing or damaged:\n {2}x1\.bin: has 3 bytes instead of 4096\n {2}x3\.bin: missing$/,
  ],
  [
    'a link in the place of one',
    (folder) => {
      renameSync(join(folder, 'x1.bin'), join(folder, '../elsewhere'));
      symlinkSync('../elsewhere', join(folder, 'x1.bin'));
    },
    'fragments-missing',
    /x1\.bin: missing/,
  ],
  [
    'flipped bytes, and no block digests',
    (folder) => {
      rmSync(join(folder, 'index.blocks'));
      writeFileSync(join(folder, 'x3.bin'), flipped(readFileSync(join(folder, 'x3.bin')), 7));
    },
    'content-differs',
    /x3\.bin: damaged$/,
  ],
  ['no index', (folder) => rmSync(join(folder, 'index.json')), 'manifest-invalid', /has no index\.json/],
];

for (const [what, damage, code, words] of DAMAGE) {
  test(`${what}: named, and no file is left`, async (t) => {
    const {fragments, out} = await fragmentsOf(t);
    damage(fragments);
    await rejects(joinAll({folder: fragments, output: out}), code, words);
    assert.deepEqual(contentsOf(out), []);
  });
}

test('an index that is damaged or forged is no index', async (t) => {
  const {fragments, out} = await fragmentsOf(t);
  const index = join(fragments, 'index.json');
  const fields = JSON.parse(readFileSync(index, 'utf8')) as Record<string, unknown>;
  const hostile = [
    '',
    '[]',
    'null',
    '{',
    '['.repeat(200_000),
    JSON.stringify({...fields, size: 2 ** 60}),
    JSON.stringify({...fields, size: SIZE - 1}),
    JSON.stringify({...fields, root: 'a'.repeat(64)}),
    JSON.stringify({...fields, fragmentDigests: 'AAAA'}),
    JSON.stringify({...fields, fragments: [1, 2, 3]}),
    JSON.stringify({...fields, fragmentBytes: 3}),
  ];
  for (const text of hostile) {
    writeFileSync(index, text);
    await rejects(joinAll({folder: fragments, output: out}), 'manifest-invalid', /index\.json/);
  }
  assert.deepEqual(contentsOf(out), []);
});

test('the index of a server that makes no fragments says so', async (t) => {
  const cleanup = lastFirst(t);
  const {content, folder} = sampleFile(cleanup, SIZE);
  const served = folderWith(cleanup, {'x.bin': content});
  const server = await startTestServer(cleanup, served, {inPlace: true});
  await server.ready('x.bin');
  const joining = joinAll({folder: join(served, 'fragments/x.bin'), output: join(folder, 'y.bin')});
  await assert.rejects(joining, {code: 'fragments-missing', hint: /--in-place, which makes no fragments/});
});

test('only the pinned version is joined', async (t) => {
  const {fragments, out, root} = await fragmentsOf(t);
  await rejects(joinAll({folder: fragments, output: out, root: 'a'.repeat(64)}), 'pin-mismatch');
  assert.equal((await joinAll({folder: fragments, output: out, root})).root, root);
});

test('a folder that was renamed still tells the name of its file; where it does not, --name does', async (t) => {
  const {fragments, out, folder} = await fragmentsOf(t);
  const renamed = join(folder, 'backup of november');
  cpSync(fragments, renamed, {recursive: true});
  assert.equal((await joinAll({folder: renamed, output: out})).output, join(out, 'x.bin'));
  rmSync(join(renamed, 'x1.bin'));
  await rejects(joinAll({folder: renamed, output: out, force: true}), 'fragments-missing', /x1\.bin/);
  cpSync(join(fragments, 'x1.bin'), join(renamed, 'x1.bin'));
  const named = await joinAll({folder: renamed, name: 'x.bin', output: join(out, 'y.bin')});
  assert.equal(named.output, join(out, 'y.bin'));
});

test('an output that exists is replaced by force alone, and only by what is right', async (t) => {
  const {fragments, out, output, content} = await fragmentsOf(t);
  writeFileSync(output, 'precious');
  await rejects(joinAll({folder: fragments, output: out}), 'output-exists');
  const first = readFileSync(join(fragments, 'x1.bin'));
  writeFileSync(join(fragments, 'x1.bin'), flipped(first, 0));
  await rejects(joinAll({folder: fragments, output: out, force: true}), 'content-differs');
  assert.equal(readFileSync(output, 'utf8'), 'precious');
  writeFileSync(join(fragments, 'x1.bin'), first);
  await joinAll({folder: fragments, output: out, force: true});
  assert.ok(readFileSync(output).equals(content));
  assert.deepEqual(contentsOf(out), ['x.bin']);
});

test('an output that is being downloaded is left alone; what a killed join left is removed', async (t) => {
  const {fragments, out, output} = await fragmentsOf(t);
  const lock = await takeLock({
    disk: nodeDisk,
    clock: systemClock,
    host: thisHost(),
    path: `${output}.fdl-lock`,
    output,
  });
  await rejects(joinAll({folder: fragments, output: out}), 'output-in-use');
  await lock.release();
  writeFileSync(join(out, 'x.bin.draft-0123abcd.fdl-part'), 'left');
  await joinAll({folder: fragments, output: out});
  assert.deepEqual(contentsOf(out), ['x.bin']);
});

test('a join that is stopped leaves nothing', async (t) => {
  const {fragments, out} = await fragmentsOf(t);
  await rejects(joinAll({folder: fragments, output: out, signal: AbortSignal.abort()}), 'interrupted');
  assert.deepEqual(contentsOf(out), []);
});

async function rejects(work: Promise<unknown>, code: FdlErrorCode, words = /./): Promise<void> {
  await assert.rejects(work, (error: Error & {code?: string}) => {
    assert.equal(error.code, code, error.stack);
    assert.match(error.message, words);
    return true;
  });
}
