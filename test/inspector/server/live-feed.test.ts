import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {type TestContext, test} from 'node:test';
import {setImmediate as turn} from 'node:timers/promises';
import {LiveFeed} from '../../../src/inspector/server/live-feed.js';
import {LiveHistory} from '../../../src/inspector/server/live-history.js';
import {
  INSPECT_BEAT_MS,
  INSPECT_CLIENTS_MAX,
  INSPECT_END_TIMEOUT_MS,
  INSPECT_FLUSH_BYTES_MAX,
  INSPECT_FLUSH_MS,
  INSPECT_STALL_TIMEOUT_MS,
} from '../../../src/limits.js';
import {lastFirst} from '../../support/files.js';
import {askPage, type EventReader, lookOn} from '../../support/inspector-client.js';
import {VirtualClock} from '../../support/virtual-clock.js';
import {until, within} from '../../support/wait.js';
import {known, randomTrace} from './trace-kit.js';

const DEADLINE_MS = 20_000;
const ROWS = randomTrace(9, 500);

test('without a page there is no timer; with one, rows go out twenty times a second at most', async (t) => {
  const {feed, clock, look} = await start(t);
  for (const row of ROWS.slice(0, 100)) feed.add(row);
  assert.equal(clock.pending, 0);
  const page = await look();
  await page.has(100);
  const before = {events: page.events.length, ms: clock.now()};
  // Four hundred rows in a second, one each 2.5 ms.
  for (const row of ROWS.slice(100)) {
    feed.add(row);
    clock.advance(2.5);
  }
  await until('all rows', DEADLINE_MS, () => {
    clock.advance(INSPECT_FLUSH_MS);
    return page.rows.length === ROWS.length;
  });
  assert.deepEqual(page.rows, ROWS);
  const flushes = page.events.length - before.events;
  assert.ok(flushes <= (clock.now() - before.ms) / INSPECT_FLUSH_MS, `${flushes} events`);
  assert.ok(flushes > 1, `${flushes} events`);
});

test('a page that went away comes back where it was, by the number it was told or by its own', async (t) => {
  const {feed, clock, look} = await start(t);
  for (const row of ROWS.slice(0, 200)) feed.add(row);
  const first = await look();
  await first.has(200);
  assert.equal(first.lastId, '200');
  first.response.destroy();
  for (const row of ROWS.slice(200)) feed.add(row);
  clock.advance(INSPECT_FLUSH_MS);
  const second = await look({'last-event-id': first.lastId});
  await second.has(ROWS.length - 200);
  assert.deepEqual(second.rows, ROWS.slice(200));
  const odd = await look({'last-event-id': 'x'.repeat(99)});
  await odd.has(ROWS.length);
  assert.deepEqual(odd.rows, ROWS);
});

test('who is behind what was condensed, or ahead of everything, is told to begin anew', async (t) => {
  const limits = {historyBytes: 8_000, chunkBytes: 1_000, pieceBytes: 4_000};
  const {feed, clock, look} = await start(t, new LiveHistory(limits));
  for (const row of ROWS) feed.add(row);
  for (const id of ['1', '999999']) {
    const page = await look({'last-event-id': id});
    await until('all rows', DEADLINE_MS, () => {
      clock.advance(INSPECT_FLUSH_MS);
      return page.lastId === String(ROWS.length);
    });
    assert.equal(page.events[0], 'reset');
    assert.equal(known(page.rows), known(ROWS));
    assert.ok(page.rows.length < ROWS.length);
  }
});

test('a page that takes nothing is sent nothing more, costs no memory, and is let go; another one gets all', async (t) => {
  const {feed, clock, look, sockets} = await start(t);
  const slow = await look();
  slow.response.pause();
  const fast = await look();
  const row = {t: 1, k: 'refused', reason: 'x'.repeat(900)} as const;
  // More than the system keeps for a connection.
  const count = 16_000;
  for (let at = 0; at < count; at++) {
    feed.add(row);
    if (at % 100 === 0) {
      clock.advance(INSPECT_FLUSH_MS);
      await turn();
    }
  }
  await until('all rows', DEADLINE_MS, () => {
    clock.advance(INSPECT_FLUSH_MS);
    return fast.lastId === String(count);
  });
  const held = sockets().map(({writableLength}) => writableLength);
  assert.ok(Math.max(...held) > 0, 'the slow one is behind');
  assert.ok(Math.max(...held) < 2 * INSPECT_FLUSH_BYTES_MAX, `${held} bytes held for pages`);
  clock.advance(INSPECT_STALL_TIMEOUT_MS + 2 * INSPECT_BEAT_MS);
  await until('the slow one to be gone', DEADLINE_MS, () => sockets().length === 1);
  assert.equal(fast.response.destroyed, false);
});

test('a silent stream gives a sign of life, and the last page that leaves takes the timers along', async (t) => {
  const {clock, look} = await start(t);
  const page = await look();
  const before = page.bytes;
  clock.advance(INSPECT_BEAT_MS);
  await until('a sign of life', DEADLINE_MS, () => page.bytes > before);
  assert.deepEqual(page.events, []);
  page.response.destroy();
  await until('no timer', DEADLINE_MS, () => {
    clock.advance(INSPECT_BEAT_MS);
    return clock.pending === 0;
  });
});

test('the end brings everything that is missing; a page that takes nothing holds it up for a moment only', async (t) => {
  const {feed, clock, look} = await start(t);
  const pages = [await look(), await look()];
  for (const row of ROWS) feed.add(row);
  await within('the end', DEADLINE_MS, feed.end());
  for (const page of pages) {
    await until('the end', DEADLINE_MS, () => page.hasEnded);
    assert.deepEqual(page.rows, ROWS);
  }
  assert.equal(clock.pending, 0);

  const other = await start(t);
  const stuck = await other.look();
  stuck.response.pause();
  for (let at = 0; at < 16_000; at++) other.feed.add({t: 1, k: 'refused', reason: 'x'.repeat(900)});
  let hasEnded = false;
  const ending = other.feed.end().then(() => {
    hasEnded = true;
  });
  await turn();
  other.clock.advance(INSPECT_END_TIMEOUT_MS - 1);
  await turn();
  assert.equal(hasEnded, false);
  other.clock.advance(1);
  await within('the end', DEADLINE_MS, ending);
});

test('only so many may look on', async (t) => {
  const {look, port} = await start(t);
  for (let at = 0; at < INSPECT_CLIENTS_MAX; at++) await look();
  const {status, body} = await askPage(port, '/api/live');
  assert.deepEqual([status, body], [503, 'Too many pages look on already: close one.\n']);
});

/** A feed behind a real socket, in virtual time. */
async function start(t: TestContext, history?: LiveHistory) {
  const cleanup = lastFirst(t);
  const clock = new VirtualClock();
  const feed = new LiveFeed(clock, history);
  const responses = new Set<import('node:http').ServerResponse>();
  const server = createServer((request, response) => {
    responses.add(response);
    response.on('close', () => responses.delete(response));
    const lastEventId = request.headers['last-event-id']?.toString() ?? null;
    feed.attach({isHead: false, query: new URLSearchParams(), lastEventId}, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const {port} = server.address() as AddressInfo;
  const look = (headers = {}): Promise<EventReader> => lookOn(cleanup, port, '', headers);
  const sockets = () => [...responses].flatMap(({socket}) => (socket === null ? [] : [socket]));
  return {feed, clock, port, look, sockets};
}
