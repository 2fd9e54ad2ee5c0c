import assert from 'node:assert/strict';
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {encodeServer} from '../../src/protocol/codec.js';
import {assertSameTree, finishedSet, resultOf, startSet} from '../support/file-sets.js';
import {contentsOf} from '../support/files.js';
import {asOtherServer} from '../support/other-server.js';
import {assertFails, MIB, Scene} from '../support/scenario.js';
import {emptyDisk, fillDisk, remount, smallDisk, whenStored} from '../support/small-disk.js';

const RATE = {toClient: {bytesPerSecond: 12_000_000}};
const SMALL_BYTES = 60_000;
const LARGE_BYTES = 4 * MIB + 17;

/** Small files in three folders, and two large ones: 12 MB. Returns their names. */
function offerSet(scene: Scene): string[] {
  const small = Array.from({length: 60}, (_, index) => `small/${index % 3}/${index}.bin`);
  const large = ['large/a.bin', 'large/b.bin'];
  for (const [seed, name] of small.entries()) scene.offer(name, SMALL_BYTES, seed);
  for (const [seed, name] of large.entries()) scene.offer(name, LARGE_BYTES, seed);
  return [...small, ...large];
}

test('a disk that fills while a set comes: exit 7 with path and need; with room again the same command completes', async (t) => {
  const scene = new Scene(t, 'set-full');
  const disk = smallDisk(scene, 32);
  if (disk === undefined) return t.skip('not run here: needs the right to mount a tmpfs');
  const names = offerSet(scene);
  const proxy = await scene.proxy(await scene.server(names, ['--in-place']), RATE);
  const words = ['--all', '--output', join(disk, 'set')];

  const run = startSet(scene, [proxy], words);
  await whenStored(disk, MIB);
  fillDisk(disk, MIB);
  const exit = await run.exit();

  assertFails(exit, 7, /the disk is full: \d+(\.\d+)? MB more must fit below \S+small\/set/, /Make room/);
  assert.equal(
    exit.stderr.match(/must fit below/g)?.length,
    1,
    `what all meet is said once:\n${exit.stderr}`,
  );
  emptyDisk(disk);
  const {result} = await finishedSet(startSet(scene, [proxy], words));
  assertSameTree(scene, run.folder, names);
  assert.ok(result.resumedBytes > 0, 'nothing was kept');
});

test('a disk that is too small for a set: exit 7 before anything is fetched', async (t) => {
  const scene = new Scene(t, 'set-small');
  const disk = smallDisk(scene, 8);
  if (disk === undefined) return t.skip('not run here: needs the right to mount a tmpfs');
  const names = offerSet(scene);
  const proxy = await scene.proxy(await scene.server(names, ['--in-place']));
  const exit = await startSet(scene, [proxy], ['--all', '--output', join(disk, 'set')]).exit();
  assertFails(exit, 7, /62 files below \S+small\/set need 12\.0 MB more, \d+(\.\d+)? MB are free/);
  assert.equal(proxy.tap.dataBytes, 0);
  // What does fit comes, and then counts as there: of the rest 4 MB are missing.
  await finishedSet(startSet(scene, [proxy], ['small/', 'large/a.bin', '--output', join(disk, 'set')]));
  const again = await startSet(scene, [proxy], ['--all', '--output', join(disk, 'set')]).exit();
  assertFails(again, 7, /need 4\.19 MB more/);
});

test('a set that is stopped, then finds its disk read-only: 130, then 7; writable again it goes on', async (t) => {
  const scene = new Scene(t, 'set-read-only');
  const disk = smallDisk(scene, 64);
  if (disk === undefined) return t.skip('not run here: needs the right to mount a tmpfs');
  const names = offerSet(scene);
  const proxy = await scene.proxy(await scene.server(names, ['--in-place']), RATE);
  const words = ['--all', '--output', join(disk, 'set')];
  const run = startSet(scene, [proxy], words);
  proxy.whenDelivered(5 * MIB, () => run.signal('SIGINT'));
  const stopped = await run.exit();
  assertFails(
    stopped,
    130,
    /stopped: \d+ of 62 files, .*are here and kept/,
    /To go on, run it again: fdl download .*--all/,
  );

  assert.ok(remount(disk, 'ro'));
  const refused = await startSet(scene, [proxy], words).exit();
  assertFails(refused, 7, /cannot \w+ \S+small\/set\/\S+ \(EROFS\)/, /read-only/);
  assert.ok(resultOf(refused).alreadyComplete > 0, 'what is complete counts');
  assertFails(await startSet(scene, [proxy], ['--all', '--output', join(disk, 'new')]).exit(), 7, /EROFS/);
  assert.ok(remount(disk, 'rw'));

  const {result} = await finishedSet(startSet(scene, [proxy], words));
  assertSameTree(scene, run.folder, names);
  assert.ok(result.resumedBytes >= MIB, `only ${result.resumedBytes} bytes were kept`);
});

test('an output folder that is removed while a set comes: exit 7, soon; the same command makes it anew', async (t) => {
  const scene = new Scene(t, 'set-removed');
  const names = offerSet(scene);
  const proxy = await scene.proxy(await scene.server(names, ['--in-place']), RATE);
  const words = ['--all', '--output', join(scene.folder, 'target')];
  const run = startSet(scene, [proxy], words);
  proxy.whenDelivered(2 * MIB, () => rmSync(run.folder, {recursive: true}));
  assertFails(await run.exit(), 7, /\/target is gone/, /run the same command again/);
  assert.ok(proxy.tap.dataBytes < 10 * MIB, 'everything was fetched for nothing');
  await finishedSet(startSet(scene, [proxy], words));
  assertSameTree(scene, run.folder, names);
});

test('small files come in bundles from a backup once the usual server is gone, and not before', async (t) => {
  const scene = new Scene(t, 'set-backup');
  const names = Array.from({length: 400}, (_, index) => `d/${index}.bin`);
  for (const [seed, name] of names.entries()) scene.offer(name, 20_000, seed);
  const server = await scene.server(names, ['--in-place']);
  const usual = await scene.proxy(server, {toClient: {bytesPerSecond: 4_000_000}});
  let [bundles, before] = [0, -1];
  const other = asOtherServer(1);
  const backup = await scene.proxy(server, {
    control: (frame) => {
      if (frame.message?.type === 'end' && frame.message.status.kind === 'delivered') bundles++;
      return other.control?.(frame) ?? 'pass';
    },
  });
  usual.whenDelivered(3 * MIB, () => {
    before = backup.tap.dataBytes;
    usual.down();
  });
  const sources = [usual, {address: `${backup.address},backup`}];
  const {result, folder} = await finishedSet(startSet(scene, sources, ['--all', '--connections', '1']));
  assertSameTree(scene, folder, names);
  assert.equal(before, 0, 'a backup was asked while the usual server was there');
  assert.ok(bundles >= 3 && bundles <= 12, `${bundles} bundles of the backup`);
  assert.ok(result.wastedBytes <= 3 * MIB, `${result.wastedBytes} bytes in vain`);
});

test('a server that is still indexing is named where its listing decides what comes', async (t) => {
  const scene = new Scene(t, 'set-indexing');
  scene.offer('d/a.bin', 3_000);
  const server = await scene.server(['d/a.bin'], ['--in-place']);
  const proxy = await scene.proxy(server, {
    control: ({message}) =>
      message?.type === 'pendingReply' ? {replace: [encodeServer({...message, files: 3})]} : 'pass',
  });
  const {exit} = await finishedSet(startSet(scene, [proxy], ['d/']));
  const words =
    /127\.0\.0\.1:\d+: is still indexing 3 files: what it offers later is not part of this download/;
  assert.match(exit.stderr, words);
  const none = await startSet(scene, [proxy], ['models/*']).exit();
  assertFails(none, 4, /no file on the servers fits 'models\/\*'/, /still indexing its files: try again/);
  const complete = await finishedSet(startSet(scene, [server], ['d/']));
  assert.doesNotMatch(complete.exit.stderr, /indexing/);
});

test('what killed runs left of small files is gone when a set is complete; what is of others stays', async (t) => {
  const scene = new Scene(t, 'set-leftovers');
  const names = ['a.bin', 'b.bin'];
  for (const [seed, name] of names.entries()) scene.offer(name, 3_000, seed);
  const server = await scene.server(names, ['--in-place']);
  const into = scene.newFolder('target');
  const version = '.0123456789abcdef';
  for (const left of [`a.bin${version}.fdl-part`, `b.bin${version}.fdl-log`, `b.bin${version}.new.fdl-log`])
    writeFileSync(join(into, left), 'what a killed run left');
  const foreign = [`c.bin${version}.fdl-part`, 'a.bin.notes'];
  for (const name of foreign) writeFileSync(join(into, name), 'mine');
  await finishedSet(startSet(scene, [server], ['--all', '--output', into]));
  assert.deepEqual(contentsOf(into), [...names, ...foreign].sort());
});
