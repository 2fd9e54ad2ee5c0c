import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {after, type TestContext, test} from 'node:test';
import {systemClock} from '../../../src/actors/clock.js';
import {cleanUp} from '../../../src/actors/store/clean-up.js';
import {nodeDisk} from '../../../src/actors/store/disk.js';
import {thisHost} from '../../../src/actors/store/host.js';
import {takeLock} from '../../../src/actors/store/lock.js';
import {findUnfinished, type UnfinishedDownload} from '../../../src/actors/store/unfinished.js';
import {ownFiles} from '../../../src/actors/store/unfinished-names.js';
import {LOCK_STALE_MS} from '../../../src/limits.js';
import {startWorkers, type Workers} from '../../../src/workers/pool.js';
import {between, seededRandom} from '../../support/random.js';
import {contentOf, otherProcess, type SampleFile, StoreRun, sampleOf, temporaryFolder} from './store-kit.js';

const SAMPLE = sampleOf(contentOf(10_000));
const DIGITS = SAMPLE.manifest.root.slice(0, 16);

let pool: Promise<Workers> | null = null;
const workers = (): Promise<Workers> => (pool ??= startWorkers({threads: 1}));
after(async () => (await pool)?.close());

const context = {disk: nodeDisk, host: thisHost(), wallMs: Date.now, clock: systemClock};
const look = (folder: string, recursive = false) => findUnfinished(context, folder, recursive);

/** A download of x.bin that ended after one fragment, with a clean end or without. */
async function leave(t: TestContext, folder: string, how: 'clean' | 'abandon', sample: SampleFile = SAMPLE) {
  const run = new StoreRun(t, await workers(), folder);
  await run.open(sample);
  run.learn(sample);
  await run.put(
    sample,
    [0, 1, 2, 3].map((block) => [1, block] as const),
  );
  await run.store.close(how);
}

async function theOne(folder: string): Promise<UnfinishedDownload> {
  const found = await look(folder);
  const [one] = found;
  assert.ok(one !== undefined && found.length === 1, JSON.stringify(found));
  return one;
}

test('a download that was stopped tells its name, version and how much is there', async (t) => {
  const folder = temporaryFolder(t);
  await leave(t, folder, 'clean');
  const found = await theOne(folder);
  assert.deepEqual(
    [found.kind, found.output, found.name, found.root, found.size, found.storedBytes, found.needsCheck],
    ['download', join(folder, 'x.bin'), 'folder/x.bin', SAMPLE.manifest.root, 10_000, 4_096, false],
  );
  assert.deepEqual(found.workedOn, {kind: 'nobody'});
  assert.ok(Math.abs(found.changedMs - Date.now()) < 600_000);
});

test('one that was killed is to be checked, and its lock is part of it', async (t) => {
  const folder = temporaryFolder(t);
  await leave(t, folder, 'abandon');
  writeFileSync(join(folder, 'x.bin.fdl-lock'), JSON.stringify(otherProcess()));
  const found = await theOne(folder);
  assert.deepEqual([found.needsCheck, found.workedOn.kind], [true, 'nobody']);
  assert.ok(found.files.some((path) => path.endsWith('x.bin.fdl-lock')));
});

test('one that runs is told with its process, and nothing of it is removed', async (t) => {
  const folder = temporaryFolder(t);
  await leave(t, folder, 'clean');
  const output = join(folder, 'x.bin');
  const lock = await takeLock({...context, path: `${output}.fdl-lock`, output});
  t.after(() => lock.release());
  const before = readdirSync(folder);
  const found = await theOne(folder);
  assert.deepEqual(found.workedOn, {kind: 'running', pid: process.pid});
  const [cleaned] = await cleanUp(context, [{...found, workedOn: {kind: 'nobody'}}]);
  assert.equal(cleaned?.outcome, 'kept', 'it was free when it was looked at, and is not any more');
  assert.equal((await cleanUp(context, [found]))[0]?.outcome, 'kept');
  assert.deepEqual(readdirSync(folder), before);
});

test('a lock of another machine counts while it is touched, and no longer', async (t) => {
  const folder = temporaryFolder(t);
  await leave(t, folder, 'clean');
  const lock = join(folder, 'x.bin.fdl-lock');
  writeFileSync(lock, JSON.stringify(otherProcess({hostId: 'far away'})));
  assert.deepEqual((await theOne(folder)).workedOn, {kind: 'running', pid: null});
  const old = (Date.now() - LOCK_STALE_MS - 60_000) / 1_000;
  utimesSync(lock, old, old);
  assert.deepEqual((await theOne(folder)).workedOn, {kind: 'nobody'});
});

test('cleaning removes part, log and lock of dead runs, and nothing else in the folder', async (t) => {
  const folder = temporaryFolder(t);
  await leave(t, folder, 'abandon');
  writeFileSync(join(folder, 'x.bin.fdl-lock'), JSON.stringify(otherProcess()));
  const foreign = [
    'x.bin',
    'x.bin.part',
    `x.bin.${DIGITS}.fdl-part.bak`,
    `x.bin.${DIGITS.slice(1)}.fdl-part`,
    `x.bin.${DIGITS.toUpperCase()}.fdl-log`,
    '.fdl-lock',
    `.${DIGITS}.fdl-part`,
  ];
  for (const name of foreign) writeFileSync(join(folder, name), 'foreign');
  mkdirSync(join(folder, `y.${DIGITS}.fdl-part`));
  writeFileSync(join(folder, `y.${DIGITS}.fdl-part`, 'inside'), 'foreign');
  symlinkSync('x.bin', join(folder, `z.${DIGITS}.fdl-log`));
  writeFileSync(join(folder, 'w.fdl-lock'), '');
  utimesSync(join(folder, 'w.fdl-lock'), 1_000, 1_000);
  writeFileSync(join(folder, 'v.draft-01234567.fdl-part'), 'crumb');
  utimesSync(join(folder, 'v.draft-01234567.fdl-part'), 1_000, 1_000);
  const found = await look(folder);
  assert.deepEqual(
    found.map(({kind, output}) => [kind, output.slice(folder.length + 1)]),
    [
      ['crumbs', 'v'],
      ['crumbs', 'w'],
      ['download', 'x.bin'],
    ],
  );
  const cleaned = await cleanUp(context, found);
  assert.deepEqual(
    cleaned.map(({outcome}) => outcome),
    ['removed', 'removed', 'removed'],
  );
  const left = [...foreign, `y.${DIGITS}.fdl-part`, `z.${DIGITS}.fdl-log`];
  assert.deepEqual(readdirSync(folder).sort(), left.sort());
  assert.equal(readFileSync(join(folder, 'x.bin'), 'utf8'), 'foreign');
});

test('a part without a log is left alone while it is young: small files are written without a lock', async (t) => {
  const folder = temporaryFolder(t);
  const part = join(folder, `small.${DIGITS}.fdl-part`);
  writeFileSync(part, 'half');
  const young = await theOne(folder);
  assert.deepEqual([young.kind, young.workedOn], ['unlogged', {kind: 'running', pid: null}]);
  assert.equal((await cleanUp(context, [young]))[0]?.outcome, 'kept');
  utimesSync(part, 1_000, 1_000);
  assert.equal((await cleanUp(context, await look(folder)))[0]?.outcome, 'removed');
  assert.deepEqual(readdirSync(folder), []);
});

test('the lock of another output is never taken for a draft of one', async (t) => {
  const folder = temporaryFolder(t);
  const output = join(folder, 'x.0123abcd');
  const lock = await takeLock({...context, path: `${output}.fdl-lock`, output});
  t.after(() => lock.release());
  const cleaned = await cleanUp(context, await look(folder));
  assert.deepEqual(
    cleaned.map(({outcome}) => outcome),
    ['kept'],
  );
  assert.deepEqual(readdirSync(folder), ['x.0123abcd.fdl-lock']);
  const names = ['x.0123abcd.fdl-lock', `x.0123abcd.${DIGITS}.fdl-log`, 'x.fdl-lock'];
  assert.deepEqual(
    ownFiles(names).map(({output: its, locks}) => [its, locks]),
    [
      ['x', ['x.fdl-lock']],
      ['x.0123abcd', ['x.0123abcd.fdl-lock']],
    ],
  );
});

test('a lock that was dead when it was looked at, and is held again, stays', async (t) => {
  const folder = temporaryFolder(t);
  const output = join(folder, 'x.0123abcd');
  writeFileSync(`${output}.fdl-lock`, JSON.stringify(otherProcess()));
  const found = await look(folder);
  assert.deepEqual([found[0]?.output, found[0]?.workedOn.kind], [join(folder, 'x'), 'nobody']);
  const lock = await takeLock({...context, path: `${output}.fdl-lock`, output});
  t.after(() => lock.release());
  await cleanUp(context, found);
  assert.deepEqual(readdirSync(folder), ['x.0123abcd.fdl-lock']);
});

test('a log that is damaged, cut, forged or of another file is told as such', async (t) => {
  const folder = temporaryFolder(t);
  await leave(t, folder, 'clean');
  const path = join(folder, `x.bin.${DIGITS}.fdl-log`);
  const log = readFileSync(path);
  const hostile: readonly Buffer[] = [
    Buffer.alloc(0),
    Buffer.from('fdl-log1'),
    Buffer.alloc(300_000, 0xff),
    log.subarray(0, 40),
    Buffer.concat([Buffer.from('fdl-log2'), log.subarray(8)]),
  ];
  for (const content of hostile) {
    writeFileSync(path, content);
    const found = await theOne(folder);
    assert.deepEqual([found.kind, found.name, found.storedBytes], ['damaged', null, null]);
  }
  writeFileSync(path, log.subarray(0, log.length - 3));
  assert.deepEqual([(await theOne(folder)).kind, (await theOne(folder)).needsCheck], ['download', true]);
  writeFileSync(path, log);
  truncateSync(join(folder, `x.bin.${DIGITS}.fdl-part`), 5);
  assert.equal((await theOne(folder)).needsCheck, true);
  const [cleaned] = await cleanUp(context, await look(folder));
  assert.equal(cleaned?.outcome, 'removed');
  assert.deepEqual(readdirSync(folder), []);
});

test('a log with any byte changed is read as far as it holds, and never further', async (t) => {
  const folder = temporaryFolder(t);
  await leave(t, folder, 'clean');
  const path = join(folder, `x.bin.${DIGITS}.fdl-log`);
  const log = readFileSync(path);
  const random = seededRandom(6);
  for (let change = 0; change < 200; change++) {
    const at = between(random, 0, log.length - 1);
    const changed = Buffer.from(log);
    changed[at] = between(random, 0, 255);
    writeFileSync(path, changed);
    const found = await theOne(folder);
    assert.ok(
      found.kind === 'damaged' || (found.storedBytes ?? 0) <= 4_096,
      `byte ${at}: ${JSON.stringify(found)}`,
    );
    if (!changed.equals(log)) assert.equal(found.needsCheck, true, `byte ${at}`);
  }
});

test('folders below are looked at when asked, links are not followed', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'a/b'), {recursive: true});
  await leave(t, join(folder, 'a/b'), 'clean');
  symlinkSync('a', join(folder, 'link'));
  assert.deepEqual(await look(folder), []);
  assert.deepEqual(
    (await look(folder, true)).map(({output}) => output),
    [join(folder, 'a/b/x.bin')],
  );
  await assert.rejects(look(join(folder, 'absent')), {code: 'folder-missing'});
});
