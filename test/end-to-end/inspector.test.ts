import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import {text as textOf} from 'node:stream/consumers';
import {test} from 'node:test';
import {INSPECT_CLIENTS_MAX, INSPECT_HEADER_BYTES_MAX} from '../../src/limits.js';
import type {TraceReport} from '../../src/trace/report.js';
import type {TraceRow} from '../../src/trace/rows.js';
import {askPage, enter, lookOn, portOf} from '../support/inspector-client.js';
import {asOtherServer} from '../support/other-server.js';
import {checkout, indexed, type Running, runFdl, startFdl, startServer} from '../support/processes.js';
import {assertFails, assertOnlyFile, MIB, Scene} from '../support/scenario.js';
import {until, within} from '../support/wait.js';

const DEADLINE_MS = 60_000;
const ADDRESS = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/;
/** What the client needs without a page, and the history of one. */
const CLIENT_BYTES_MAX = 300 * MIB;

test('whoever is not let in is refused, in every way there is, and the download does not notice', async (t) => {
  const scene = new Scene(t, 'inspect-refused');
  const original = scene.offer('x.zip', 24 * MIB);
  const server = await scene.server(['x.zip']);
  const proxy = await scene.proxy(server, {toClient: {bytesPerSecond: 4_000_000}});
  const download = scene.start('x.zip', [proxy], ['--inspect']);
  const url = await addressOf(download.running);
  const port = portOf(url);
  const {pathname, search} = new URL(url);

  const own = {host: `127.0.0.1:${port}`};
  const entrance = pathname + search;
  await refused(port, 403, '/', own, /^Open the address that fdl has printed/);
  await refused(port, 403, `/?token=${'A'.repeat(32)}`, own, /^This token is wrong/);
  await refused(port, 421, entrance, {host: `evil.example:${port}`}, /^This is not the address/);
  await refused(port, 403, entrance, {...own, origin: 'http://evil.example'}, /^Other sites/);
  assert.equal((await askPage(port, entrance, own, 'POST')).status, 405);

  const cookie = await enter(url);
  assert.match(cookie, new RegExp(`^fdl-inspect-${port}=[\\w-]{32}$`));
  await refused(port, 403, entrance, own, /^This address was used already/);
  const [another] = await download.running.says(
    /its address was used already, here is another one: http\S+/,
    DEADLINE_MS,
  );
  assert.doesNotMatch(another, new RegExp(search.slice(search.indexOf('=') + 1)));

  const inside = {...own, cookie};
  for (const path of ['/', '/api/about', '/api/charts']) {
    const {status, headers} = await askPage(port, path, inside);
    assert.equal(status, 200, path);
    assertProtected(headers);
    assert.equal(headers['cache-control'], 'no-store');
  }
  const about = JSON.parse((await askPage(port, '/api/about', inside)).body);
  assert.deepEqual(about, {mode: 'live', command: 'download', name: 'x.zip', bytes: null});
  const [asset = ''] = /\/assets\/[\w.-]+\.js/.exec((await askPage(port, '/', inside)).body) ?? [];
  assert.match(String((await askPage(port, asset, inside)).headers['cache-control']), /immutable/);

  for (const path of ['/api/live', '/api/about', '/', asset]) {
    await refused(port, 403, path, own, /^Open the address/);
    await refused(port, 403, path, {...inside, origin: 'null'}, /^Other sites/);
    await refused(port, 403, path, {...inside, 'sec-fetch-site': 'same-site'}, /^Other sites/);
    await refused(port, 403, path, {...inside, 'sec-fetch-site': 'cross-site'}, /^Other sites/);
    await refused(port, 421, path, {...inside, host: `rebound.example:${port}`}, /^This is not/);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      assert.equal((await askPage(port, path, inside, method)).status, 405);
  }
  for (const path of [
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/../../package.json',
    '/index.html',
  ])
    await refused(port, 404, path, inside, /^There is nothing/);
  for (const path of ['/api/rows', '/api/live/', '//etc/passwd', '/assets/', 'http://evil.example/', '*'])
    await refused(port, 404, path, inside, /^There is nothing/);

  const long = `GET / HTTP/1.1\r\nHost: ${own.host}\r\nX: ${'y'.repeat(INSPECT_HEADER_BYTES_MAX)}\r\n\r\n`;
  assert.match(await say(port, long), /^HTTP\/1\.1 431 /);
  assert.match(
    await say(port, `GET / HTTP/1.1\r\nHost: ${own.host}\r\nHost: x\r\n\r\n`),
    /^HTTP\/1\.1 4\d\d /,
  );
  assert.match(await say(port, 'fdl/1 hello\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(
    await say(
      port,
      `GET / HTTP/1.1\r\nHost: ${own.host}\r\nCookie: ${cookie}\r\nContent-Length: 5\r\n\r\nhello`,
    ),
    /^HTTP\/1\.1 400 /,
  );

  assert.equal(download.running.ended, false, 'all this happened meanwhile');
  proxy.change({});
  const {exit, folder} = await download.finished();
  assertOnlyFile(folder, 'x.zip', original);
  assert.equal(JSON.parse(exit.stdout).file, 'x.zip', 'standard output is the result alone');
});

test('a thousand connections and pages that take nothing cost the download nothing; one that reads gets all', async (t) => {
  const scene = new Scene(t, 'inspect-crowd');
  const original = scene.offer('x.zip', 120 * MIB);
  const server = await scene.server(['x.zip']);
  const proxies = await Promise.all(
    [1, 2].map((id) => scene.proxy(server, {...asOtherServer(id), toClient: {bytesPerSecond: 4_000_000}})),
  );
  const trace = join(scene.folder, 'run.ndjson');
  const args = ['--inspect', '--quiet', '--trace', trace, '--report'];
  const download = scene.start('x.zip', proxies, args);
  const url = await addressOf(download.running);
  const port = portOf(url);
  const cookie = await enter(url);

  const page = await lookOn(scene.cleanup, port, cookie);
  for (let at = 1; at < INSPECT_CLIENTS_MAX; at++) {
    const slow = await lookOn(scene.cleanup, port, cookie);
    slow.response.pause();
  }
  assert.equal((await askPage(port, '/api/live', {cookie})).status, 503);
  await page.has(50);

  const sockets: Socket[] = [];
  scene.cleanup.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let at = 0; at < 1_000; at++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
  }
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  const refusedCount = () =>
    sockets.filter(({readableEnded, destroyed}) => readableEnded || destroyed).length;
  for (const socket of sockets) socket.resume();
  await until('most of them to be closed', DEADLINE_MS, () => refusedCount() > 900);
  assert.equal(download.running.ended, false);
  for (const proxy of proxies) proxy.change({});

  const {exit, folder} = await download.finished();
  assertOnlyFile(folder, 'x.zip', original);
  assert.ok(download.running.peakBytes < CLIENT_BYTES_MAX, `${download.running.peakBytes} bytes`);
  await until('the end', DEADLINE_MS, () => page.hasEnded);
  assert.deepEqual(page.rows, rowsOf(trace), 'the page was sent what stands in the trace');
  assert.ok(JSON.parse(exit.stdout).report.transferMs > 0);
  assert.match(exit.stderr, /look at it: http/, '--quiet does not swallow the address');
});

test('a trace is shown as it is, of downloads and of servers, from a file and from a pipe', async (t) => {
  const scene = new Scene(t, 'inspect-recorded');
  scene.offer('x.zip', 3 * MIB);
  const served = join(scene.folder, 'serve.ndjson');
  const server = await startServer(scene.cleanup, scene.served, ['--trace', served, '--inspect']);
  await indexed(scene.served, 'x.zip');
  const livePort = portOf(await addressOf(server));
  assert.ok(livePort !== server.port);
  const path = join(scene.folder, 'run.ndjson');
  await scene.download('x.zip', [server], ['--trace', path]);
  const live = await lookOn(scene.cleanup, livePort, await enter(await addressOf(server)));
  await until('the client to be gone', DEADLINE_MS, () => live.rows.some(({k}) => k === 'closed'));
  server.signal('SIGTERM');
  assert.equal((await server.exit(DEADLINE_MS)).code, 0);
  await until('the end', DEADLINE_MS, () => live.hasEnded);
  assert.deepEqual(live.rows, rowsOf(served));

  for (const [file, command] of [
    [path, 'download'],
    [served, 'serve'],
  ] as const) {
    const shown = startFdl(scene.cleanup, ['inspect', file], {cwd: scene.folder});
    const url = await addressOf(shown);
    const inside = {cookie: await enter(url)};
    const about = JSON.parse((await askPage(portOf(url), '/api/about', inside)).body);
    const bytes = readFileSync(file).length;
    assert.deepEqual(about, {mode: 'recorded', command, name: file.split('/').at(-1), bytes});
    const rows = await askPage(portOf(url), '/api/rows', inside);
    assert.equal(rows.headers['content-length'], String(bytes));
    assert.equal(rows.headers['content-type'], 'application/x-ndjson');
    assertProtected(rows.headers);
    assert.equal(rows.body, readFileSync(file, 'latin1'));
    assert.equal((await askPage(portOf(url), '/api/live', inside)).status, 404);
    shown.signal('SIGINT');
    const exit = await shown.exit(DEADLINE_MS);
    assert.deepEqual([exit.code, exit.stdout], [0, '']);
  }
  const piped = await runFdl(t, ['-c', `"$0" "$1" inspect - --json < ${path}`, process.execPath, BIN], {
    cwd: scene.folder,
    program: ['sh'],
  });
  assert.equal((JSON.parse(piped.stdout) as TraceReport).file, 'x.zip');
});

test('what cannot be shown is a usage error; a port that is taken costs a download its page alone', async (t) => {
  const scene = new Scene(t, 'inspect-wrong');
  const original = scene.offer('x.zip', MIB);
  const server = await scene.server(['x.zip']);
  const notes = join(scene.folder, 'notes.txt');
  writeFileSync(notes, 'this is no trace\n');
  const later = join(scene.folder, 'later.ndjson');
  const header = {t: 0, k: 'trace', schema: 2, fdl: '9', command: 'download', startedAt: 'x', node: '1'};
  writeFileSync(later, `${JSON.stringify({...header, platform: 'x', cores: 1})}\n`);
  const wrong: readonly (readonly [args: readonly string[], ...words: RegExp[]])[] = [
    [[notes], /not a trace of fdl: line 1: it is not JSON/, /--trace FILE/],
    [[later], /its schema is 2, and this fdl reads 1/],
    [[join(scene.folder, 'missing')], /cannot be read: ENOENT/, /--trace/],
    [[scene.folder], /cannot be read/],
    [[notes, '--port', 'x'], /'x' is not a whole number/],
  ];
  for (const [args, ...words] of wrong)
    assertFails(await runFdl(t, ['inspect', ...args], {cwd: scene.folder}), 2, ...words);

  const taken = String(server.port);
  const {exit, folder} = await scene.download('x.zip', [server], ['--inspect-port', taken]);
  assertOnlyFile(folder, 'x.zip', original);
  assert.match(exit.stderr, new RegExp(`no page to look at: port ${taken} of 127.0.0.1 is taken`));
  const trace = join(scene.folder, 'run.ndjson');
  await scene.download('x.zip', [server], ['--trace', trace]);
  assertFails(
    await runFdl(t, ['inspect', trace, '--port', taken], {cwd: scene.folder}),
    2,
    /port \d+ of 127\.0\.0\.1 is taken/,
  );
});

const BIN = join(checkout(), 'bin', 'run.js');

/** The address that a process has printed. */
async function addressOf(running: Running): Promise<string> {
  const [address] = await running.says(ADDRESS, DEADLINE_MS);
  return address;
}

async function refused(port: number, status: number, path: string, headers: object, words: RegExp) {
  const answer = await askPage(port, path, {...headers});
  assert.equal(answer.status, status, `${path} ${JSON.stringify(headers)}`);
  assert.match(answer.body, words);
  assert.equal(answer.headers['set-cookie'], undefined);
  assertProtected(answer.headers);
}

/** What keeps the page to itself; nothing is said to other origins. */
function assertProtected(headers: Readonly<Record<string, unknown>>): void {
  assert.match(String(headers['content-security-policy']), /^default-src 'self';.* frame-ancestors 'none'$/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  for (const name of Object.keys(headers)) assert.doesNotMatch(name, /^access-control-/);
}

/** What comes back before the server closes. */
async function say(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(words);
  return within('the end of an answer', DEADLINE_MS, textOf(socket));
}

function rowsOf(path: string): TraceRow[] {
  const lines = readFileSync(path, 'latin1').split('\n');
  assert.equal(lines.pop(), '');
  return lines.map((line) => JSON.parse(line) as TraceRow);
}
