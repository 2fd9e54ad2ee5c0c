import assert from 'node:assert/strict';
import {once} from 'node:events';
import {request} from 'node:http';
import {connect} from 'node:net';
import {text as textOf} from 'node:stream/consumers';
import {type TestContext, test} from 'node:test';
import {type StatusPages, startStatusServer} from '../../../src/actors/status/status-server.js';
import {STATUS_CONNECTIONS_MAX, STATUS_HEADER_BYTES_MAX} from '../../../src/limits.js';
import {lastFirst} from '../../support/files.js';
import {until, within} from '../../support/wait.js';

const DEADLINE_MS = 10_000;
const PAGES: StatusPages = {
  metrics: async () => 'a 1\n',
  health: () => ({isReady: true, body: {status: 'ready'}}),
};

test('there are two pages, for GET and HEAD alone', async (t) => {
  const port = await start(t);
  const asked: readonly (readonly [method: string, path: string, status: number, body: string])[] = [
    ['GET', '/metrics', 200, 'a 1\n'],
    ['GET', '/metrics?x=1', 200, 'a 1\n'],
    ['HEAD', '/metrics', 200, ''],
    ['GET', '/healthz', 200, '{"status":"ready"}\n'],
    ['HEAD', '/healthz', 200, ''],
    ['POST', '/metrics', 405, 'only GET and HEAD are answered here\n'],
    ['DELETE', '/healthz', 405, 'only GET and HEAD are answered here\n'],
    ['GET', '/', 404, 'not found: there are /metrics and /healthz\n'],
    ['GET', '/metrics/', 404, 'not found: there are /metrics and /healthz\n'],
    ['GET', '/../metrics', 404, 'not found: there are /metrics and /healthz\n'],
    ['POST', '/x', 404, 'not found: there are /metrics and /healthz\n'],
  ];
  for (const [method, path, status, body] of asked) {
    const answer = await ask(port, method, path);
    assert.deepEqual([answer.status, answer.body], [status, body], `${method} ${path}`);
    assert.equal(answer.headers.connection, 'close');
    assert.equal(answer.headers.allow, status === 405 ? 'GET, HEAD' : undefined);
  }
  const {headers} = await ask(port, 'HEAD', '/metrics');
  assert.equal(headers['content-length'], '4');
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
});

test('who is not ready answers 503; a page that fails costs its connection and nothing else', async (t) => {
  let isBroken = true;
  const port = await start(t, {
    metrics: async () => (isBroken ? Promise.reject(new Error('broken')) : 'a 1\n'),
    health: () => ({isReady: false, body: {status: 'draining'}}),
  });
  await assert.rejects(ask(port, 'GET', '/metrics'), /socket hang up|ECONNRESET/);
  isBroken = false;
  assert.equal((await ask(port, 'GET', '/metrics')).status, 200);
  const health = await ask(port, 'GET', '/healthz');
  assert.deepEqual([health.status, JSON.parse(health.body)], [503, {status: 'draining'}]);
});

test('headers are bounded, and nonsense is no trouble', async (t) => {
  const port = await start(t);
  const long = `GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(STATUS_HEADER_BYTES_MAX)}\r\n\r\n`;
  assert.match(await say(port, long), /^HTTP\/1\.1 431 /);
  assert.match(await say(port, 'fdl/1 hello\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.equal((await ask(port, 'GET', '/healthz')).status, 200);
});

test('only so many may be connected, and there is room again when one has left', async (t) => {
  const port = await start(t);
  const sockets = Array.from({length: STATUS_CONNECTIONS_MAX}, () => connect(port, '127.0.0.1'));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  await assert.rejects(ask(port, 'GET', '/healthz'), /socket hang up|ECONNRESET/);
  sockets[0]?.destroy();
  await until('an answer', DEADLINE_MS, () => ask(port, 'GET', '/healthz').catch(() => null));
});

async function start(t: TestContext, pages = PAGES): Promise<number> {
  const server = await startStatusServer({host: '127.0.0.1', port: 0}, pages);
  lastFirst(t).after(() => server.close());
  return server.address.port;
}

async function ask(port: number, method: string, path: string) {
  const asking = request({host: '127.0.0.1', port, method, path, agent: false});
  asking.end();
  const [response] = await within(`an answer to ${method} ${path}`, DEADLINE_MS, once(asking, 'response'));
  return {status: response.statusCode, headers: response.headers, body: await textOf(response)};
}

/** What comes back before the server closes. */
async function say(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(words);
  return within('the end of an answer', DEADLINE_MS, textOf(socket));
}
