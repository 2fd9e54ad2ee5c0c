import assert from 'node:assert/strict';
import {connect} from 'node:net';
import {test} from 'node:test';
import {lastFirst} from '../support/files.js';
import {startFdl, startServer} from '../support/processes.js';
import {RawClient} from '../support/raw-client.js';
import {folderWith} from '../support/test-server.js';

test('it says where it listens and what it offers, and ends with 0 after a signal', async (t) => {
  const cleanup = lastFirst(t);
  const server = await startServer(cleanup, folderWith(cleanup, {'a.bin': 'a'}));
  await server.says(/a\.bin is ready: 1 B, 1 fragment/);
  const client = await RawClient.greeted(cleanup, server.port);
  server.signal('SIGTERM');
  await client.closed();
  client.socket.end();
  const exit = await server.exit(10_000);
  assert.equal(exit.code, 0, exit.stderr);
  assert.equal(exit.stdout, '');
  assert.match(exit.stderr, /SIGTERM: finishing what is under way/);
  assert.doesNotMatch(exit.stderr, /\u001b/);
});

test('a second signal ends it at once', async (t) => {
  const cleanup = lastFirst(t);
  const server = await startServer(cleanup, folderWith(cleanup, {}));
  // A client that never closes its side: draining would wait for it.
  const client = await RawClient.greeted(cleanup, server.port);
  server.signal('SIGINT');
  await client.closed();
  const startedMs = performance.now();
  server.signal('SIGINT');
  await server.exit(10_000);
  assert.ok(performance.now() - startedMs < 2_000);
});

test('with --json its log is JSON on stderr, and the result is one object on stdout', async (t) => {
  const cleanup = lastFirst(t);
  const folder = folderWith(cleanup, {});
  const server = startFdl(cleanup, ['serve', '0', '--dir', folder, '--json'], {cwd: folder});
  const [, port] = await server.says(/listening on 127\.0\.0\.1:(\d+)/);
  server.signal('SIGTERM');
  const exit = await server.exit(10_000);
  assert.deepEqual(JSON.parse(exit.stdout), {addresses: [`127.0.0.1:${port}`]});
  for (const line of exit.stderr.trim().split('\n')) assert.equal(typeof JSON.parse(line), 'object', line);
});

test('listening for everyone is said with a warning, and works', async (t) => {
  const cleanup = lastFirst(t);
  const folder = folderWith(cleanup, {});
  const server = startFdl(cleanup, ['serve', '0', '--dir', folder, '--host', '0.0.0.0'], {cwd: folder});
  const [, port] = await server.says(/listening on 0\.0\.0\.0:(\d+)/);
  await server.says(/warn .*everyone who can reach this machine can now read all files/);
  const socket = connect({port: Number(port), host: '127.0.0.1'});
  cleanup.after(() => void socket.destroy());
  await new Promise((resolve, reject) => socket.on('connect', resolve).on('error', reject));
});
