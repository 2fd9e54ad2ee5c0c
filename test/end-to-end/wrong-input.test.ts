import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {type AddressInfo, createServer} from 'node:net';
import {join} from 'node:path';
import {describe, type TestContext, test} from 'node:test';

import {contentsOf} from '../support/files.js';
import {type Exit, runFdl} from '../support/processes.js';
import {assertFails, MIB, Scene} from '../support/scenario.js';

// Each is mostly the start of a process or a wait for retries, so a few go side by side.
describe('wrong input', {concurrency: 3}, () => {
  test('no servers.txt: exit 2, and how to make one', async (t) => {
    const exit = await downloadWith(t, null);
    assertFails(exit, 2, /servers\.txt/, /host:port/i);
  });

  test('an empty servers.txt: exit 2', async (t) => {
    assertFails(await downloadWith(t, ''), 2, /servers\.txt/);
    assertFails(await downloadWith(t, '# nothing but a comment\n\n'), 2, /servers\.txt/);
  });

  test('a bad line in servers.txt: exit 2, naming the line', async (t) => {
    const exit = await downloadWith(t, '# ours\n127.0.0.1:9000\nlocalhost:ninety\n');
    assertFails(exit, 2, /servers\.txt/, /\b3\b/, /ninety/);
  });

  test('control characters of a servers.txt do not reach the terminal', async (t) => {
    const exit = await downloadWith(t, '\u001b[31mred\u001b[0m:x\n');
    assertFails(exit, 2);
    assert.ok(!exit.stderr.includes('\u001b'), 'a raw escape character');
  });

  test('an unknown host: exit 3, naming it', async (t) => {
    assertFails(await downloadWith(t, 'no-such-host.invalid:9000\n'), 3, /no-such-host\.invalid:9000/);
  });

  test('all servers refuse the connection: exit 3, naming each', async (t) => {
    const [one, two] = [await freePort(), await freePort()];
    const exit = await downloadWith(t, `127.0.0.1:${one}\n127.0.0.1:${two}\n`);
    assertFails(exit, 3, new RegExp(`127.0.0.1:${one}`), new RegExp(`127.0.0.1:${two}`));
  });

  test('a port that speaks another protocol: exit 3, saying which', async (t) => {
    const web = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    t.after(() => web.close());
    const {port} = web.address() as AddressInfo;
    assertFails(await downloadWith(t, `127.0.0.1:${port}\n`), 3, /HTTP/);
  });

  test('a file that no server has: exit 4, naming it, and nothing is left behind', async (t) => {
    const scene = new Scene(t, 'unknown');
    scene.offer('here.bin', MIB);
    const server = await scene.server(['here.bin']);
    const download = scene.start('elsewhere.bin', [server]);
    assertFails(await download.exit(), 4, /elsewhere\.bin/);
    assert.deepEqual(contentsOf(download.folder), []);
  });

  test('a name that leaves the folder: exit 2', async (t) => {
    const scene = new Scene(t, 'name');
    for (const name of ['../secret', '/etc/passwd', 'a/../../b']) {
      assertFails(await scene.start(name, [{address: '127.0.0.1:9'}]).exit(), 2);
    }
  });

  test('no file named, an unknown flag, an unknown command: exit 2', async (t) => {
    const {folder} = new Scene(t, 'usage');
    for (const args of [['download'], ['download', 'x', '--no-such-flag'], ['no-such-command']]) {
      assertFails(await runFdl(t, args, {cwd: folder}), 2);
    }
  });

  test('a port that is taken: exit 2, naming it', async (t) => {
    const scene = new Scene(t, 'taken');
    scene.offer('here.bin', 1);
    const server = await scene.server(['here.bin']);
    const second = await runFdl(t, ['serve', String(server.port), '--dir', scene.served], {
      cwd: scene.folder,
    });
    assertFails(second, 2, new RegExp(String(server.port)));
  });

  test('a folder that is not there, a port that is none: exit 2', async (t) => {
    const {folder} = new Scene(t, 'serve');
    assertFails(
      await runFdl(t, ['serve', '0', '--dir', join(folder, 'nowhere')], {cwd: folder}),
      2,
      /nowhere/,
    );
    for (const port of ['70000', '-1', 'web']) {
      assertFails(await runFdl(t, ['serve', port, '--dir', folder], {cwd: folder}), 2);
    }
  });

  test('an output that exists with other content: exit 8, and it is left alone', async (t) => {
    const scene = new Scene(t, 'exists');
    scene.offer('x.zip', 2 * MIB);
    const server = await scene.server(['x.zip']);
    const folder = scene.newFolder('target');
    writeFileSync(join(folder, 'x.zip'), 'mine');
    assertFails(await scene.start('x.zip', [server], [], folder).exit(), 8, /x\.zip/);
    assert.deepEqual(contentsOf(folder), ['x.zip']);
    await scene.download('x.zip', [server], ['--force'], folder);
  });
});

/** `fdl download x.zip` in a folder with this servers.txt; null: without one. */
async function downloadWith(t: TestContext, servers: string | null): Promise<Exit> {
  const scene = new Scene(t, 'input');
  const folder = join(scene.folder, 'client');
  mkdirSync(folder);
  if (servers !== null) writeFileSync(join(folder, 'servers.txt'), servers);
  const exit = await runFdl(t, ['download', 'x.zip'], {cwd: folder});
  assert.deepEqual(contentsOf(folder), servers === null ? [] : ['servers.txt']);
  return exit;
}

/** A port where nobody listens: taken for a moment, and let go. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
