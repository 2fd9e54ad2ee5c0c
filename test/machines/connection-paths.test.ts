/** Every state the machine of a connection can be brought to, by the shortest way: what must hold in each. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type ActorRef,
  createActor,
  fromCallback,
  getNextSnapshot,
  type Snapshot,
  type SnapshotFrom,
} from 'xstate';
import {getShortestPaths} from 'xstate/graph';
import {FETCHES_OUT_MAX} from '../../src/limits.js';
import {connectionMachine} from '../../src/machines/connection.js';
import type {ConnectionEvent, DatedManifest} from '../../src/machines/events.js';
import type {ConnectionCommand, LinkEvent} from '../../src/machines/link-events.js';

type ConnectionSnapshot = SnapshotFrom<typeof connectionMachine>;
type Event = LinkEvent | ConnectionCommand;

const MANIFEST: DatedManifest = {
  size: 80,
  geometry: {blockBytes: 10, fragmentBytes: 40},
  sha256: '0',
  root: 'r',
  modifiedMs: 0,
};
const RUN = {fragment: 1, first: 0, end: 1};
const REFUSAL = {code: 'io-error', message: '', progressPermille: null} as const;
const QUESTIONS_MAX = 2;

/** Each event once; deadlines by the name that xstate gives them. */
const EVENTS: readonly Event[] = [
  {type: 'link.opened', atMs: 0},
  {type: 'link.welcomed', atMs: 0, instanceId: 'i'},
  {type: 'link.manifested', atMs: 0, manifest: MANIFEST, fragmentsHere: 2},
  {type: 'link.manifested', atMs: 0, manifest: MANIFEST, fragmentsHere: 1},
  {type: 'link.surveyed', atMs: 0, first: 1, bitmap: Uint8Array.of(1)},
  {type: 'link.fragmentDigests', atMs: 0, first: 1, digests: new Uint8Array(64)},
  {type: 'link.blockDigests', atMs: 0, fragment: 1, digests: new Uint8Array(128)},
  {type: 'link.digestsRefused', atMs: 0, fragment: 1, refusal: REFUSAL},
  {type: 'link.ended', atMs: 0, ticket: 1, end: {kind: 'ok'}},
  {type: 'link.ended', atMs: 0, ticket: 1, end: {kind: 'busy', retryAfterMs: 100}},
  {type: 'link.ponged', atMs: 0},
  {type: 'link.goodbye', atMs: 0},
  {type: 'link.refused', atMs: 0, refusal: REFUSAL},
  {type: 'link.violated', atMs: 0, detail: 'nonsense'},
  {type: 'link.lost', atMs: 0, cause: 'failed', reason: 'connection reset'},
  {type: 'fetch.assigned', ticket: 1, run: RUN},
  {type: 'fetch.cancelled', ticket: 1},
  {type: 'fragmentDigests.asked', root: 'r', first: 1, count: 2},
  {type: 'blockDigests.asked', root: 'r', fragment: 1, blocks: 4},
  {type: 'connection.rested'},
  {type: 'connection.stalled'},
  {type: 'connection.redialled'},
  {type: 'connection.dismissed', complaint: null},
  {type: 'connection.dismissed', complaint: {root: 'r', fragment: 1, block: 0}},
  ...[
    'connectTimeout.connection.online.connecting.dialling',
    'welcomeTimeout.connection.online.connecting.greeting',
    'answerTimeout.connection.online.connecting.inquiring',
    'answerTimeout.connection.online.connecting.surveying',
    'answerTimeout.connection.online.idle.asked',
    'answerTimeout.connection.online.idle.pinged',
    'pingInterval.connection.online.idle.quiet',
    'pingInterval.connection.online.busy',
  ].map((name) => ({type: `xstate.after.${name}`}) as unknown as Event),
];

const paths = getShortestPaths(connectionMachine, {
  input: {connection: 7, server: 0, file: 'x.bin', parent: silentParent()},
  limit: 20_000,
  events: [...EVENTS],
  filterEvents: (state: ConnectionSnapshot, event: Event) => state.can(event) && isAllowed(state, event),
  // What was learnt of the file is not part of where a connection is.
  serializeState: ({value, context: {fetches, questions, surveyed}}: ConnectionSnapshot) =>
    JSON.stringify([value, fetches, questions, surveyed]),
});

const ALL_STATES = [
  'online.connecting.dialling',
  'online.connecting.greeting',
  'online.connecting.inquiring',
  'online.connecting.surveying',
  'online.idle.quiet',
  'online.idle.asked',
  'online.idle.pinged',
  'online.transferring',
  'online.busy',
  'online.leaving',
  'lost',
  'done',
];

test('every state can be reached', () => {
  const reached = new Set(paths.map(({state}) => pathOf(state.value)));
  assert.deepEqual([...reached].sort(), [...ALL_STATES].sort());
});

for (const name of ALL_STATES) {
  const here = paths.filter(({state}) => pathOf(state.value) === name);

  test(`${name}: it is over in the end, and only then`, () => {
    for (const {state} of here) assert.equal(state.status, name === 'done' ? 'done' : 'active');
  });

  test(`${name}: what is out fits the state`, () => {
    for (const {state, steps} of here) {
      const {fetches, questions} = state.context;
      const via = steps.map(({event}) => event.type).join(' > ');
      if (name.startsWith('online.idle') || name.startsWith('online.connecting'))
        assert.equal(fetches, 0, via);
      if (name === 'online.transferring') assert.ok(fetches > 0, via);
      if (name === 'online.idle.asked') assert.ok(questions > 0, via);
      if (name === 'online.idle.quiet' || name === 'online.idle.pinged') assert.equal(questions, 0, via);
      if (name === 'lost') assert.deepEqual([fetches, questions, state.context.manifest], [0, 0, null], via);
    }
  });

  if (name === 'done') continue;

  test(`${name}: a dismissal ends it, and while it has a link, the loss of that is noticed`, () => {
    for (const {state} of here) {
      const dismissed = next(state, {type: 'connection.dismissed', complaint: null});
      assert.equal(pathOf(dismissed.value), 'done');
      if (name === 'lost') continue;
      for (const event of LOSSES) assert.equal(pathOf(next(state, event).value), 'lost', event.type);
    }
  });
}

test('wherever an answer is due, there is a deadline', () => {
  const waiting = ALL_STATES.filter((name) => /connecting|asked|pinged/.test(name));
  for (const name of waiting) {
    const node = name
      .split('.')
      .reduce<{states: Record<string, unknown>; after: readonly unknown[]}>(
        (inner, key) => inner.states[key] as never,
        connectionMachine.root as never,
      );
    assert.equal(node.after.length, 1, name);
  }
});

const LOSSES: readonly Event[] = [
  {type: 'link.lost', atMs: 0, cause: 'failed', reason: 'connection reset'},
  {type: 'link.violated', atMs: 0, detail: 'nonsense'},
  {type: 'link.refused', atMs: 0, refusal: REFUSAL},
  {type: 'connection.stalled'},
];

/** The plan assigns no more than two fetches, to nobody but a ready connection; a link ends only what is out. */
function isAllowed({value, context: {fetches, questions}}: ConnectionSnapshot, {type}: Event): boolean {
  const isReady = /idle|transferring/.test(pathOf(value));
  if (type === 'fetch.assigned') return isReady && fetches < FETCHES_OUT_MAX;
  if (type === 'fragmentDigests.asked' || type === 'blockDigests.asked')
    return isReady && questions < QUESTIONS_MAX;
  if (type === 'link.ended') return fetches > 0;
  if (type === 'link.fragmentDigests' || type === 'link.blockDigests' || type === 'link.digestsRefused')
    return questions > 0;
  return true;
}

function next(state: ConnectionSnapshot, event: Event): ConnectionSnapshot {
  return getNextSnapshot(connectionMachine, state, event);
}

function silentParent(): ActorRef<Snapshot<unknown>, ConnectionEvent> {
  return createActor(fromCallback<ConnectionEvent>(() => {}));
}

function pathOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, inner] = ['', '']] = Object.entries(value);
  return `${name}.${pathOf(inner)}`;
}
