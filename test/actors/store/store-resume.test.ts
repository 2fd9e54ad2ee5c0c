import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {join} from 'node:path';
import {after, before, type TestContext, test} from 'node:test';
import {type Disk, nodeDisk} from '../../../src/actors/store/disk.js';
import {decodeRecord, LOG_MAGIC} from '../../../src/actors/store/log-records.js';
import type {StoreEvent} from '../../../src/actors/store/store-port.js';
import {startWorkers, type Workers} from '../../../src/workers/pool.js';
import {
  blocksIn,
  contentOf,
  everyBlock,
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
async function interrupted(t: TestContext, how: 'clean' | 'abandon'): Promise<string> {
  const folder = temporaryFolder(t);
  const run = new StoreRun(t, workers, folder);
  await run.open(sample);
  run.learn(sample);
  await run.put(sample, FIRST);
  await run.store.close(how);
  assert.equal(run.left().length, 2);
  return folder;
}

const pathOf = (folder: string, what: 'part' | 'log'): string =>
  join(folder, `x.bin.${sample.manifest.root.slice(0, 16)}.fdl-${what}`);

/** Changes one byte of block 1/1 and sets the time of last change back, as one who covers it up would. */
function flip(folder: string): void {
  const path = pathOf(folder, 'part');
  const {atime, mtime} = statSync(path);
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.of((sample.content[1500] ?? 0) ^ 1), 0, 1, 1500);
  closeSync(fd);
  utimesSync(path, atime, mtime);
}

interface Resumed {
  readonly run: StoreRun;
  readonly opened: StoreEvent & {type: 'store.opened'};
}

async function resume(t: TestContext, folder: string): Promise<Resumed> {
  const run = new StoreRun(t, workers, folder);
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

test('after a clean end the blocks count at once', async (t) => {
  const resumed = await resume(t, await interrupted(t, 'clean'));
  assert.deepEqual(blocksIn(resumed.opened.trusted), NAMES);
  assert.deepEqual(resumed.opened.unchecked, []);
  assert.deepEqual(Buffer.from(resumed.opened.fragmentDigests ?? []), sample.fragmentDigests);
  assert.deepEqual(Buffer.from(resumed.run.store.blockDigestsOf(2) ?? []), sample.blockDigests[1]);
  const [leftover] = (await resumed.run.next('store.prepared')).leftovers;
  assert.deepEqual(leftover, {
    manifest: sample.manifest,
    storedBytes: 3 * 1024,
    isProved: true,
    complete: false,
  });
  await finishRight(resumed);
});

for (const [why, interfere] of [
  ['the run was killed', null],
  ['the part was touched', (path: string) => utimesSync(path, 1, 1)],
  [
    'the part got its time back',
    (path: string) => utimesSync(path, statSync(path).atime, statSync(path).mtime),
  ],
  ['the rights of the part were changed', (path: string) => chmodSync(path, 0o600)],
  [
    'the part was copied over itself',
    (path: string) => execFileSync('sh', ['-c', `cp -p ${path} ${path}.2; mv ${path}.2 ${path}`]),
  ],
  [
    'the part was moved away and back',
    (path: string) => {
      renameSync(path, `${path}.2`);
      renameSync(`${path}.2`, path);
    },
  ],
] as const) {
  test(`when ${why} every block is hashed before it counts`, async (t) => {
    const folder = await interrupted(t, interfere === null ? 'abandon' : 'clean');
    interfere?.(pathOf(folder, 'part'));
    const resumed = await resume(t, folder);
    assert.deepEqual(resumed.opened.trusted, []);
    assert.deepEqual(blocksIn(resumed.opened.unchecked), NAMES);
    await resumed.run.until(() => resumed.run.stored('part').length === 3, 'the checks');
    await finishRight(resumed);
  });
}

for (const how of ['clean', 'abandon'] as const) {
  test(`after ${how} a flipped byte makes its block missing, in this run and for the next one`, async (t) => {
    const folder = await interrupted(t, how);
    flip(folder);
    const {run, opened} = await resume(t, folder);
    assert.deepEqual(opened.trusted, []);
    const wrong = await run.next('block.wrong');
    assert.deepEqual([wrong.fragment, wrong.block, wrong.connection], [1, 1, null]);
    await run.until(() => run.stored().length === 2, 'the checks');
    await run.store.close('clean');
    const again = await resume(t, folder);
    assert.deepEqual(blocksIn(again.opened.trusted), ['1/0', '2/3']);
    await finishRight(again);
  });
}

test('what one run had no time to check is not trusted by the next, even after a clean end', async (t) => {
  const folder = temporaryFolder(t);
  const first = new StoreRun(t, workers, folder);
  await first.open(sample);
  first.learn(sample);
  await first.put(sample, everyBlock(sample));
  await first.store.close('abandon');
  const second = await resume(t, folder);
  await second.run.store.close('clean');
  const checked = second.run.stored();
  assert.ok(checked.length < everyBlock(sample).length, 'it was stopped early enough');
  const third = await resume(t, folder);
  assert.deepEqual(blocksIn(third.opened.trusted), checked);
  assert.equal(blocksIn(third.opened.unchecked).length, everyBlock(sample).length - checked.length);
  await finishRight(third);
});

test('a run that trusts and is killed leaves nothing to trust', async (t) => {
  const folder = await interrupted(t, 'clean');
  const {run, opened} = await resume(t, folder);
  assert.equal(blocksIn(opened.trusted).length, 3);
  await run.put(sample, [[1, 2]]);
  await run.store.close('abandon');
  const again = await resume(t, folder);
  assert.deepEqual(again.opened.trusted, []);
  assert.deepEqual(blocksIn(again.opened.unchecked), [...NAMES, '1/2'].sort());
  await finishRight(again);
});

test('blocks whose digests the log lost are checked when a server tells them', async (t) => {
  const folder = await interrupted(t, 'abandon');
  const log = readFileSync(pathOf(folder, 'log'));
  writeFileSync(pathOf(folder, 'log'), withoutBlockDigests(log));
  const {run, opened} = await resume(t, folder);
  assert.deepEqual([opened.trusted, opened.unchecked], [[], []]);
  assert.equal((await run.next('store.prepared')).leftovers[0]?.complete, false);
  assert.deepEqual(blocksIn(run.store.learnBlockDigests(1, sample.blockDigests[0] ?? Buffer.alloc(0))), [
    '1/0',
    '1/1',
  ]);
  await run.until(() => run.stored('part').length === 2, 'the checks');
  await run.store.close('clean');
  const again = await resume(t, folder);
  assert.deepEqual(blocksIn(again.opened.trusted), ['1/0', '1/1']);
  assert.deepEqual(blocksIn(again.run.learn(sample)), ['2/3']);
  await again.run.until(() => again.run.stored('part').length === 1, 'the check');
  await finishRight(again);
});

/** The log of a file too long for all its digests to be kept. */
function withoutBlockDigests(log: Buffer): Buffer {
  const kept: Buffer[] = [LOG_MAGIC];
  for (let at = LOG_MAGIC.length; at < log.length; ) {
    const next = decodeRecord(log, at);
    assert.ok(next !== null && next !== 'incomplete');
    if (next.record.kind !== 'block-digests') kept.push(log.subarray(at, next.end));
    at = next.end;
  }
  return Buffer.concat(kept);
}

test('a byte that the disk itself changed after a clean end is not seen on resume, but by --sha256', async (t) => {
  const folder = await interrupted(t, 'clean');
  const path = pathOf(folder, 'part');
  const before = await nodeDisk.facts(path);
  flip(folder);
  // No file system lets its ctime be set back: the disk says what it said before.
  const silent: Disk = {...nodeDisk, facts: async (at) => (at === path ? before : nodeDisk.facts(at))};
  const run = new StoreRun(t, workers, folder, {disk: silent});
  const opened = await run.open(sample);
  assert.deepEqual(blocksIn(opened.trusted), NAMES);
  run.learn(sample);
  await run.put(
    sample,
    everyBlock(sample).filter(([fragment, block]) => !NAMES.includes(`${fragment}/${block}`)),
  );
  run.store.finish({sha256: sample.manifest.sha256});
  await assert.rejects(run.next('store.finished'), {code: 'sha256-mismatch'});
});

test('a part and log copied to another folder are hashed first', async (t) => {
  const folder = await interrupted(t, 'clean');
  const copy = temporaryFolder(t);
  for (const what of ['part', 'log'] as const) copyFileSync(pathOf(folder, what), pathOf(copy, what));
  const resumed = await resume(t, copy);
  assert.deepEqual(resumed.opened.trusted, []);
  assert.deepEqual(blocksIn(resumed.opened.unchecked), NAMES);
  await finishRight(resumed);
});

test('a part whose folder was moved counts at once', async (t) => {
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
    const resumed = await resume(t, folder);
    await finishTolerant(resumed);
    const second = await interrupted(t, 'clean');
    put(pathOf(second, 'part'));
    await finishTolerant(await resume(t, second));
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
