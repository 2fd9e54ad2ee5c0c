import assert from 'node:assert/strict';
import {test} from 'node:test';

import {contentsOf} from '../support/files.js';
import {startServer} from '../support/processes.js';
import {assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 240 * MIB;
/** So that each restart falls into the middle of the download. */
const RATE = ['--limit-rate', '15MB'];
const DEADLINE_MS = 60_000;

test('four servers restarted one after another: the download completes and nothing is fetched twice', async (t) => {
  const scene = new Scene(t, 'rolling');
  const original = scene.offer('x.zip', SIZE);
  const servers = await scene.servers(4, ['x.zip'], RATE);
  const download = scene.start('x.zip', servers);
  await until('the first blocks', DEADLINE_MS, () =>
    contentsOf(download.folder).some((name) => name.endsWith('-part')),
  );

  for (const server of servers) {
    server.signal('SIGTERM');
    const exit = await server.exit(DEADLINE_MS);
    assert.equal(exit.code, 0, `a drained server ends with 0, not ${exit.code}:\n${exit.stderr}`);
    assert.equal(download.running.ended, false, 'the download ended before the restarts');
    await startServer(scene.cleanup, scene.served, RATE, {port: server.port});
    await until(`${server.address} to be used again`, DEADLINE_MS, () => {
      return download.running.stderr.includes(`${server.address}: is back`) || download.running.ended;
    });
  }

  const {result, folder} = await download.finished();
  assertOnlyFile(folder, 'x.zip', original);
  for (const report of result.servers) assert.equal(report.banned, null);
  assert.ok(result.wastedBytes <= 4 * MIB, `${result.wastedBytes} bytes in vain`);
});
