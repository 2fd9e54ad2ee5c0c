import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, type TestContext, test} from 'node:test';
import {FdlError} from '../../src/errors.js';
import {blockDigest, fragmentDigest} from '../../src/protocol/digests.js';
import {startWorkers, type Workers} from '../../src/workers/pool.js';
import {TaskControl} from '../../src/workers/task-control.js';

let workers: Workers;
before(async () => {
  workers = await startWorkers({threads: 2});
});
after(() => workers.close());

const block = createHash('sha512').update('block').digest();
const digest = blockDigest(block).toString('hex');

/** A descriptor of a new file; closed and removed when the test ends. */
function scratchFile(t: TestContext, content: Uint8Array = new Uint8Array(0)): {fd: number; path: string} {
  const folder = mkdtempSync(join(tmpdir(), 'fdl-workers-'));
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const fd = openSync(path, 'r+');
  t.after(() => {
    closeSync(fd);
    rmSync(folder, {recursive: true});
  });
  return {fd, path};
}

function inSlab(bytes: Uint8Array, start: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(start + bytes.length);
  new Uint8Array(memory).set(bytes, start);
  return memory;
}

test('store-block writes a right block at its place and a wrong one nowhere', async (t) => {
  const {fd, path} = scratchFile(t);
  const right = {memory: inSlab(block, 100), start: 100, length: 64, fd, position: 10, digest};
  const stored = await workers.run('store-block', right);
  assert.ok(stored.kind === 'stored' && stored.hashMs >= 0 && stored.writeMs >= 0, JSON.stringify(stored));
  assert.deepEqual(readFileSync(path), Buffer.concat([Buffer.alloc(10), block]));
  const wrong = await workers.run('store-block', {...right, start: 99, position: 500});
  assert.equal(wrong.kind, 'wrong');
  assert.equal(readFileSync(path).length, 74);
});

test('what the disk refuses comes back as data with its errno', async () => {
  const fd = openSync('/dev/full', 'r+');
  const task = {memory: inSlab(block, 0), start: 0, length: 64, fd, position: 0, digest};
  const result = await workers.run('store-block', task);
  closeSync(fd);
  assert.deepEqual({...result, message: ''}, {kind: 'disk', code: 'ENOSPC', message: ''});
});

test('check-block tells right from wrong, and a block that ends early is wrong', async (t) => {
  const {fd} = scratchFile(t, Buffer.concat([block, block.subarray(0, 30)]));
  const check = async (position: number) =>
    (await workers.run('check-block', {fd, position, length: 64, digest})).kind;
  assert.deepEqual(
    [await check(0), await check(1), await check(64), await check(999)],
    ['right', 'wrong', 'wrong', 'wrong'],
  );
});

test('copy-block takes over what has the new digest and nothing else', async (t) => {
  const old = scratchFile(t, Buffer.concat([block, block]));
  const made = scratchFile(t);
  const task = {from: old.fd, to: made.fd, position: 64, length: 64, digest};
  assert.deepEqual(await workers.run('copy-block', task), {kind: 'stored'});
  assert.deepEqual(readFileSync(made.path).subarray(64), block);
  assert.equal((await workers.run('copy-block', {...task, position: 10})).kind, 'wrong');
  assert.equal((await workers.run('copy-block', {...task, from: 999_999})).kind, 'unreadable');
  assert.equal(readFileSync(made.path).length, 128);
});

test('hash-file hashes a file in order, with all that a root is made of', async (t) => {
  const content = Buffer.concat([block, block, block.subarray(0, 5)]);
  const {fd} = scratchFile(t, content);
  const control = new TaskControl();
  const geometry = {blockBytes: 32, fragmentBytes: 64};
  const task = {fd, size: content.length, geometry, pieces: true, control: control.shared};
  const result = await workers.run('hash-file', task);
  assert.equal(result.kind, 'hashed');
  if (result.kind !== 'hashed') return;
  assert.equal(result.sha256, createHash('sha256').update(content).digest('hex'));
  const whole = fragmentDigest(
    Buffer.concat([blockDigest(block.subarray(0, 32)), blockDigest(block.subarray(32))]),
  );
  const last = fragmentDigest(blockDigest(block.subarray(0, 5)));
  assert.deepEqual(Buffer.from(result.fragmentDigests), Buffer.concat([whole, whole, last]));
  assert.deepEqual(await workers.run('hash-file', {...task, size: 1000}), {
    kind: 'short',
    bytes: content.length,
  });
  control.cancel();
  assert.deepEqual(await workers.run('hash-file', task), {kind: 'cancelled'});
});

test('many tasks at once all end, each with its own result', async (t) => {
  const {fd, path} = scratchFile(t);
  const blocks = Array.from({length: 200}, (_, index) => createHash('sha256').update(`${index}`).digest());
  const memory = inSlab(Buffer.concat(blocks), 0);
  const results = await Promise.all(
    blocks.map((bytes, index) =>
      workers.run('store-block', {
        memory,
        start: index * 32,
        length: 32,
        fd,
        position: index * 32,
        digest: blockDigest(bytes).toString('hex'),
      }),
    ),
  );
  assert.ok(results.every(({kind}) => kind === 'stored'));
  assert.deepEqual(readFileSync(path), Buffer.concat(blocks));
});

test('a bug in a task rejects that task alone', async () => {
  const broken = {fd: 'no number' as unknown as number, position: 0, length: -1, digest};
  await assert.rejects(workers.run('check-block', broken), FdlError);
  assert.deepEqual(await workers.run('self-test', {echo: 5}), {echo: 5});
});

test('a task that does not end in time is given up', async (t) => {
  const large = scratchFile(t, Buffer.alloc(1024));
  const control = new TaskControl();
  const task = {
    fd: large.fd,
    size: 2 ** 40,
    geometry: {blockBytes: 1, fragmentBytes: 1_000_000},
    pieces: false,
    control: control.shared,
  };
  const zero = openSync('/dev/zero', 'r');
  await assert.rejects(workers.run('hash-file', {...task, fd: zero}, {deadlineMs: 50}), {
    code: 'disk-failed',
    message: /did not answer within/,
  });
  control.cancel();
  assert.deepEqual(await workers.run('self-test', {echo: 6}), {echo: 6});
  closeSync(zero);
});

test('a thread loads no ES module by require: ended meanwhile, it would take the process with it', () => {
  const pool = new URL('../../src/workers/pool.js', import.meta.url);
  const script = `import {startWorkers} from '${pool.href}'; await (await startWorkers({threads: 1})).close();`;
  const told = spawnSync(
    process.execPath,
    ['--trace-require-module=all', '--input-type=module', '--eval', script],
    {encoding: 'utf8', timeout: 30_000},
  );
  assert.deepEqual([told.status, told.stderr, told.stdout], [0, '', '']);
});
