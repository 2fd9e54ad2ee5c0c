import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import type {DownloadResult} from '../../src/report.js';
import {checkout, type Running, startFdl} from '../support/processes.js';
import {assertFails, assertOnlyFile, MIB, Scene} from '../support/scenario.js';

const DEADLINE_MS = 120_000;

test('a list through standard input: its backup brings nothing until the other server is gone, then the rest', async (t) => {
  const scene = new Scene(t, 'backup');
  const original = scene.offer('x.zip', 24 * MIB);
  const [usual, backup] = await scene.servers(2, ['x.zip']);
  assert.ok(usual !== undefined && backup !== undefined);
  const first = await scene.proxy(usual, {toClient: {bytesPerSecond: 16_000_000}});
  const second = await scene.proxy(backup);

  const folder = scene.newFolder('client');
  const list = `${second.address} backup\n${first.address} # the other\n`;
  const running = withInput(scene, folder, list, ['download', 'x.zip', '--servers', '-', '--json']);
  const brought = new Promise<number>((resolve) => {
    first.whenDelivered(8 * MIB, () => {
      resolve(second.tap.dataBytes);
      usual.signal('SIGKILL');
    });
  });
  const exit = await running.exit(DEADLINE_MS);

  assert.equal(await brought, 0, 'the backup was used while nobody needed it');
  assert.equal(exit.code, 0, exit.stderr);
  assertOnlyFile(folder, 'x.zip', original);
  const {servers} = JSON.parse(exit.stdout) as DownloadResult;
  assert.deepEqual(
    servers.map(({address}) => address),
    [first.address, second.address],
    'backups come last',
  );
  assert.ok((servers[1]?.blocks ?? 0) > 0 && (servers[0]?.blocks ?? 0) >= 7, exit.stdout);
});

test('a limit holds for one server alone', async (t) => {
  const scene = new Scene(t, 'limit');
  scene.offer('x.zip', 3 * MIB);
  const server = await scene.server(['x.zip']);
  const limited = {address: `${server.address},limit=2MB`};
  const {result} = await scene.download('x.zip', [limited], ['--connections', '4']);
  // Of three blocks less than one may pass at once.
  assert.ok(result.elapsedMs >= 1_000, `${result.elapsedMs} ms`);
  assert.equal(result.servers[0]?.address, server.address);
});

test('what is wrong with an attribute is said with line and word, wherever the list comes from', async (t) => {
  const scene = new Scene(t, 'wrong');
  const folder = scene.newFolder('client');
  const list = '127.0.0.1:9\n127.0.0.1:10 backup limit=fast\n';
  const piped = withInput(scene, folder, list, ['download', 'x.zip', '--servers', '-']);
  assertFails(await piped.exit(DEADLINE_MS), 2, /standard input, line 2: 'limit=fast'/);
  const given = startFdl(scene.cleanup, ['download', 'x.zip', '--server', '127.0.0.1:9,backup,limt=1MB'], {
    cwd: folder,
  });
  assertFails(await given.exit(DEADLINE_MS), 2, /'limt=1MB': behind an address may stand prefer/);
  const empty = withInput(scene, folder, '', ['download', 'x.zip', '--servers', '-']);
  assertFails(await empty.exit(DEADLINE_MS), 2, /standard input names no server/);
});

/** `fdl ARGS...` with `input` on its standard input. */
function withInput(scene: Scene, cwd: string, input: string, args: readonly string[]): Running {
  const file = join(scene.folder, 'input');
  writeFileSync(file, input);
  const script = `exec "$0" "$@" < '${file}'`;
  const program = ['sh', '-c', script, process.execPath, join(checkout(), 'bin', 'run.js')];
  return startFdl(scene.cleanup, args, {cwd, program});
}
