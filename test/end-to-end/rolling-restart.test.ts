import assert from 'node:assert/strict';
import {test} from 'node:test';

import {startServer} from '../support/processes.js';
import {assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 240 * MIB;
/** Slow until the last restart, so that each of them falls into the middle of the download. */
const SLOW = {toClient: {bytesPerSecond: 2_500_000}};
const DEADLINE_MS = 60_000;

test('four servers restarted one after another: the download completes and hardly anything is fetched twice', async (t) => {
  const scene = new Scene(t, 'rolling');
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(4, ['x.zip']);
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, SLOW)));
  const download = scene.start('x.zip', proxies);
  await until('every server to be used', DEADLINE_MS, () => {
    return proxies.every(({counts}) => counts.toClient > 2 * MIB);
  });

  for (const [index, server] of servers.entries()) {
    const proxy = proxies[index];
    server.signal('SIGTERM');
    const exit = await server.exit(DEADLINE_MS);
    assert.equal(
      exit.code,
      0,
      `a drained server ends with 0, not ${exit.code}, ${exit.signal}:\n${exit.stderr}`,
    );
    assert.equal(download.running.ended, false, 'the download ended before the restarts');
    const before = proxy?.tap.of('welcome').length ?? 0;
    await startServer(scene.cleanup, scene.served, [], {port: server.port});
    await until(`${server.address} to be used again`, DEADLINE_MS, () => {
      return (proxy?.tap.of('welcome').length ?? 0) > before || download.running.ended;
    });
  }
  for (const proxy of proxies) proxy.change({});

  const {result, folder} = await download.finished();
  assertOnlyFile(folder, 'x.zip', original);
  for (const report of result.servers) assert.equal(report.banned, null);
  // Wider than what cut connections leave unfinished: 5.2 MB were seen once, and second copies are not told apart here.
  assert.ok(result.wastedBytes <= SIZE / 20, `${result.wastedBytes} bytes in vain`);
});
