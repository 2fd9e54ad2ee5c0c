import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Dial, OpenSocket, SocketListener} from '../../../src/actors/client/dial.js';
import {LinkPool} from '../../../src/actors/client/link-pool.js';
import {ACTIVE_MAX, LINK_REST_MS, SESSION_IDLE_TIMEOUT_MS} from '../../../src/limits.js';
import {VirtualClock} from '../../support/virtual-clock.js';

const A = {host: '192.0.2.1', port: 9000};
const B = {host: '192.0.2.2', port: 9000};
const GREETED = {instanceId: '0f'.repeat(16), features: ['bundle'], lastId: 7};

/** A socket as the pool's dial makes it: what it is told is noted, what it tells is called by the test. */
class NotedSocket implements OpenSocket {
  readonly listener: SocketListener;
  isDestroyed = false;

  constructor(listener: SocketListener) {
    this.listener = listener;
  }

  write(): void {}
  pause(): void {}
  resume(): void {}
  end(): void {}

  destroy(): void {
    this.isDestroyed = true;
  }

  /** The kernel has put bytes into the memory asked for last. */
  deliver(memory: Uint8Array, bytes: readonly number[]): void {
    memory.set(bytes);
    this.listener.received(bytes.length);
  }
}

function poolOf() {
  const sockets: NotedSocket[] = [];
  const dial: Dial = (_, listener) => {
    const socket = new NotedSocket(listener);
    sockets.push(socket);
    return socket;
  };
  const clock = new VirtualClock();
  const pool = new LinkPool(dial, clock);
  /** Dials and leaves a link; returns what is below it. */
  const leave = (address: typeof A): NotedSocket => {
    pool.give(address, {socket: pool.dial(address, deaf()), greeted: GREETED});
    const socket = sockets.at(-1);
    assert.ok(socket !== undefined);
    return socket;
  };
  return {pool, clock, sockets, leave};
}

function deaf(): SocketListener {
  return {memory: () => new Uint8Array(8), received: () => {}, opened: () => {}, closed: () => {}};
}

test('a link at rest is handed to the next one that wants its server, once, and to nobody else', () => {
  const {pool, leave} = poolOf();
  leave(A);
  assert.equal(pool.take(B), null);
  assert.deepEqual(pool.take(A)?.greeted, GREETED);
  assert.equal(pool.take(A), null);
});

test('a link that its server has closed at rest, or said something on, is not handed out', () => {
  const {pool, leave} = poolOf();
  leave(A).listener.closed('the connection was closed');
  assert.equal(pool.take(A), null);
  const talking = leave(A);
  talking.deliver(talking.listener.memory(), [1]);
  assert.equal(pool.take(A), null);
  assert.ok(talking.isDestroyed);
});

test('a link rests for a while only, less than a server bears; one that was taken in time stays open', () => {
  assert.ok(2 * LINK_REST_MS <= SESSION_IDLE_TIMEOUT_MS);
  const {pool, clock, leave} = poolOf();
  const first = leave(A);
  clock.advance(LINK_REST_MS - 1);
  const second = leave(A);
  clock.advance(1);
  assert.deepEqual([first.isDestroyed, second.isDestroyed], [true, false]);
  assert.ok(pool.take(A) !== null);
  clock.advance(2 * LINK_REST_MS);
  assert.equal(second.isDestroyed, false);
  assert.equal(pool.take(A), null);
  assert.equal(clock.pending, 0);
});

test('so many links rest, no more; when the pool is closed none does', () => {
  const {pool, clock, sockets, leave} = poolOf();
  for (let count = 0; count < ACTIVE_MAX; count++) leave(A);
  assert.ok(leave(B).isDestroyed);
  assert.ok(pool.take(A) !== null);
  assert.equal(leave(B).isDestroyed, false, 'room was made');
  pool.close();
  assert.equal(sockets.filter(({isDestroyed}) => !isDestroyed).length, 1, 'the one that is in use');
  assert.ok(leave(A).isDestroyed);
  assert.equal(clock.pending, 0);
});

test('bytes that lay in the memory of the listener before reach the one that has taken over', () => {
  const {pool, leave} = poolOf();
  const below = leave(A);
  const resting = pool.take(A);
  assert.ok(resting !== null);
  const heard: number[] = [];
  const memory = new Uint8Array(3);
  // Asked for while the link was at rest; what comes next lands there.
  const before = below.listener.memory();
  resting.socket.attach({
    ...deaf(),
    memory: () => memory,
    received: (count) => heard.push(...memory.subarray(0, count)),
  });
  below.deliver(before, [1, 2, 3, 4, 5]);
  assert.deepEqual(heard, [1, 2, 3, 4, 5]);
  below.deliver(below.listener.memory(), [6, 7]);
  assert.deepEqual(heard, [1, 2, 3, 4, 5, 6, 7]);
});
