import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {join} from 'node:path';
import {after, before, type TestContext, test} from 'node:test';
import type {HostIdentity} from '../../src/actors/host.js';
import type {StoreEvent} from '../../src/actors/store-port.js';
import {startWorkers, type Workers} from '../../src/workers/pool.js';
import {
  blocksIn,
  contentOf,
  everyBlock,
  otherProcess,
  type SampleFile,
  StoreRun,
  sampleOf,
  temporaryFolder,
} from './store-kit.js';

let workers: Workers;
before(async () => {
  workers = await startWorkers({threads: 1});
});
after(() => workers.close());

const sample = sampleOf(contentOf(10_000));
const FIRST: [number, number][] = [
  [1, 0],
  [1, 1],
  [2, 3],
];
const NAMES = ['1/0', '1/1', '2/3'];

/** Part and log of a run that stored FIRST and then ended `how`. */
async function interrupted(t: TestContext, how: 'clean' | 'abandon', host?: HostIdentity): Promise<string> {
  const folder = temporaryFolder(t);
  const run = new StoreRun(t, workers, folder, host === undefined ? {} : {host});
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, FIRST);
  await run.store.close(how);
  assert.equal(run.left().length, 2);
  return folder;
}

const pathOf = (folder: string, what: 'part' | 'log'): string =>
  join(folder, `x.bin.${sample.manifest.root.slice(0, 16)}.fdl-${what}`);

/** Changes one byte of block 1/1 and keeps the time of the file, as a failing disk would. */
function flip(folder: string): void {
  const path = pathOf(folder, 'part');
  const {atime, mtime} = statSync(path);
  flipLoudly(folder);
  utimesSync(path, atime, mtime);
}

function flipLoudly(folder: string): void {
  const fd = openSync(pathOf(folder, 'part'), 'r+');
  writeSync(fd, Buffer.of((sample.content[1500] ?? 0) ^ 1), 0, 1, 1500);
}

interface Resumed {
  readonly run: StoreRun;
  readonly opened: StoreEvent & {type: 'store.opened'};
}

async function resume(t: TestContext, folder: string, host?: HostIdentity): Promise<Resumed> {
  const run = new StoreRun(t, workers, folder, host === undefined ? {} : {host});
  const opened = await run.open(sample);
  return {run, opened};
}

/** Waits for the checks, fetches what is missing, and compares the file. */
async function finishRight({run, opened}: Resumed, file: SampleFile = sample): Promise<void> {
  const looked = blocksIn(opened.unchecked).length;
  await run.until(() => run.stored().length + run.wrong().length >= looked, 'the checks');
  const have = new Set([...blocksIn(opened.trusted), ...run.stored()]);
  run.learn(file);
  await run.put(
    file,
    everyBlock(file).filter(([fragment, block]) => !have.has(`${fragment}/${block}`)),
  );
  run.store.finish({sha256: file.manifest.sha256});
  await run.next('store.finished');
  await run.store.close('clean');
  assert.deepEqual(run.output(), file.content);
  assert.deepEqual(run.left(), ['x.bin']);
}

test('(a) after a clean end the blocks count at once, even after a restart of the machine', async (t) => {
  const folder = await interrupted(t, 'clean');
  const resumed = await resume(t, folder, otherProcess({bootId: 'another start'}));
  assert.deepEqual(blocksIn(resumed.opened.trusted), NAMES);
  assert.deepEqual(resumed.opened.unchecked, []);
  assert.deepEqual(Buffer.from(resumed.opened.fragmentDigests ?? []), sample.fragmentDigests);
  assert.deepEqual(Buffer.from(resumed.run.store.blockDigestsOf(2) ?? []), sample.blockDigests[1]);
  const [leftover] = (await resumed.run.next('store.prepared')).leftovers;
  assert.deepEqual(leftover, {manifest: sample.manifest, storedBytes: 3 * 1024, complete: false});
  await finishRight(resumed);
});

test('(b) after a crash of the process the blocks count at once', async (t) => {
  const resumed = await resume(t, await interrupted(t, 'abandon'));
  assert.deepEqual(blocksIn(resumed.opened.trusted), NAMES);
  assert.deepEqual(resumed.opened.unchecked, []);
  await finishRight(resumed);
});

for (const [why, host] of [
  ['the machine was restarted', otherProcess({bootId: 'another start'})],
  ['another machine wrote the part', otherProcess({hostId: 'another machine'})],
  ['the system tells no boot', otherProcess({bootId: null})],
] as const) {
  test(`(c) when ${why} every block is hashed before it counts`, async (t) => {
    const resumed = await resume(t, await interrupted(t, 'abandon'), host);
    assert.deepEqual(resumed.opened.trusted, []);
    assert.deepEqual(blocksIn(resumed.opened.unchecked), NAMES);
    await resumed.run.until(() => resumed.run.stored('part').length === 3, 'the checks');
    await finishRight(resumed);
  });
}

test('(c) a flipped byte makes its block missing, in this run and for the next one', async (t) => {
  const folder = await interrupted(t, 'abandon');
  flip(folder);
  const host = otherProcess({bootId: 'another start'});
  const {run} = await resume(t, folder, host);
  const wrong = await run.next('block.wrong');
  assert.deepEqual([wrong.fragment, wrong.block, wrong.connection], [1, 1, null]);
  await run.until(() => run.stored().length === 2, 'the checks');
  await run.store.close('abandon');
  const again = await resume(t, folder, host);
  assert.deepEqual(blocksIn(again.opened.trusted), ['1/0', '2/3']);
  await finishRight(again);
});

test('(c) what one run had no time to check is not trusted by the next', async (t) => {
  const folder = temporaryFolder(t);
  const first = new StoreRun(t, workers, folder);
  await first.open(sample);
  first.learn(sample);
  await first.put(sample, everyBlock(sample));
  await first.store.close('abandon');
  const host = otherProcess({bootId: 'another start'});
  const second = await resume(t, folder, host);
  await second.run.store.close('clean');
  const checked = second.run.stored();
  assert.ok(checked.length < everyBlock(sample).length, 'it was stopped early enough');
  const third = await resume(t, folder, host);
  assert.deepEqual(blocksIn(third.opened.trusted), checked);
  assert.equal(blocksIn(third.opened.unchecked).length, everyBlock(sample).length - checked.length);
  await finishRight(third);
});

test('(a) a part that was touched after its clean end is hashed, so a flipped byte is found', async (t) => {
  const folder = await interrupted(t, 'clean');
  flipLoudly(folder);
  const later = new Date(Date.now() + 60_000);
  utimesSync(pathOf(folder, 'part'), later, later);
  const resumed = await resume(t, folder);
  assert.deepEqual(resumed.opened.trusted, []);
  await resumed.run.until(() => resumed.run.wrong().length === 1, 'the check');
  await finishRight(resumed);
});

for (const how of ['clean', 'abandon'] as const) {
  test(`a byte flipped without a trace after ${how} is not seen on resume, but by --sha256`, async (t) => {
    const folder = await interrupted(t, how);
    flip(folder);
    const {run, opened} = await resume(t, folder);
    assert.deepEqual(blocksIn(opened.trusted), NAMES);
    run.learn(sample);
    await run.put(
      sample,
      everyBlock(sample).filter(([fragment, block]) => !NAMES.includes(`${fragment}/${block}`)),
    );
    run.store.finish({sha256: sample.manifest.sha256});
    await assert.rejects(run.next('store.finished'), {code: 'sha256-mismatch'});
  });
}

test('a part and log copied to another folder are hashed first', async (t) => {
  const folder = await interrupted(t, 'abandon');
  const copy = temporaryFolder(t);
  for (const what of ['part', 'log'] as const) copyFileSync(pathOf(folder, what), pathOf(copy, what));
  const resumed = await resume(t, copy);
  assert.deepEqual(resumed.opened.trusted, []);
  assert.deepEqual(blocksIn(resumed.opened.unchecked), NAMES);
  await finishRight(resumed);
});

test('a part moved with its log to another folder counts at once', async (t) => {
  const folder = await interrupted(t, 'clean');
  const moved = join(temporaryFolder(t), 'moved');
  execFileSync('mv', [folder, moved]);
  mkdirSync(folder);
  const resumed = await resume(t, moved);
  assert.deepEqual(blocksIn(resumed.opened.trusted), NAMES);
  await finishRight(resumed);
});

test('a part cut short is hashed, and what is gone is fetched again', async (t) => {
  const folder = await interrupted(t, 'clean');
  truncateSync(pathOf(folder, 'part'), 5000);
  const resumed = await resume(t, folder);
  assert.deepEqual(resumed.opened.trusted, []);
  await finishRight(resumed);
  assert.deepEqual(resumed.run.wrong(), ['2/3']);
});

test('without its part a log claims nothing, without its log a part holds nothing', async (t) => {
  for (const what of ['part', 'log'] as const) {
    const folder = await interrupted(t, 'clean');
    execFileSync('rm', [pathOf(folder, what)]);
    const resumed = await resume(t, folder);
    assert.deepEqual([resumed.opened.trusted, resumed.opened.unchecked], [[], []]);
    await finishRight(resumed);
  }
});

for (const [what, put] of [
  ['random bytes', (path: string) => writeFileSync(path, contentOf(100_000, 5))],
  ['a gigabyte of nothing', (path: string) => truncateSync(path, 2 ** 30)],
  ['a FIFO', (path: string) => execFileSync('sh', ['-c', `rm ${path} && mkfifo ${path}`])],
  [
    'a symbolic link',
    (path: string) =>
      execFileSync('sh', ['-c', `mv ${path} ${path}.real`]) && symlinkSync(`${path}.real`, path),
  ],
] as const) {
  test(`${what} in place of the log or of the part never leads to wrong bytes`, async (t) => {
    const folder = await interrupted(t, 'clean');
    put(pathOf(folder, 'log'));
    const resumed = await resume(t, folder, otherProcess({bootId: 'another start'}));
    await finishTolerant(resumed);
    const second = await interrupted(t, 'clean');
    put(pathOf(second, 'part'));
    await finishTolerant(await resume(t, second, otherProcess({bootId: 'another start'})));
  });
}

/** Like finishRight, but other things than ours may lie beside the file. */
async function finishTolerant({run, opened}: Resumed): Promise<void> {
  const looked = blocksIn(opened.unchecked).length;
  await run.until(() => run.stored().length + run.wrong().length >= looked, 'the checks');
  const have = new Set([...blocksIn(opened.trusted), ...run.stored()]);
  run.learn(sample);
  await run.put(
    sample,
    everyBlock(sample).filter(([fragment, block]) => !have.has(`${fragment}/${block}`)),
  );
  run.store.finish({sha256: sample.manifest.sha256});
  await run.next('store.finished');
  await run.store.close('clean');
  assert.deepEqual(run.output(), sample.content);
}

test('a folder in place of the log is named as what is in the way', async (t) => {
  const folder = await interrupted(t, 'clean');
  execFileSync('rm', [pathOf(folder, 'log')]);
  mkdirSync(pathOf(folder, 'log'));
  await assert.rejects(resume(t, folder), {code: 'output-unsuitable', message: /fdl-log|x\.bin/});
});

test('--restart drops what earlier runs left', async (t) => {
  const folder = await interrupted(t, 'clean');
  const run = new StoreRun(t, workers, folder, {restart: true});
  const opened = await run.open(sample);
  assert.deepEqual((await run.next('store.prepared')).leftovers, []);
  assert.deepEqual(opened.trusted, []);
  await finishRight({run, opened});
});

test('a log that another run wrote for this version with other digests is not believed', async (t) => {
  const folder = await interrupted(t, 'clean');
  const log = readFileSync(pathOf(folder, 'log'));
  const at = log.indexOf(sample.fragmentDigests.subarray(0, 32));
  log[at] = (log[at] ?? 0) ^ 1; // its checksum fails, so the log ends before it
  writeFileSync(pathOf(folder, 'log'), log);
  const resumed = await resume(t, folder);
  assert.deepEqual([resumed.opened.trusted, resumed.opened.fragmentDigests], [[], null]);
  await finishRight(resumed);
});
