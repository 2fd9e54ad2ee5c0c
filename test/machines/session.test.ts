import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createActor} from 'xstate';
import {getShortestPaths} from 'xstate/graph';
import {
  FETCHES_OUT_MAX,
  GOODBYE_TIMEOUT_MS,
  HELLO_TIMEOUT_MS,
  SESSION_IDLE_TIMEOUT_MS,
} from '../../src/limits.js';
import {type SessionEvent, sessionMachine} from '../../src/machines/session.js';
import {VirtualClock} from '../support/virtual-clock.js';

const HELLO: SessionEvent = {type: 'hello.received', id: 0, common: true};

test('a client that says nothing is closed, and not before its time', () => {
  const {session, clock, reason} = start();
  clock.advance(HELLO_TIMEOUT_MS - 1);
  assert.equal(session.getSnapshot().value, 'greeting');
  clock.advance(1);
  assert.equal(session.getSnapshot().value, 'closed');
  assert.equal(reason(), 'no hello in time');
});

test('anything before the hello is refused', () => {
  for (const type of ['request.received', 'fetch.received', 'cancel.received', 'report.received'] as const) {
    const {session, did} = start();
    session.send({type, id: 1});
    assert.equal(session.getSnapshot().value, 'leaving');
    assert.deepEqual(did, ['session.refuse bad-request', 'link.halfClose']);
  }
});

test('without a common version there is a refusal and no welcome', () => {
  const {session, did} = start();
  session.send({type: 'hello.received', id: 0, common: false});
  assert.deepEqual(did, ['session.refuse unsupported-version', 'link.halfClose']);
});

test('an idle client is closed after a while; every request begins that anew', () => {
  const {session, clock} = greeted();
  clock.advance(SESSION_IDLE_TIMEOUT_MS - 1);
  session.send({type: 'request.received', id: 1});
  clock.advance(SESSION_IDLE_TIMEOUT_MS - 1);
  assert.equal(session.getSnapshot().value, 'idle');
  clock.advance(1);
  assert.equal(session.getSnapshot().value, 'leaving');
  clock.advance(GOODBYE_TIMEOUT_MS);
  assert.equal(session.getSnapshot().value, 'closed');
});

test('a client that fetches is never idle', () => {
  const {session, clock} = greeted();
  session.send({type: 'fetch.received', id: 1});
  clock.advance(10 * SESSION_IDLE_TIMEOUT_MS);
  assert.equal(session.getSnapshot().value, 'serving');
  session.send({type: 'fetch.ended', id: 1});
  assert.equal(session.getSnapshot().value, 'idle');
});

test('ids that do not rise are refused, for questions and fetches alike', () => {
  for (const type of ['request.received', 'fetch.received'] as const) {
    for (const id of [0, 4, 5]) {
      const {session, did} = greeted();
      session.send({type: 'request.received', id: 5});
      did.length = 0;
      session.send({type, id});
      assert.deepEqual(did, ['session.refuse bad-request', 'link.halfClose'], `${type} ${id}`);
    }
  }
});

test('one fetch more than may be out is refused', () => {
  const {session, did} = greeted();
  for (let id = 1; id <= FETCHES_OUT_MAX; id++) session.send({type: 'fetch.received', id});
  assert.equal(session.getSnapshot().value, 'serving');
  session.send({type: 'fetch.received', id: FETCHES_OUT_MAX + 1});
  assert.deepEqual(did.slice(-2), ['session.refuse too-many-requests', 'link.halfClose']);
});

test('draining names the last id, finishes what is out, refuses what comes later, and then half-closes', () => {
  const {session, did, clock} = greeted();
  session.send({type: 'fetch.received', id: 1});
  session.send({type: 'fetch.received', id: 2});
  session.send({type: 'session.drain'});
  session.send({type: 'fetch.received', id: 3});
  session.send({type: 'request.received', id: 4});
  session.send({type: 'fetch.ended', id: 1});
  assert.equal(session.getSnapshot().value, 'draining');
  session.send({type: 'fetch.ended', id: 2});
  assert.equal(session.getSnapshot().value, 'leaving');
  assert.deepEqual(did.slice(3), [
    'goodbye.send 2',
    'fetch.refuse 3 draining',
    'request.answer',
    'link.halfClose',
  ]);
  clock.advance(GOODBYE_TIMEOUT_MS - 1);
  assert.equal(session.getSnapshot().value, 'leaving');
  session.send({type: 'peer.ended'});
  assert.equal(session.getSnapshot().value, 'closed');
});

test('draining an idle client says goodbye at once', () => {
  const {session, did} = greeted();
  session.send({type: 'session.drain'});
  assert.deepEqual(did.slice(1), ['goodbye.send 0', 'link.halfClose']);
});

test('the first reason is the one that is told', () => {
  const {session, reason} = greeted();
  session.send({type: 'peer.violated', code: 'bad-request', detail: 'nonsense'});
  session.send({type: 'link.lost', reason: 'ECONNRESET'});
  assert.equal(reason(), 'nonsense');
});

test('every state that can be reached can be left by a cut, and closes the socket', () => {
  const events: SessionEvent[] = [
    HELLO,
    {type: 'hello.received', id: 0, common: false},
    {type: 'request.received', id: 1},
    {type: 'fetch.received', id: 2},
    {type: 'fetch.received', id: 3},
    {type: 'fetch.ended', id: 2},
    {type: 'fetch.ended', id: 3},
    {type: 'cancel.received', id: 2},
    {type: 'peer.violated', code: 'bad-request', detail: 'x'},
    {type: 'peer.ended'},
    {type: 'link.lost', reason: 'x'},
    {type: 'session.drain'},
    {type: 'session.cut'},
  ];
  const paths = getShortestPaths(sessionMachine, {
    events,
    filterEvents: (state, event) => state.can(event),
    limit: 2_000,
  });
  const reached = new Set(paths.map(({state}) => String(state.value)));
  assert.deepEqual([...reached].sort(), ['closed', 'draining', 'greeting', 'idle', 'leaving', 'serving']);
  for (const {state} of paths) {
    assert.ok(state.context.fetches.length <= FETCHES_OUT_MAX);
    assert.ok(state.value === 'closed' || state.can({type: 'session.cut'}), String(state.value));
  }
});

function start() {
  const clock = new VirtualClock();
  const did: string[] = [];
  const session = createActor(sessionMachine, {clock});
  session.on('*', ({type, ...what}) => {
    // Texts are for people; what counts are ids and codes.
    const words = Object.values(what).filter((value) => typeof value === 'number' || /^[a-z-]+$/.test(value));
    if (type !== 'link.close') did.push([type, ...words].join(' '));
  });
  session.start();
  return {session, clock, did, reason: () => session.getSnapshot().context.reason};
}

function greeted() {
  const started = start();
  started.session.send(HELLO);
  return started;
}
