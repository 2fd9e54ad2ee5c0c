import assert from 'node:assert/strict';
import {test} from 'node:test';

import {HEDGE_BLOCKS_MIN} from '../../src/limits.js';
import {blockHistory} from '../support/block-history.js';
import {startServer} from '../support/processes.js';
import {assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 240 * MIB;
/** Slow until the last restart, so that each of them falls into the middle of the download. */
const SLOW = {toClient: {bytesPerSecond: 2_500_000}};
const DEADLINE_MS = 60_000;

test('four servers restarted one after another: nothing is fetched twice but what a cut connection had not finished', async (t) => {
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
  const history = blockHistory(proxies.map(({tap}) => tap));
  assert.deepEqual(history.again, [], 'a block that had come whole was asked for again');
  assert.ok(history.hedged <= HEDGE_BLOCKS_MIN, `${history.hedged} blocks fetched twice at once`);
  // In vain is what a cut connection had begun, and second copies, and nothing else.
  const most = (history.cut + history.hedged) * MIB;
  assert.ok(result.wastedBytes <= most, `${result.wastedBytes} bytes in vain, at most ${most}`);
  t.diagnostic(`${result.wastedBytes} bytes in vain; ${history.cut} blocks cut, ${history.hedged} hedged`);
});
