import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import type {WrongRun} from '../../../src/actors/local/compare.js';
import {splitFile} from '../../../src/actors/local/split-file.js';
import {type VerifyOptions, type VerifyResult, verifyFile} from '../../../src/actors/local/verify-file.js';
import type {FdlErrorCode} from '../../../src/errors.js';
import {type Cleanup, lastFirst} from '../../support/files.js';
import {between, seededRandom} from '../../support/random.js';
import {bytesOf, closeSharedWorkers, folderWith, startTestServer} from '../../support/test-server.js';
import {
  BLOCK,
  closeLocalContext,
  flipped,
  localContext,
  type Sample,
  sampleFile,
  savedManifest,
} from './local-kit.js';

/** Three fragments, the last of two blocks, the very last block of 100 bytes. */
const SIZE = 9 * BLOCK + 100;

after(closeLocalContext);
after(closeSharedWorkers);

async function verify(options: VerifyOptions): Promise<VerifyResult> {
  return verifyFile(await localContext(), options);
}

/** The verdict on the sample with other content, against the manifest of what it was. */
async function verdictOn(sample: Sample, content: Buffer): Promise<VerifyResult> {
  const manifest = await savedManifest(sample);
  writeFileSync(sample.path, content);
  return verify({path: sample.path, manifest});
}

function places(wrong: readonly WrongRun[]): readonly (readonly (number | string)[])[] {
  return wrong.map(({fragment, firstBlock, lastBlock, kind}) => [fragment, firstBlock, lastBlock, kind]);
}

test('a file that is what its manifest says is right', async (t) => {
  for (const size of [0, 1, BLOCK, 4 * BLOCK, SIZE]) {
    const sample = sampleFile(t, size);
    const result = await verdictOn(sample, sample.content);
    assert.deepEqual([result.right, result.problem, result.wrong], [true, null, []], `${size} bytes`);
    assert.equal(result.root, result.expected.root);
  }
});

test('a flipped byte in any block is found, and named with its bytes', async (t) => {
  for (let block = 0; block < 10; block++) {
    const sample = sampleFile(t, SIZE);
    const offset = block * BLOCK;
    const result = await verdictOn(sample, flipped(sample.content, offset + 99));
    assert.equal(result.problem, 'content');
    assert.deepEqual(result.wrong, [
      {
        fragment: Math.floor(block / 4) + 1,
        firstBlock: block % 4,
        lastBlock: block % 4,
        offset,
        bytes: block === 9 ? 100 : BLOCK,
        kind: 'differs',
        grain: 'block',
      },
    ]);
    assert.deepEqual([result.wrongBlocks, result.wrongBytes], [1, block === 9 ? 100 : BLOCK]);
  }
});

test('wrong neighbours are one run, and a run ends with its fragment', async (t) => {
  const sample = sampleFile(t, SIZE);
  const wrongBlocks = [0, 2, 3, 4, 5, 7];
  const result = await verdictOn(
    sample,
    flipped(sample.content, ...wrongBlocks.map((block) => block * BLOCK)),
  );
  const expected = [
    [1, 0, 0],
    [1, 2, 3],
    [2, 0, 1],
    [2, 3, 3],
  ];
  assert.deepEqual(
    places(result.wrong),
    expected.map((run) => [...run, 'differs']),
  );
  assert.equal(result.wrongBlocks, wrongBlocks.length);
});

test('a file that was cut tells its size, the block that was cut, and what is missing', async (t) => {
  const sample = sampleFile(t, SIZE);
  const result = await verdictOn(sample, sample.content.subarray(0, 2 * BLOCK + 10));
  assert.deepEqual([result.problem, result.size, result.expected.size], ['size', 2 * BLOCK + 10, SIZE]);
  const missing = [
    [1, 3, 3],
    [2, 0, 3],
    [3, 0, 1],
  ].map((run) => [...run, 'missing']);
  assert.deepEqual(places(result.wrong), [[1, 2, 2, 'differs'], ...missing]);
  assert.equal(result.wrongBytes, SIZE - 2 * BLOCK);
});

test('a file that was cut between two blocks has no wrong block, only missing ones', async (t) => {
  const sample = sampleFile(t, SIZE);
  const result = await verdictOn(sample, sample.content.subarray(0, 4 * BLOCK));
  assert.deepEqual(places(result.wrong), [
    [2, 0, 3, 'missing'],
    [3, 0, 1, 'missing'],
  ]);
});

test('a file that goes on is too long and nothing else, wherever its last block ends', async (t) => {
  for (const size of [SIZE, 4 * BLOCK, 6 * BLOCK, 100, 0]) {
    for (const more of [1, BLOCK, 5 * BLOCK]) {
      const sample = sampleFile(t, size);
      const result = await verdictOn(sample, Buffer.concat([sample.content, bytesOf(more, 7)]));
      assert.deepEqual(
        [result.right, result.problem, result.wrong],
        [false, 'size', []],
        `${size} + ${more}`,
      );
    }
  }
});

test('a file that goes on behind a wrong last block is too long and has that block wrong', async (t) => {
  const sample = sampleFile(t, SIZE);
  const longer = Buffer.concat([flipped(sample.content, SIZE - 1), bytesOf(3)]);
  assert.deepEqual(places((await verdictOn(sample, longer)).wrong), [[3, 1, 1, 'differs']]);
});

test('the index.json of a fragments folder serves as a manifest, and without block digests names fragments', async (t) => {
  const sample = sampleFile(t, SIZE);
  const {folder} = await splitFile(await localContext(), {path: sample.path});
  const manifest = join(folder, 'index.json');
  assert.equal((await verify({path: sample.path, manifest})).right, true);
  writeFileSync(sample.path, flipped(sample.content, 5 * BLOCK));
  assert.deepEqual(places((await verify({path: sample.path, manifest})).wrong), [[2, 1, 1, 'differs']]);
  writeFileSync(join(folder, 'index.blocks'), 'damaged');
  const [run] = (await verify({path: sample.path, manifest})).wrong;
  assert.deepEqual([run?.grain, run?.fragment, run?.bytes], ['fragment', 2, 4 * BLOCK]);
});

test('a root or a SHA-256 alone tells right from wrong, and nothing is located', async (t) => {
  const {path} = sampleFile(t, SIZE);
  const other = 'f'.repeat(64);
  const right = await verify({path, root: (await verify({path, root: other})).root});
  assert.deepEqual([right.right, right.against], [true, 'digest']);
  assert.equal((await verify({path, sha256: right.sha256})).right, true);
  for (const pins of [{root: other}, {sha256: other}, {root: right.root, sha256: other}]) {
    const wrong = await verify({path, ...pins});
    assert.deepEqual([wrong.right, wrong.problem, wrong.located], [false, 'content', false]);
  }
});

test('a manifest of another version than the pin is no manifest to compare with', async (t) => {
  const sample = sampleFile(t, SIZE);
  const manifest = await savedManifest(sample);
  await rejects(verify({path: sample.path, manifest, root: 'a'.repeat(64)}), 'pin-mismatch');
  await rejects(verify({path: sample.path, manifest, sha256: 'a'.repeat(64)}), 'pin-mismatch');
});

test('whatever is changed in a manifest shows, and never crashes', async (t) => {
  const sample = sampleFile(t, SIZE);
  const manifest = await savedManifest(sample);
  const text = readFileSync(manifest, 'utf8');
  const fields = JSON.parse(text) as Record<string, unknown>;
  const digests = String(fields['blockDigests']);
  const hostile: readonly string[] = [
    '',
    'null',
    '[]',
    '{}',
    text.slice(0, -20),
    `${'['.repeat(200_000)}`,
    JSON.stringify({...fields, format: 'fdl index'}),
    JSON.stringify({...fields, version: 2}),
    JSON.stringify({...fields, size: SIZE + 1}),
    JSON.stringify({...fields, size: -1}),
    JSON.stringify({...fields, size: 2 ** 60}),
    JSON.stringify({...fields, size: '9316'}),
    JSON.stringify({...fields, blockBytes: 0}),
    JSON.stringify({...fields, blockBytes: 512}),
    JSON.stringify({...fields, sha256: 'a'.repeat(64)}),
    JSON.stringify({...fields, root: 'a'.repeat(64)}),
    JSON.stringify({...fields, name: 7}),
    JSON.stringify({...fields, fragmentDigests: ''}),
    JSON.stringify({...fields, blockDigests: digests.slice(8)}),
    JSON.stringify({...fields, blockDigests: `AAAA${digests.slice(4)}`}),
    JSON.stringify({...fields, blockDigests: 5}),
  ];
  for (const content of hostile) {
    writeFileSync(manifest, content);
    await rejects(verify({path: sample.path, manifest}), 'manifest-invalid', content.slice(0, 200));
  }
  writeFileSync(manifest, JSON.stringify({...fields, blockDigests: null}));
  assert.equal((await verify({path: sample.path, manifest})).right, true);
});

test('a manifest with any byte changed is refused, or says the same', async (t) => {
  const sample = sampleFile(t, SIZE);
  const manifest = await savedManifest(sample);
  const text = readFileSync(manifest);
  const random = seededRandom(5);
  for (let change = 0; change < 100; change++) {
    const at = between(random, 0, text.length - 1);
    const value = between(random, 0, 255);
    const changed = Buffer.from(text);
    changed[at] = value;
    writeFileSync(manifest, changed);
    const verdict = await verify({path: sample.path, manifest}).catch(
      (error: Error & {code?: string}) => error,
    );
    const what = `byte ${at} as ${value}`;
    if ('right' in verdict) assert.equal(verdict.right, true, what);
    else assert.equal(verdict.code, 'manifest-invalid', `${what}: ${verdict.stack}`);
  }
});

test('a path that is no file says so, and a FIFO does not hold us', async (t) => {
  const sample = sampleFile(t, SIZE);
  const manifest = await savedManifest(sample);
  const pipe = join(sample.folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [
    sample.folder,
    join(sample.folder, 'absent'),
    `${sample.path}/below`,
    pipe,
    '/dev/null',
    'a\0b',
  ]) {
    await rejects(verify({path, manifest}), 'path-unsuitable', path);
    await rejects(verify({path: sample.path, manifest: path}), 'path-unsuitable', path);
  }
});

test('an aborted verification ends as interrupted', async (t) => {
  const sample = sampleFile(t, SIZE);
  const manifest = await savedManifest(sample);
  await rejects(verify({path: sample.path, manifest, signal: AbortSignal.abort()}), 'interrupted');
});

test('a file that is written to while it is hashed has no verdict', async (t) => {
  const sample = sampleFile(t, SIZE);
  const manifest = await savedManifest(sample);
  const onProgress = () => appendFileSync(sample.path, 'more');
  await rejects(verify({path: sample.path, manifest, onProgress}), 'path-unsuitable', 'changed');
});

test('a relative path is asked for as a whole first, then by the name of the file', async (t) => {
  const {servers, path, content} = await fleet(t);
  const here = process.cwd();
  const folder = dirname(path);
  mkdirSync(join(folder, 'sub'));
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'sub/x.bin'), content);
  writeFileSync(join(folder, 'other/x.bin'), content);
  process.chdir(folder);
  t.after(() => process.chdir(here));
  assert.equal((await verify({path: './sub/x.bin', servers})).right, true);
  await rejects(verify({path: 'other/x.bin', servers}), 'file-not-found');
});

test('the servers tell which blocks are wrong; who cannot be reached, or has another version, is named', async (t) => {
  const {servers, other, path, content} = await fleet(t);
  const dead = {host: '127.0.0.1', port: 1};
  assert.equal((await verify({path, servers, name: 'sub/x.bin'})).right, true);
  writeFileSync(path, flipped(content, 6 * BLOCK));
  const {root} = JSON.parse(
    readFileSync(join(servers[0]?.folder ?? '', 'fragments/sub/x.bin/index.json'), 'utf8'),
  );
  const result = await verify({path, servers: [dead, ...servers, other], name: 'sub/x.bin', root});
  assert.deepEqual(places(result.wrong), [[2, 2, 2, 'differs']]);
  assert.deepEqual(
    result.servers.map(({root: its, problem}) => [its === root, problem]),
    [
      [false, 'connection refused'],
      [true, null],
      [false, null],
    ],
  );
});

test('servers that disagree, lack the file, or have another version than the pin give no verdict', async (t) => {
  const {servers, other, path} = await fleet(t);
  const name = 'sub/x.bin';
  await rejects(verify({path, servers: [...servers, other], name}), 'servers-disagree');
  await rejects(verify({path, servers}), 'file-not-found');
  await rejects(verify({path, servers, name, root: 'a'.repeat(64)}), 'pin-mismatch');
  await rejects(verify({path, servers: [{host: '127.0.0.1', port: 1}], name}), 'no-server-reachable');
  await rejects(verify({path, servers, name: '../x.bin'}), 'name-invalid');
});

test('a server that goes while the file is hashed is replaced by the next one of its version', async (t) => {
  const cleanup = lastFirst(t);
  const {path, content} = sampleFile(cleanup, SIZE);
  const folder = folderWith(cleanup, {'x.bin': content});
  const first = await startTestServer(cleanup, folder);
  await first.ready('x.bin');
  const second = await startTestServer(cleanup, folder);
  await second.ready('x.bin');
  writeFileSync(path, flipped(content, BLOCK));
  const servers = [first, second].map(({port}) => ({host: '127.0.0.1', port}));
  const result = await verify({path, servers, onProgress: () => void first.cut()});
  assert.deepEqual(places(result.wrong), [[1, 1, 1, 'differs']]);
  assert.deepEqual([result.servers[0]?.problem === null, result.servers[1]?.problem], [false, null]);
  const alone = await verify({path, servers: servers.slice(1), onProgress: () => void second.cut()});
  assert.deepEqual([alone.problem, alone.located, alone.wrong], ['content', false, []]);
});

test('the file is only read', async (t) => {
  const sample = sampleFile(t, SIZE);
  const manifest = await savedManifest(sample);
  const before = statSync(sample.path, {bigint: true});
  await verify({path: sample.path, manifest});
  const now = statSync(sample.path, {bigint: true});
  assert.deepEqual([now.mtimeNs, now.ctimeNs, now.ino], [before.mtimeNs, before.ctimeNs, before.ino]);
});

/** One server with the sample as sub/x.bin, and one with another version of it. */
async function fleet(t: Cleanup) {
  const cleanup = lastFirst(t);
  const sample = sampleFile(cleanup, SIZE);
  const folders = [sample.content, bytesOf(SIZE, 9)].map((content) =>
    folderWith(cleanup, {'sub/x.bin': content}),
  );
  const [first, second] = await Promise.all(
    folders.map(async (folder) => {
      const server = await startTestServer(cleanup, folder);
      await server.ready('sub/x.bin');
      return {host: '127.0.0.1', port: server.port, folder};
    }),
  );
  assert.ok(first !== undefined && second !== undefined);
  return {...sample, servers: [first], other: second};
}

async function rejects(work: Promise<unknown>, code: FdlErrorCode, what = ''): Promise<void> {
  await assert.rejects(work, (error: Error & {code?: string}) => {
    assert.equal(error.code, code, `${what}: ${error.stack}`);
    return true;
  });
}
