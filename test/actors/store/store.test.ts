import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {thisHost} from '../../../src/actors/store/host.js';
import {FdlError} from '../../../src/errors.js';
import {startWorkers, type Workers} from '../../../src/workers/pool.js';
import {blocksIn, contentOf, everyBlock, StoreRun, sampleOf, temporaryFolder} from './store-kit.js';

let workers: Workers;
before(async () => {
  workers = await startWorkers({threads: 1});
});
after(() => workers.close());

const sample = sampleOf(contentOf(10_000));
const other = sampleOf(contentOf(10_000, 2));

const withCode = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof FdlError && error.code === code && words.test(error.message);

test('a file put block by block gets its name, its bytes and its time, and nothing else is left', async (t) => {
  const run = new StoreRun(t, workers, temporaryFolder(t));
  for (const word of ['01234567', 'takeover'])
    writeFileSync(join(run.folder, `x.bin.${word}.fdl-lock`), 'left by a killed run');
  const opened = await run.open(sample);
  assert.deepEqual(
    [opened.trusted, opened.unchecked, opened.fragmentDigests, opened.complete],
    [[], [], null, false],
  );
  run.learn(sample);
  await run.put(sample, everyBlock(sample).reverse());
  assert.equal(run.left().includes('x.bin'), false, 'the name appears only at the end');
  run.store.finish({sha256: sample.manifest.sha256});
  const finished = await run.next('store.finished');
  assert.deepEqual([finished.output, finished.sha256Verified], [join(run.folder, 'x.bin'), true]);
  await run.store.close('clean');
  assert.deepEqual(run.left(), ['x.bin']);
  assert.deepEqual(run.output(), sample.content);
  const {mtimeMs, mode} = statSync(join(run.folder, 'x.bin'));
  assert.equal(Math.round(mtimeMs), sample.manifest.modifiedMs);
  assert.equal(mode & 0o777, 0o666 & ~process.umask());
});

test('an empty file needs no block', async (t) => {
  const empty = sampleOf(Buffer.alloc(0));
  const run = new StoreRun(t, workers, temporaryFolder(t));
  await run.open(empty);
  await run.complete(empty, empty.manifest.sha256);
  await run.store.close('clean');
  assert.deepEqual(run.left(), ['x.bin']);
  assert.equal(run.output().length, 0);
});

test('a wrong block is told with both digests, and neither the file nor its slab keeps it', async (t) => {
  const run = new StoreRun(t, workers, temporaryFolder(t));
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, [[1, 2]], Buffer.alloc(1024, 7));
  const wrong = await run.next('block.wrong');
  assert.equal(wrong.connection, 7);
  assert.equal(wrong.expected, sample.blockDigests[0]?.subarray(64, 96).toString('hex'));
  assert.notEqual(wrong.received, wrong.expected);
  assert.equal(run.slabs.free, 4);
  const part = run.left().find((name) => name.endsWith('.fdl-part')) ?? '';
  assert.deepEqual(readFileSync(join(run.folder, part)), Buffer.alloc(10_000));
});

test('a part that holds nothing is removed at the end', async (t) => {
  const run = new StoreRun(t, workers, temporaryFolder(t));
  await run.open(sample);
  run.learn(sample);
  await run.store.close('clean');
  assert.deepEqual(run.left(), []);
});

test('an output that is this version already is recognised and left alone', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'x.bin'), sample.content);
  const {ino} = statSync(join(folder, 'x.bin'));
  const run = new StoreRun(t, workers, folder);
  assert.equal((await run.open(sample)).complete, true);
  run.store.finish({sha256: sample.manifest.sha256});
  assert.equal((await run.next('store.finished')).sha256Verified, true);
  await run.store.close('clean');
  assert.deepEqual(run.left(), ['x.bin']);
  assert.equal(statSync(join(folder, 'x.bin')).ino, ino);
});

for (const [what, content] of [
  ['of another size', Buffer.from('mine')],
  ['of the same size', other.content],
] as const) {
  test(`an output with other content ${what} is refused before the first byte`, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'x.bin'), content);
    const run = new StoreRun(t, workers, folder);
    await assert.rejects(run.open(sample), withCode('output-exists', /x\.bin/));
    await run.store.close('clean');
    assert.deepEqual(run.left(), ['x.bin']);
    assert.deepEqual(run.output(), content);
  });
}

test('--force replaces an output with other content at the end, not before', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'x.bin'), other.content);
  const run = new StoreRun(t, workers, folder, {force: true});
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, everyBlock(sample));
  assert.deepEqual(run.output(), other.content);
  run.store.finish({sha256: null});
  await run.next('store.finished');
  await run.store.close('clean');
  assert.deepEqual(run.output(), sample.content);
  assert.deepEqual(run.left(), ['x.bin']);
});

test('an output that appears meanwhile is not overwritten, and what was verified is kept', async (t) => {
  const folder = temporaryFolder(t);
  const run = new StoreRun(t, workers, folder);
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, everyBlock(sample));
  writeFileSync(join(folder, 'x.bin'), 'someone else');
  run.store.finish({sha256: null});
  await assert.rejects(run.next('store.finished'), withCode('output-exists', /x\.bin/));
  await run.store.close('clean');
  assert.equal(run.output().toString(), 'someone else');

  const again = new StoreRun(t, workers, folder, {force: true});
  const opened = await again.open(sample);
  assert.equal((await again.next('store.prepared')).leftovers[0]?.complete, true);
  assert.deepEqual(blocksIn(opened.trusted).length, everyBlock(sample).length);
  again.store.finish({sha256: null});
  await again.next('store.finished');
  await again.store.close('clean');
  assert.deepEqual(again.output(), sample.content);
});

test('content that is not what --sha256 says never gets the name', async (t) => {
  const run = new StoreRun(t, workers, temporaryFolder(t));
  await run.open(sample);
  await assert.rejects(run.complete(sample, 'ab'.repeat(32)), withCode('sha256-mismatch', /SHA-256/));
  await run.store.close('clean');
  assert.equal(run.left().includes('x.bin'), false);
  assert.equal(run.left().length, 2, 'part and log are kept');
});

test('--output is a file, or a folder that takes the file inside; anything else is refused', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'target'), 'kept');
  symlinkSync(join(folder, 'target'), join(folder, 'link'));
  symlinkSync(join(folder, 'in'), join(folder, 'linked-folder'));
  const outputOf = async (path: string): Promise<string> => {
    const run = new StoreRun(t, workers, folder, {output: {path}});
    run.store.prepare();
    const {output} = await run.next('store.prepared');
    await run.store.close('clean');
    return output;
  };
  assert.equal(await outputOf(join(folder, 'y')), join(folder, 'y'));
  assert.equal(await outputOf(join(folder, 'in')), join(folder, 'in', 'x.bin'));
  assert.equal(await outputOf(join(folder, 'linked-folder')), join(folder, 'linked-folder', 'x.bin'));
  const refused = withCode('output-unsuitable', /cannot write/);
  await assert.rejects(outputOf(join(folder, 'link')), refused);
  await assert.rejects(outputOf('/dev/null'), refused);
  await assert.rejects(outputOf(join(folder, 'absent', 'y')), refused);
  await assert.rejects(outputOf(`${join(folder, 'absent')}/`), refused);
  await assert.rejects(
    outputOf(join(folder, 'n'.repeat(250))),
    withCode('output-unsuitable', /ENAMETOOLONG/),
  );
  assert.equal(readFileSync(join(folder, 'target'), 'utf8'), 'kept');
});

test('a second run on the same output is told at once which process has it', async (t) => {
  const folder = temporaryFolder(t);
  const first = new StoreRun(t, workers, folder, {host: thisHost()});
  await first.open(sample);
  const second = new StoreRun(t, workers, folder);
  await assert.rejects(second.open(sample), withCode('output-in-use', new RegExp(`process ${process.pid}`)));
  await second.store.close('clean');
  await first.complete(sample);
  await first.store.close('clean');
  assert.deepEqual(first.left(), ['x.bin']);
});

test('with a broken lock two runs fill one part, and both end with the right bytes', async (t) => {
  const folder = temporaryFolder(t);
  const [first, second] = [new StoreRun(t, workers, folder), new StoreRun(t, workers, folder)];
  await first.open(sample);
  first.learn(sample);
  await first.put(sample, everyBlock(sample).slice(0, 4));
  await second.open(sample);
  await second.complete(sample);
  await first.put(sample, everyBlock(sample).slice(4));
  first.store.finish({sha256: sample.manifest.sha256});
  await first.next('store.finished');
  await second.store.close('clean');
  await first.store.close('clean');
  assert.deepEqual(first.output(), sample.content);
  assert.deepEqual(first.left(), ['x.bin']);
});
