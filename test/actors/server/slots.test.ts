import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Slots} from '../../../src/actors/server/slots.js';
import {BUSY_MIN_MS, SLOT_IDLE_MS, SLOT_RETURN_GRACE_MS, SLOT_TURN_MS} from '../../../src/limits.js';

const FRAGMENT = 1_000;

test('as many connections transfer as there are slots; the next is told when to come back', () => {
  const slots = new Slots(2, FRAGMENT);
  assert.equal(slots.ask(1, 'a', 0).kind, 'granted');
  assert.equal(slots.ask(2, 'b', 0).kind, 'granted');
  assert.deepEqual(slots.ask(3, 'c', 0), {kind: 'busy', retryAfterMs: SLOT_TURN_MS, slots: 2, slotsInUse: 2});
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
  slots.closed(1);
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
  // Its time is over, its fragment is not.
  assert.equal(slots.ask(1, 'a', SLOT_TURN_MS).kind, 'granted');
  slots.sent(1, FRAGMENT / 2);
  slots.ended(1, SLOT_TURN_MS + 10);
  assert.equal(slots.ask(1, 'a', SLOT_TURN_MS + 10).kind, 'busy');
  assert.equal(slots.ask(2, 'b', SLOT_TURN_MS + 20).kind, 'granted');
});

test('one who sent its fragment keeps its slot until its time is over', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  slots.ask(2, 'b', 0);
  slots.sent(1, 10 * FRAGMENT);
  slots.ended(1, 100);
  assert.equal(slots.ask(1, 'a', SLOT_TURN_MS - 1).kind, 'busy', 'it was idle for too long');
  const other = new Slots(1, FRAGMENT);
  fetchWhole(other, 1, 'a', 0, 10 * FRAGMENT);
  for (let at = 400; at < SLOT_TURN_MS; at += 400) {
    assert.equal(other.ask(2, 'b', at - 1).kind, 'busy');
    fetchWhole(other, 1, 'a', at, FRAGMENT);
  }
  assert.equal(other.ask(1, 'a', SLOT_TURN_MS).kind, 'busy');
});

test('those who were refused are served in the order of refusal, however they come back', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  slots.ask(2, 'a', 1);
  slots.ask(3, 'a', 2);
  slots.closed(1);
  assert.equal(slots.ask(4, 'a', 3).kind, 'busy', 'a newcomer');
  assert.equal(slots.ask(3, 'a', 4).kind, 'busy', 'the second');
  assert.equal(slots.ask(2, 'a', 5).kind, 'granted', 'the first');
  slots.closed(2);
  assert.equal(slots.ask(4, 'a', 6).kind, 'busy', 'the third');
  assert.equal(slots.ask(3, 'a', 7).kind, 'granted', 'the second');
});

test('what is named grows with the number of those before', () => {
  const slots = new Slots(2, FRAGMENT);
  slots.ask(1, 'a', 0);
  slots.ask(2, 'a', 500);
  const named = [3, 4, 5, 6].map((connection) => {
    const reply = slots.ask(connection, 'a', 1_000);
    return reply.kind === 'busy' ? reply.retryAfterMs : 0;
  });
  assert.deepEqual(named, [SLOT_TURN_MS, SLOT_TURN_MS, 2 * SLOT_TURN_MS, 2 * SLOT_TURN_MS]);
});

test('a slow transfer is estimated by its rate', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  slots.sent(1, FRAGMENT / 10);
  const reply = slots.ask(2, 'b', 1_000);
  assert.equal(reply.kind === 'busy' && reply.retryAfterMs, 9_000);
});

test('nothing is kept free for one who does not come back in time', () => {
  const slots = new Slots(1, FRAGMENT);
  slots.ask(1, 'a', 0);
  const reply = slots.ask(2, 'a', 0);
  assert.ok(reply.kind === 'busy');
  slots.closed(1);
  const due = reply.retryAfterMs;
  assert.equal(slots.ask(3, 'a', due).kind, 'busy');
  assert.equal(slots.ask(3, 'a', due + SLOT_RETURN_GRACE_MS + 101).kind, 'granted');
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

function fetchWhole(slots: Slots, connection: number, address: string, at: number, bytes: number): void {
  assert.equal(slots.ask(connection, address, at).kind, 'granted', `at ${at}`);
  slots.sent(connection, bytes);
  slots.ended(connection, at + 1);
}
