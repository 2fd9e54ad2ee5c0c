import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {readExposition} from '../support/exposition.js';
import {type Running, runFdl} from '../support/processes.js';
import {RawClient} from '../support/raw-client.js';
import {assertFails, assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 24 * MIB;
const DEADLINE_MS = 60_000;
const TWO = ['--processes', '2', '--metrics-port', '0'];

test('two processes share a port: both send, one is killed and replaced, clients get the right file', async (t) => {
  const scene = new Scene(t, 'processes');
  const original = scene.offer('x.zip', SIZE);
  const server = await scene.server(['x.zip'], TWO);
  const pages = metricsPages(server);
  assert.equal(pages.length, 2);
  const [first = 0, second = 0] = childrenOf(server);
  const proxy = await scene.proxy(server, {toClient: {bytesPerSecond: 8_000_000}});
  const download = scene.start('x.zip', [proxy]);
  const sending = await until('a process to send', DEADLINE_MS, async () => {
    const sent = await Promise.all(pages.map((page) => sentBytes(page)));
    const index = sent.findIndex((bytes) => bytes > 2 * MIB);
    return index < 0 ? null : {index};
  });
  process.kill(sending.index === 0 ? first : second, 'SIGKILL');
  const {result, folder} = await download.finished();
  assertOnlyFile(folder, 'x.zip', original);
  assert.equal(result.servers[0]?.banned, null);
  await server.says(/warn process \d ended by itself \(SIGKILL\); another one follows/);
  await until('two processes again', DEADLINE_MS, () => childrenOf(server).length === 2);

  const clients = await Promise.all([1, 2].map(() => RawClient.greeted(scene.cleanup, server.port)));
  for (const {socket} of clients) socket.end();
  server.signal('SIGTERM');
  const exit = await server.exit(DEADLINE_MS);
  assert.equal(exit.code, 0, exit.stderr);
  assert.match(exit.stderr, /SIGTERM: finishing what is under way[\s\S]*\bended\n$/);
  assert.equal(exit.stderr.match(/listening on/g)?.length, 1);
});

test('clients are shared out over the processes, and are told that it is one server', async (t) => {
  const scene = new Scene(t, 'shared');
  scene.offer('x.zip', MIB);
  const server = await scene.server(['x.zip'], TWO);
  const instances = new Set<string>();
  for (let count = 0; count < 4; count++) {
    const client = await RawClient.connect(scene.cleanup, server.port);
    const welcome = await client.greet();
    assert.ok(welcome.type === 'welcome');
    instances.add(welcome.instanceId);
  }
  assert.equal(instances.size, 1);
  const sessions = await Promise.all(metricsPages(server).map((page) => sampleOf(page, 'fdl_sessions')));
  assert.deepEqual(sessions, [2, 2]);
});

test('a taken port is said once with exit 2, and a second signal ends all processes at once', async (t) => {
  const scene = new Scene(t, 'taken');
  const server = await scene.server([], ['--processes', '2']);
  const port = String(server.port);
  const words = ['serve', port, '--dir', scene.served, '--processes', '2'];
  const refused = await runFdl(scene.cleanup, words, {cwd: scene.folder});
  assertFails(refused, 2, new RegExp(`port ${port} on 127.0.0.1 is taken`));
  assert.equal(refused.stderr.match(/taken/g)?.length, 1, refused.stderr);

  const children = childrenOf(server);
  // It never closes its side: draining would wait for it.
  const client = await RawClient.greeted(scene.cleanup, server.port);
  server.signal('SIGINT');
  await client.closed();
  server.signal('SIGINT');
  await server.exit(DEADLINE_MS);
  await until('the processes to be gone', DEADLINE_MS, () => children.every((child) => !isRunning(child)));
});

function metricsPages(server: Running): string[] {
  return [...server.stderr.matchAll(/metrics on (http:\/\/\S+\/metrics)/g)].map(([, page = '']) => page);
}

async function sampleOf(page: string, name: string): Promise<number> {
  const families = readExposition(await (await fetch(page)).text());
  return families.get(name)?.samples.get('') ?? 0;
}

/** 0 when it is gone. */
function sentBytes(page: string): Promise<number> {
  return sampleOf(page, 'fdl_sent_bytes_total').catch(() => 0);
}

function childrenOf({child: {pid}}: Running): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
