import assert from 'node:assert/strict';
import {cpSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import type {FleetCheck, ServerCheck} from '../../src/fleet-report.js';
import {asOtherServer} from '../support/other-server.js';
import {type Exit, runFdl} from '../support/processes.js';
import {RawClient} from '../support/raw-client.js';
import {assertFails, MIB, Scene, servedRoot} from '../support/scenario.js';

/** Two fragments. */
const SIZE = 101 * MIB;
const UNUSED = '127.0.0.1:9';

test('check names the stale, the corrupt, the partial, the busy, the slow and the dead one, each as what it is', async (t) => {
  const scene = new Scene(t, 'check');
  scene.offer('x.zip', SIZE);
  const good = await scene.server(['x.zip']);
  const root = servedRoot(scene.served, 'x.zip');
  const corrupt = await scene.proxy(good, {...asOtherServer(2), toClient: {corruptEvery: 1}});
  const slow = await scene.proxy(good, {...asOtherServer(3), toClient: {bytesPerSecond: 400_000}});

  const partFolder = scene.newFolder('part');
  cpSync(join(scene.served, 'fragments'), join(partFolder, 'fragments'), {recursive: true});
  rmSync(join(partFolder, 'fragments', 'x.zip', 'x2.zip'));
  const partial = await scene.server(['x.zip'], [], partFolder);
  await partial.says(/x\.zip is ready/);

  const staleFolder = scene.newFolder('stale');
  scene.offer('x.zip', MIB, 2, staleFolder);
  const stale = await scene.server(['x.zip'], [], staleFolder);

  const busy = await scene.server(['x.zip'], ['--max-transfers', '1']);
  await busy.says(/x\.zip is ready/);
  const other = await RawClient.greeted(scene.cleanup, busy.port);
  const fetch = {name: 'x.zip', root, fragment: 1, firstBlock: 0, count: 16} as const;
  other.send({type: 'fetch', id: 1, ...fetch});
  assert.equal((await other.next()).kind, 'data');
  // It reads no further, so its transfer does not end.
  other.socket.pause();

  const servers = [good, stale, corrupt, partial, busy, slow, {address: UNUSED}].map(({address}) => address);
  const args = ['check', 'x.zip', ...servers.flatMap((address) => ['--server', address])];
  const run = (...more: string[]): Promise<Exit> =>
    runFdl(scene.cleanup, [...args, ...more], {cwd: scene.folder});
  // By itself, since what else runs would slow some servers down.
  const json = await run('--json', '--blocks', '2');
  const [text, pinned] = await Promise.all([
    run('--blocks', '1'),
    run('--blocks', '1', '--root', root, '--quiet'),
  ]);

  assertFails(json, 5);
  const report = JSON.parse(json.stdout) as FleetCheck;
  assert.deepEqual(
    report.servers.map(({address, findings}) => [address, findings.map(({kind}) => kind)]),
    [
      [good.address, []],
      [stale.address, ['other-version']],
      [corrupt.address, ['corrupt']],
      [partial.address, ['partial']],
      [busy.address, ['busy']],
      [slow.address, ['slow']],
      [UNUSED, ['unreachable']],
    ],
  );
  const [first, , liar, part] = report.servers;
  assert.deepEqual(first?.sample && [first.sample.wanted, first.sample.verified], [2, 2]);
  assert.ok(liar !== undefined && isWrongBlock(liar));
  assert.deepEqual(part?.findings, [{kind: 'partial', fragmentsHere: 1, missing: [[2, 2]]}]);
  assert.equal(report.verdict.code, 'servers-disagree');

  assertFails(text, 5);
  const lines = text.stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  const below = (address: string) => lines.slice(lines.findIndex((line) => line.startsWith(`${address} `)));
  assert.match(below(stale.address)[0] ?? '', / other version\b/);
  assert.match(below(corrupt.address)[0] ?? '', / corrupt\b/);
  assert.match(below(corrupt.address)[2] ?? '', /^ it sent block \d+ of fragment \d wrong$/);
  assert.match(below(partial.address)[2] ?? '', /^ it has 1 of 2 fragments, not 2$/);
  assert.match(below(busy.address)[2] ?? '', /^ 1 of 1 slot taken, ask again in \d/);
  assert.match(below(UNUSED)[0] ?? '', / unreachable: connection refused$/);
  assert.match(text.stderr, new RegExp(`--root ${root}`));

  assert.deepEqual([pinned.code, pinned.stdout, pinned.stderr], [0, '', '']);
});

test('check without a file tells who is there, and a name that nobody has is answered with one that is near', async (t) => {
  const scene = new Scene(t, 'check-servers');
  scene.offer('models/llama-7b.bin', 10);
  scene.offer('y.bin', 10);
  const server = await scene.server(['models/llama-7b.bin', 'y.bin']);
  const run = (...args: string[]): Promise<Exit> =>
    runFdl(scene.cleanup, [...args, '--server', server.address], {cwd: scene.folder});
  const [up, down, near, download, invalid] = await Promise.all([
    run('check', '--server', UNUSED),
    runFdl(scene.cleanup, ['check', '--server', UNUSED, '--json'], {cwd: scene.folder}),
    run('check', 'llama-7b.bim'),
    run('download', 'llama-7b.bim'),
    run('check', '../x'),
  ]);
  assert.equal(up.code, 0, up.stderr);
  assert.match(up.stdout, new RegExp(`^${server.address} +[0-9.]+ ms +fdl/1 +2 +ok$`, 'm'));
  assert.match(up.stderr, /1 of 2 servers answer/);
  assertFails(down, 3);
  assert.equal((JSON.parse(down.stdout) as FleetCheck).verdict.code, 'no-server-reachable');
  assertFails(near, 4, /no server has "llama-7b\.bim"/, /Did you mean "models\/llama-7b\.bin"\?/);
  assertFails(download, 4, /no server has "llama-7b\.bim"/, /Did you mean "models\/llama-7b\.bin"\?/);
  assertFails(invalid, 2, /the file name has a component/);
});

test('check ends with the exit code that a download ends with', async (t) => {
  const scene = new Scene(t, 'check-exits');
  scene.offer('x.zip', 3 * MIB);
  const good = await scene.server(['x.zip']);
  const corrupt = await scene.proxy(good, {...asOtherServer(2), toClient: {corruptEvery: 1}});
  const otherFolder = scene.newFolder('other');
  scene.offer('x.zip', 2 * MIB, 2, otherFolder);
  const other = await scene.server(['x.zip'], [], otherFolder);
  const dead = {address: UNUSED};

  const cases = [
    {name: 'x.zip', servers: [good, corrupt, dead], expected: 0},
    {name: 'nowhere.zip', servers: [good, dead], expected: 3},
    {name: 'x.zip', servers: [good, other], expected: 5},
    {name: 'x.zip', servers: [corrupt], expected: 6},
  ];
  const ends = await Promise.all(
    cases.map(async ({name, servers}) => {
      const args = servers.flatMap(({address}) => ['--server', address]);
      const download = scene.start(name, servers);
      const check = await runFdl(scene.cleanup, ['check', name, ...args], {cwd: scene.folder});
      return {check: check.code, download: (await download.exit()).code};
    }),
  );
  assert.deepEqual(
    ends,
    cases.map(({expected}) => ({check: expected, download: expected})),
  );
});

function isWrongBlock({findings}: ServerCheck): boolean {
  return findings.some((finding) => finding.kind === 'corrupt' && finding.evidence.kind === 'wrong-block');
}
