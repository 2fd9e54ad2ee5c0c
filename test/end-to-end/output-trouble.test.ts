import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {accessSync, chmodSync, chownSync, constants, mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {contentsOf} from '../support/files.js';
import {checkout, startFdl} from '../support/processes.js';
import {assertFails, assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {whenStored} from '../support/small-disk.js';

const SIZE = 32 * MIB;
const RATE = {toClient: {bytesPerSecond: 16_000_000}};
const DEADLINE_MS = 60_000;
/** A user who owns nothing here. */
const NOBODY = 65_534;

test('an output on a read-only file system: exit 7, naming it; writable again, the same command goes on', async (t) => {
  const scene = new Scene(t, 'read-only');
  const disk = scene.newFolder('disk');
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'fdl-test', disk]);
  if (mounted.status !== 0) return t.skip('not run here: needs the right to mount a tmpfs');
  scene.cleanup.after(() => void spawnSync('umount', ['-l', disk]));
  const original = scene.offer('x.zip', SIZE);
  const proxy = await scene.proxy(await scene.server(['x.zip']), RATE);
  const started = scene.start('x.zip', [proxy], [], disk);
  await whenStored(disk, 8 * MIB);
  started.running.signal('SIGINT');
  assertFails(await started.exit(), 130);

  assert.equal(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0);
  assertFails(await scene.start('x.zip', [proxy], [], disk).exit(), 7, /cannot .*x\.zip.*EROFS/, /read-only/);
  assert.equal(spawnSync('mount', ['-o', 'remount,rw', disk]).status, 0);

  const {result} = await scene.download('x.zip', [proxy], [], disk);
  assertOnlyFile(disk, 'x.zip', original);
  assert.ok(result.resumedBytes >= 6 * MIB, `only ${result.resumedBytes} bytes were kept`);
});

test('an output folder that this user may not write to: exit 7, naming it; allowed, it completes', async (t) => {
  const scene = new Scene(t, 'forbidden');
  const asOther = otherUser();
  if (asOther === null) return t.skip('not run here: needs another user who can read this checkout');
  const original = scene.offer('x.zip', 2 * MIB);
  const server = await scene.server(['x.zip']);
  const folder = scene.newFolder('target');
  for (const path of [scene.folder, folder]) chmodSync(path, 0o555);
  const download = () => {
    const program = [...asOther, process.execPath, join(checkout(), 'bin', 'run.js')];
    const args = ['download', 'x.zip', '--server', server.address, '--output', join(folder, 'x.zip')];
    return startFdl(scene.cleanup, args, {cwd: '/', program}).exit(DEADLINE_MS);
  };

  assertFails(await download(), 7, /cannot .*target.*EACCES/, /may not write/);
  assert.deepEqual(contentsOf(folder), []);
  if (asOther.length > 0) chownSync(folder, NOBODY, NOBODY);
  chmodSync(folder, 0o755);
  assert.equal((await download()).code, 0);
  assertOnlyFile(folder, 'x.zip', original);
  chmodSync(scene.folder, 0o755);
});

test('an output folder that is removed while it is filled: exit 7 within seconds, and made anew it completes', async (t) => {
  const scene = new Scene(t, 'removed');
  const original = scene.offer('x.zip', SIZE);
  const proxy = await scene.proxy(await scene.server(['x.zip']), {toClient: {bytesPerSecond: 6_000_000}});
  const folder = scene.newFolder('target');
  const into = ['--output', folder];
  const download = scene.start('x.zip', [proxy], into);
  proxy.whenDelivered(4 * MIB, () => rmSync(folder, {recursive: true}));

  assertFails(await download.exit(), 7, /target\/x\.zip\S* is gone/);
  const fetched = proxy.tap.dataBytes;
  assert.ok(fetched < SIZE, 'everything was fetched for nothing');
  mkdirSync(folder);
  await scene.download('x.zip', [proxy], into);
  assertOnlyFile(folder, 'x.zip', original);
});

/** How to become a user whom permissions bind, who can still run this checkout; null: there is no way. */
function otherUser(): string[] | null {
  if (process.getuid?.() !== 0) return [];
  const become = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const [program = '', ...args] = become;
  const probe = `import(${JSON.stringify(join(checkout(), 'bin', 'run.js'))})`;
  try {
    accessSync(checkout(), constants.R_OK);
  } catch {
    return null;
  }
  const run = spawnSync(program, [...args, process.execPath, '-e', probe, '--', '--version'], {cwd: '/'});
  return run.status === 0 ? become : null;
}
