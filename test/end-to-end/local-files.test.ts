/** root, verify, split and join as people use them: real files, real servers, real processes. */

import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  cpSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import type {VerifyResult} from '../../src/index.js';
import {contentsOf, sameBytes, sha256Of, writeRandomFile} from '../support/files.js';
import {type Exit, runFdl} from '../support/processes.js';
import {assertFails, MIB, Scene} from '../support/scenario.js';

test('a published root and manifest prove a copy, and name the block that was damaged', async (t) => {
  const scene = new Scene(t, 'verify');
  const path = join(scene.folder, 'x.zip');
  writeRandomFile(path, 3 * MIB + 5, 1);
  const run = (...args: readonly string[]): Promise<Exit> => runFdl(scene.cleanup, args, {cwd: scene.folder});

  const [file] = JSON.parse((await run('root', 'x.zip', '--save', 'm.json', '--json')).stdout).files;
  assert.equal(file.sha256, sha256Of(path));
  const shown = await run('root', 'x.zip');
  assert.equal(shown.stderr, '');
  for (const word of [file.root, file.sha256, '3145733 bytes']) assert.ok(shown.stdout.includes(word));

  for (const args of [
    ['--manifest', 'm.json'],
    ['--root', file.root, '--sha256', file.sha256],
  ]) {
    const right = await run('verify', 'x.zip', ...args);
    assert.deepEqual([right.code, right.stdout], [0, ''], right.stderr);
    assert.match(right.stderr, /^x\.zip: right, 3\.15 MB/);
  }

  flip(path, 2 * MIB + 77);
  assertFails(
    await run('verify', 'x.zip', '--root', file.root),
    6,
    /^x\.zip: wrong, its root is [0-9a-f]{64} instead of/,
  );
  const wrong = await run('verify', 'x.zip', '--manifest', 'm.json', '--json');
  const {right, files} = JSON.parse(wrong.stdout) as {right: boolean; files: readonly VerifyResult[]};
  const [result] = files;
  assert.deepEqual(
    [wrong.code, right, result?.wrongBlocks, result?.wrong[0]?.firstBlock, result?.wrong[0]?.offset],
    [6, false, 1, 2, 2 * MIB],
  );
  assert.match(
    wrong.stderr,
    /1 block \(1\.05 MB\) differs\n {2}fragment 1, block 2: bytes 2097152-3145727\n$/,
  );

  truncateSync(path, MIB);
  assertFails(
    await run('verify', 'x.zip', '--manifest', 'm.json', '--quiet'),
    6,
    /too short: 1048576 bytes instead of 3145733/,
  );
});

test('what split makes is served at once, verified against, and joined to the same file', async (t) => {
  const scene = new Scene(t, 'split');
  const original = scene.offer('x.zip', 101 * MIB);
  const run = (...args: readonly string[]): Promise<Exit> => runFdl(scene.cleanup, args, {cwd: scene.folder});

  const split = JSON.parse((await run('split', 'served/x.zip', '--json')).stdout);
  assert.deepEqual([split.fragments, split.besideOriginal], [2, true]);
  const server = await scene.server(['x.zip']);
  await server.says(/x\.zip is ready/);
  assert.doesNotMatch(server.stderr, /hashing|hashed/);
  const {address} = server;
  const right = await run('verify', 'served/x.zip', '--server', address);
  assert.equal(right.code, 0, right.stderr);
  assert.match(right.stderr, /right, 106 MB, as 1 server has it/);
  const copy = join(scene.folder, 'y.zip');
  copyFileSync(original, copy);
  flip(copy, 100 * MIB);
  const args = ['verify', 'y.zip', '--server', address, '--name', 'x.zip'];
  assertFails(await run(...args), 6, /fragment 2, block 0: bytes 104857600-105906175/);
  assertFails(await run('verify', 'y.zip', '--server', address), 4, /Did you mean "x\.zip"\?/);

  const folder = scene.newFolder('out');
  const joined = await run('join', 'served/fragments/x.zip', '--output', folder, '--json');
  assert.equal(JSON.parse(joined.stdout).root, split.root, joined.stderr);
  assert.ok(sameBytes(join(folder, 'x.zip'), original));
  assertFails(await run('join', 'served/fragments/x.zip', '--output', folder), 8, /out\/x\.zip exists/);
  rmSync(join(folder, 'x.zip'));
  const first = join(scene.served, 'fragments/x.zip/x1.zip');
  flip(first, 7 * MIB);
  assertFails(
    await run('join', 'served/fragments/x.zip', '--output', folder),
    6,
    /x1\.zip: damaged in block 7$/m,
  );
  renameSync(first, join(scene.folder, 'elsewhere'));
  assertFails(await run('join', 'served/fragments/x.zip', '--output', folder), 4, /x1\.zip: missing/);
  assert.deepEqual(contentsOf(folder), []);
});

test('the roots of many files: a bad path does not stop the others, and decides the exit code', async (t) => {
  const scene = new Scene(t, 'roots');
  writeRandomFile(join(scene.folder, 'a'), 10);
  writeRandomFile(join(scene.folder, 'b\u001b[31m'), 20);
  scene.newFolder('manifests');
  const paths = ['a', 'absent', 'b\u001b[31m'];
  const exit = await runFdl(scene.cleanup, ['root', ...paths, '--save', 'manifests/'], {cwd: scene.folder});
  assert.equal(exit.code, 2);
  assert.match(exit.stderr, /^error: cannot read absent: there is no such file\nhint: /);
  assert.match(exit.stdout, /^b\\u\{1b\}\[31m$/m);
  assert.doesNotMatch(exit.stdout + exit.stderr, /\u001b/);
  assert.equal(contentsOf(join(scene.folder, 'manifests')).length, 2);
  const saved = JSON.parse(readFileSync(join(scene.folder, 'manifests/a.manifest.json'), 'utf8'));
  assert.deepEqual([saved.format, saved.version, saved.name, saved.size], ['fdl manifest', 1, 'a', 10]);
});

test('a folder is verified file by file, by the names that its tree has on the servers', async (t) => {
  const scene = new Scene(t, 'tree');
  const names = ['sub/a.bin', 'sub/deep/b.bin', 'c.bin'];
  for (const name of names) scene.offer(name, 1_000, name.length);
  const server = await scene.server(names);
  const tree = scene.newFolder('tree');
  // What the server notes while it indexes comes and goes.
  cpSync(scene.served, tree, {recursive: true, filter: (path) => !path.includes('/fragments/.')});
  const manifests = scene.newFolder('manifests');
  const run = (cwd: string, ...args: readonly string[]) => runFdl(scene.cleanup, args, {cwd});
  assert.equal((await run(tree, 'root', '.', '--save', `${manifests}/`)).code, 0);
  const right = await run(tree, 'verify', '.', '--server', server.address);
  assert.deepEqual([right.code, /^3 files: 3 right$/m.test(right.stderr)], [0, true], right.stderr);
  flip(join(tree, 'sub/deep/b.bin'), 5);
  writeRandomFile(join(tree, 'sub/new.bin'), 5);
  const {address} = server;
  const wrong = await run(
    scene.folder,
    'verify',
    join(tree, 'sub'),
    'tree/c.bin',
    '--server',
    address,
    '--json',
  );
  const {files} = JSON.parse(wrong.stdout) as {files: readonly (VerifyResult & {error?: {code: string}})[]};
  assert.deepEqual(
    files.map(({path, right: isRight, error}) => [path, isRight, error?.code]),
    [
      [join(tree, 'sub/a.bin'), true, undefined],
      [join(tree, 'sub/deep/b.bin'), false, undefined],
      [join(tree, 'sub/new.bin'), undefined, 'file-not-found'],
      ['tree/c.bin', true, undefined],
    ],
  );
  assertFails(wrong, 6, /^4 files: 2 right, 1 wrong, 1 unknown$/m);
  assertFails(
    await run(tree, 'verify', '.', '--manifest', manifests),
    6,
    /^4 files: 2 right, 1 wrong, 1 unknown$/m,
  );
});

/** Wrong input: arguments, exit code, and what is said. */
const WRONG: readonly (readonly [readonly string[], number, RegExp])[] = [
  [
    ['verify', 'a'],
    2,
    /nothing to compare with: there is no servers\.txt\nhint: Give --server HOST:PORT, --manifest/,
  ],
  [['verify', 'a', '--server', '127.0.0.1:1'], 3, /127\.0\.0\.1:1 \(connection refused\)/],
  [['verify', 'a', '--manifest', 'a'], 2, /a cannot be used as a manifest: it is no JSON object/],
  [['root', 'a', 'a', '--save', 'm'], 2, /'m' is one file, for 2 files/],
  [['verify', 'a', 'a', '--root', 'a'.repeat(64)], 2, /--root is about one file, not 2/],
  [['root', 'a', '--save', 'a'], 8, /a exists\nhint: Use --force/],
  [['join', 'a'], 2, /cannot read a: it is no folder/],
  [['status', 'absent/x'], 2, /there is no folder .*absent/],
];

for (const [args, code, words] of WRONG) {
  test(`fdl ${args.join(' ').slice(0, 60)}: exit ${code}`, async (t) => {
    const scene = new Scene(t, 'wrong');
    writeRandomFile(join(scene.folder, 'a'), 10);
    const before = contentsOf(scene.folder);
    assertFails(await runFdl(scene.cleanup, args, {cwd: scene.folder}), code, words, /^hint: /m);
    assert.deepEqual(contentsOf(scene.folder), before);
  });
}

function flip(path: string, offset: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, offset);
  closeSync(file);
}
