import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Slots} from '../../../src/actors/server/slots.js';
import {
  BUSY_FIRST_MAX_MS,
  BUSY_MIN_MS,
  SLOT_IDLE_MS,
  SLOT_RETURN_GRACE_MS,
  SLOT_TURN_MS,
} from '../../../src/limits.js';
import {type CrowdClient, runCrowd} from './model-crowd.js';

const FRAGMENT = 1_000;

test('as many connections transfer as there are slots; the next is told to come back soon', () => {
  const slots = new Slots(2, FRAGMENT);
  assert.equal(slots.ask(1, 'a', 0).kind, 'granted');
  assert.equal(slots.ask(2, 'b', 0).kind, 'granted');
  const soonMs = BUSY_FIRST_MAX_MS / 2;
  assert.deepEqual(slots.ask(3, 'c', 0), {kind: 'busy', retryAfterMs: soonMs, slots: 2, slotsInUse: 2});
});

test('a slot is free again when its connection fetched nothing for a while', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  slots.ended(1, 100);
  assert.equal(slots.ask(2, 'b', 100 + SLOT_IDLE_MS - 1).kind, 'busy');
  const soon = slots.ask(2, 'b', 100 + SLOT_IDLE_MS - 1);
  assert.equal(soon.kind === 'busy' && soon.retryAfterMs, BUSY_MIN_MS);
  assert.equal(slots.ask(2, 'b', 100 + SLOT_IDLE_MS).kind, 'granted');
});

test('a slot is free at once when its connection is gone', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  slots.closed(1, 3);
  assert.equal(slots.ask(2, 'b', 0).kind, 'granted');
});

test('a turn has no end while nobody waits', () => {
  const slots = new Slots(1, FRAGMENT);
  for (let at = 0; at < 100 * SLOT_TURN_MS; at += 400) fetchWhole(slots, 1, 'a', at, 100 * FRAGMENT);
});

test('while others wait a turn ends with its time or one fragment, whichever is later, and between fetches', () => {
  const slots = new Slots(1, FRAGMENT);
  assert.equal(slots.ask(1, 'a', 0).kind, 'granted');
  assert.equal(slots.ask(2, 'b', 10).kind, 'busy');
  slots.sent(1, FRAGMENT / 2);
  slots.ended(1, SLOT_TURN_MS);
  assert.equal(slots.ask(2, 'b', SLOT_TURN_MS).kind, 'busy');
  // Its time is over, its fragment is not.
  assert.equal(slots.ask(1, 'a', SLOT_TURN_MS).kind, 'granted');
  slots.sent(1, FRAGMENT / 2);
  slots.ended(1, SLOT_TURN_MS + 10);
  assert.equal(slots.ask(1, 'a', SLOT_TURN_MS + 10).kind, 'busy');
  assert.equal(slots.ask(2, 'b', SLOT_TURN_MS + 20).kind, 'granted');
});

test('one who sent its fragment keeps its slot until its time is over', () => {
  const slots = new Slots(1, FRAGMENT);
  fetchWhole(slots, 1, 'a', 0, 10 * FRAGMENT);
  for (let at = 400; at < SLOT_TURN_MS; at += 400) {
    assert.equal(slots.ask(2, 'b', at - 1).kind, 'busy');
    fetchWhole(slots, 1, 'a', at, FRAGMENT);
  }
  assert.equal(slots.ask(2, 'b', SLOT_TURN_MS - 1).kind, 'busy');
  assert.equal(slots.ask(1, 'a', SLOT_TURN_MS).kind, 'busy');
});

test('nobody who comes back as told is overtaken more often than there are slots', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  const dueMs = 1 + toldMs(slots, 2, 1);
  toldMs(slots, 3, 2);
  slots.closed(1, 3);
  assert.equal(slots.ask(4, 'a', 3).kind, 'granted', 'nobody else is there');
  slots.closed(4, 4);
  assert.equal(slots.ask(5, 'a', 5).kind, 'busy', 'the second would be overtaken again');
  assert.equal(slots.ask(3, 'a', 6).kind, 'busy', 'it was refused later');
  assert.equal(slots.ask(2, 'a', dueMs).kind, 'granted');
  slots.closed(2, dueMs + 1);
  assert.equal(slots.ask(5, 'a', dueMs + 2).kind, 'busy', 'the third would be overtaken again');
  assert.equal(slots.ask(3, 'a', dueMs + 3).kind, 'granted');
});

test('what is named follows how long turns last and how many are before, once that is known', () => {
  const slots = new Slots(2, FRAGMENT);
  for (const connection of [1, 2]) {
    slots.ask(connection, 'a', 0);
    slots.closed(connection, 400);
  }
  for (const connection of [1, 2]) slots.ask(connection, 'a', 1_000);
  const named = [3, 4, 5, 6, 7].map((connection) => {
    // The first answers are shorter, since it is a guess.
    for (let time = 0; time < 4; time += 1) toldMs(slots, connection, 1_000);
    return toldMs(slots, connection, 1_000);
  });
  assert.deepEqual(named, [400, 400, 800, 800, 1_200]);
});

test('a slow transfer is estimated by its rate, but at first one is told to come back sooner', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  slots.sent(1, FRAGMENT / 10);
  const told = Array.from({length: 8}, () => toldMs(slots, 2, 1_000));
  const first = BUSY_FIRST_MAX_MS / 2;
  assert.deepEqual(told, [first, 2 * first, 4 * first, 8 * first, 16 * first, 32 * first, 9_000, 9_000]);
});

test('nothing is kept free for one who does not come back in time', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  const dueMs = toldMs(slots, 2, 0);
  slots.closed(1, 1);
  assert.equal(slots.ask(3, 'a', 2).kind, 'granted');
  slots.closed(3, 3);
  assert.equal(slots.ask(4, 'a', dueMs).kind, 'busy');
  assert.equal(slots.ask(4, 'a', dueMs + 2 * SLOT_RETURN_GRACE_MS).kind, 'granted');
});

test('while others wait, one address holds its share and no more', () => {
  const slots = new Slots(4, FRAGMENT);
  for (const connection of [1, 2, 3, 4]) slots.ask(connection, 'greedy', 0);
  assert.equal(slots.ask(5, 'other', 10).kind, 'busy');
  // Long before their turns are over, two of the four have to go.
  for (const connection of [1, 2, 3, 4]) slots.ended(connection, 20);
  assert.equal(slots.ask(1, 'greedy', 20).kind, 'busy');
  assert.equal(slots.ask(2, 'greedy', 20).kind, 'busy');
  assert.equal(slots.ask(3, 'greedy', 20).kind, 'granted');
  assert.equal(slots.ask(5, 'other', 30).kind, 'granted');
  assert.equal(slots.ask(6, 'other', 30).kind, 'granted');
  assert.equal(slots.inUse, 4);
});

test('an address alone may hold all slots', () => {
  const slots = new Slots(4, FRAGMENT);
  for (const connection of [1, 2, 3, 4]) assert.equal(slots.ask(connection, 'a', 0).kind, 'granted');
});

test('five clients on one slot all get their turns, and nobody is left out', () => {
  const slots = new Slots(1, FRAGMENT);
  const clients = new Map(
    [1, 2, 3, 4, 5].map((connection) => [connection, {nextMs: connection, turns: 0, last: false}]),
  );
  for (let at = 0; at < 60_000; at += 1) {
    for (const [connection, client] of clients) {
      if (client.nextMs > at) continue;
      const reply = slots.ask(connection, 'a', at);
      if (reply.kind === 'busy') {
        client.nextMs = at + reply.retryAfterMs;
        client.last = false;
        continue;
      }
      if (!client.last) client.turns += 1;
      client.last = true;
      slots.sent(connection, FRAGMENT / 4);
      slots.ended(connection, at + 90);
      client.nextMs = at + 100;
    }
  }
  const turns = [...clients.values()].map((client) => client.turns);
  assert.ok(Math.min(...turns) >= 4 && Math.max(...turns) - Math.min(...turns) <= 1, turns.join(' '));
});

const CROWDS: readonly [string, number, number, (index: number) => CrowdClient][] = [
  ['500 who all come at once for a file of 300 ms', 32, 500, () => ({startMs: 0, workMs: 300})],
  ['200 who come over 10 s for half a second', 8, 200, (index) => ({startMs: 50 * index, workMs: 500})],
  ['100 who need several turns', 8, 100, () => ({startMs: 0, workMs: 5_000})],
  [
    '300 with little, and some among them with much',
    8,
    300,
    (index) => ({startMs: 0, workMs: index % 30 === 0 ? 20_000 : 20}),
  ],
];

for (const [who, count, size, client] of CROWDS) {
  test(`slots are hardly ever idle while somebody waits: ${who}`, () => {
    const clients = Array.from({length: size}, (_, index) => client(index));
    for (const seed of [1, 2, 3]) {
      const slots = new Slots(count, FRAGMENT);
      const {lastMs, idealMs, asked, servedAtMs} = runCrowd(slots, clients, 100, seed);
      assert.ok(lastMs <= 1.4 * idealMs, `${lastMs} of ${idealMs} ms`);
      assert.ok(asked <= 100, `asked ${asked} times`);
      assert.ok(servedAtMs.every(Number.isFinite));
      assert.equal(slots.inUse, 0);
    }
  });
}

test('nobody waits a turn longer than if all were served in the order in which they came', () => {
  const [count, workMs] = [8, 500];
  const clients = Array.from({length: 200}, (_, index) => ({startMs: 50 * index, workMs}));
  const {servedAtMs} = runCrowd(new Slots(count, FRAGMENT), clients, 100, 1);
  for (const [index, atMs] of servedAtMs.entries()) {
    const inOrderMs = Math.max(50 * index, Math.floor(index / count) * workMs);
    assert.ok(atMs <= inOrderMs + SLOT_TURN_MS, `${index}: ${atMs} instead of ${inOrderMs}`);
  }
});

function toldMs(slots: Slots, connection: number, atMs: number): number {
  const answer = slots.ask(connection, 'a', atMs);
  assert.ok(answer.kind === 'busy');
  return answer.retryAfterMs;
}

function fetchWhole(slots: Slots, connection: number, address: string, at: number, bytes: number): void {
  assert.equal(slots.ask(connection, address, at).kind, 'granted', `at ${at}`);
  slots.sent(connection, bytes);
  slots.ended(connection, at + 1);
}
