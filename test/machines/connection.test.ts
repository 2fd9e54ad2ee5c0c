import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type ActorRef, createActor, fromCallback, type Snapshot} from 'xstate';
import {
  ANSWER_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  PAGE_ITEMS_MAX,
  PING_INTERVAL_MS,
  WELCOME_TIMEOUT_MS,
} from '../../src/limits.js';
import {connectionMachine} from '../../src/machines/connection.js';
import type {ConnectionEvent, DatedManifest} from '../../src/machines/events.js';
import type {ConnectionCommand, LinkCommand, LinkEvent, LinkInput} from '../../src/machines/link-events.js';
import type {Refusal} from '../../src/model.js';
import {VirtualClock} from '../support/virtual-clock.js';

const GEOMETRY = {blockBytes: 10, fragmentBytes: 40};
const REFUSAL: Refusal = {code: 'io-error', message: '', progressPermille: null};
const RUN = {fragment: 1, first: 0, end: 2};

test('a dial is answered by a greeting, and a manifest makes the connection ready', () => {
  const it = start();
  it.hear({type: 'link.opened'});
  assert.deepEqual(it.commands(), [{type: 'link.greet', file: 'x.bin'}]);
  it.hear({type: 'link.welcomed', instanceId: 'i'});
  assert.deepEqual(it.reports(), []);
  it.hear({type: 'link.manifested', manifest: manifestOf(3), fragmentsHere: 3});
  assert.deepEqual(it.reports(), [
    {type: 'connection.ready', connection: 7, atMs: 0, instanceId: 'i', manifest: manifestOf(3), holds: null},
  ]);
  assert.equal(it.state(), 'online.idle.quiet');
});

test('a partial copy is asked, page by page, which fragments it has', () => {
  const it = start();
  const fragments = PAGE_ITEMS_MAX + 5;
  it.hear({type: 'link.opened'}, {type: 'link.welcomed', instanceId: 'i'});
  it.commands();
  const manifest = manifestOf(fragments);
  it.hear({type: 'link.manifested', manifest, fragmentsHere: 2});
  assert.deepEqual(it.commands(), [{type: 'link.survey', root: 'r', first: 1, count: PAGE_ITEMS_MAX}]);
  it.hear({type: 'link.surveyed', first: 1, bitmap: bitmap(PAGE_ITEMS_MAX / 8, 0)});
  assert.deepEqual(it.commands(), [{type: 'link.survey', root: 'r', first: PAGE_ITEMS_MAX + 1, count: 5}]);
  assert.deepEqual(it.reports(), []);
  it.hear({type: 'link.surveyed', first: PAGE_ITEMS_MAX + 1, bitmap: bitmap(1, 4)});
  const [ready] = it.reports();
  assert.ok(ready?.type === 'connection.ready');
  const expected = new Uint8Array(Math.ceil(fragments / 8));
  expected[0] = 1;
  expected[PAGE_ITEMS_MAX / 8] = 1 << 4;
  assert.deepEqual(ready.holds, expected);
});

const DEADLINES: readonly {
  readonly what: string;
  readonly before: (it: Started) => void;
  readonly afterMs: number;
  readonly reason: RegExp;
}[] = [
  {what: 'a dial', before: () => {}, afterMs: CONNECT_TIMEOUT_MS, reason: /no connection/},
  {
    what: 'a greeting',
    before: (it) => it.hear({type: 'link.opened'}),
    afterMs: WELCOME_TIMEOUT_MS,
    reason: /no welcome/,
  },
  {
    what: 'the question for the manifest',
    before: (it) => it.hear({type: 'link.opened'}, {type: 'link.welcomed', instanceId: 'i'}),
    afterMs: ANSWER_TIMEOUT_MS,
    reason: /no manifest/,
  },
  {
    what: 'the question which fragments it has',
    before: (it) =>
      it.hear(
        {type: 'link.opened'},
        {type: 'link.welcomed', instanceId: 'i'},
        {type: 'link.manifested', manifest: manifestOf(3), fragmentsHere: 2},
      ),
    afterMs: ANSWER_TIMEOUT_MS,
    reason: /no answer/,
  },
  {
    what: 'a question for digests',
    before: (it) => {
      it.becomeReady();
      it.tell({type: 'blockDigests.asked', root: 'r', fragment: 1, blocks: 4});
    },
    afterMs: ANSWER_TIMEOUT_MS,
    reason: /no answer/,
  },
  {
    what: 'a question for digests that was asked between a ping and its answer',
    before: (it) => {
      it.becomeReady();
      it.clock.advance(PING_INTERVAL_MS);
      it.tell({type: 'blockDigests.asked', root: 'r', fragment: 1, blocks: 4});
      it.hear({type: 'link.ponged'});
    },
    afterMs: ANSWER_TIMEOUT_MS,
    reason: /no answer/,
  },
  {
    what: 'a question for digests after the fetch beside it has ended',
    before: (it) => {
      it.becomeReady();
      it.tell({type: 'blockDigests.asked', root: 'r', fragment: 2, blocks: 4});
      it.tell({type: 'fetch.assigned', ticket: 1, run: RUN});
      it.clock.advance(ANSWER_TIMEOUT_MS);
      it.hear({type: 'link.ended', ticket: 1, end: {kind: 'ok'}});
    },
    afterMs: ANSWER_TIMEOUT_MS,
    reason: /no answer/,
  },
  {
    what: 'a question for digests that was open when the server became busy',
    before: (it) => {
      it.becomeReady();
      it.tell({type: 'blockDigests.asked', root: 'r', fragment: 2, blocks: 4});
      it.tell({type: 'fetch.assigned', ticket: 1, run: RUN});
      it.hear({type: 'link.ended', ticket: 1, end: {kind: 'busy', retryAfterMs: 100}});
      it.tell({type: 'connection.rested'});
    },
    afterMs: ANSWER_TIMEOUT_MS,
    reason: /no answer/,
  },
  {
    what: 'a ping',
    before: (it) => {
      it.becomeReady();
      it.clock.advance(PING_INTERVAL_MS);
    },
    afterMs: ANSWER_TIMEOUT_MS,
    reason: /no sign of life/,
  },
];

for (const {what, before, afterMs, reason} of DEADLINES) {
  test(`${what} is waited for just so long, then the link is abandoned`, () => {
    const it = start();
    before(it);
    it.commands();
    it.clock.advance(afterMs - 1);
    assert.deepEqual(it.commands(), []);
    it.clock.advance(1);
    const [abandon, ...more] = it.commands();
    assert.ok(abandon?.type === 'link.abandon', JSON.stringify(abandon));
    assert.match(abandon.reason, reason);
    assert.deepEqual(more, []);
  });
}

test('an idle connection pings now and then, and a pong is enough', () => {
  const it = start();
  it.becomeReady();
  for (let round = 0; round < 5; round++) {
    it.clock.advance(PING_INTERVAL_MS - 1);
    assert.deepEqual(it.commands(), []);
    it.clock.advance(1);
    assert.deepEqual(it.commands(), [{type: 'link.ping'}]);
    it.hear({type: 'link.ponged'});
  }
});

test('answered and refused questions leave nothing to wait for', () => {
  const it = start();
  it.becomeReady();
  it.tell({type: 'blockDigests.asked', root: 'r', fragment: 1, blocks: 4});
  it.tell({type: 'fragmentDigests.asked', root: 'r', first: 1, count: 2});
  it.hear({type: 'link.blockDigests', fragment: 1, digests: new Uint8Array(128)});
  assert.equal(it.state(), 'online.idle.asked');
  it.hear({type: 'link.digestsRefused', fragment: null, refusal: REFUSAL});
  assert.equal(it.state(), 'online.idle.quiet');
  it.commands();
  it.clock.advance(ANSWER_TIMEOUT_MS);
  assert.deepEqual(
    it.commands().filter(({type}) => type === 'link.abandon'),
    [],
  );
});

test('while blocks are due silence is the business of the plan, for as long as it likes', () => {
  const it = start();
  it.becomeReady();
  it.tell({type: 'fetch.assigned', ticket: 1, run: RUN});
  it.commands();
  it.clock.advance(10 * 60_000);
  assert.deepEqual(it.commands(), []);
  assert.equal(it.state(), 'online.transferring');
});

test('a connection transfers until the last of its fetches has ended', () => {
  const it = start();
  it.becomeReady();
  it.tell({type: 'fetch.assigned', ticket: 1, run: RUN}, {type: 'fetch.assigned', ticket: 2, run: RUN});
  assert.deepEqual(
    it.commands().map(({type}) => type),
    ['link.fetch', 'link.fetch'],
  );
  it.hear({type: 'link.ended', ticket: 1, end: {kind: 'ok'}});
  assert.equal(it.state(), 'online.transferring');
  it.hear({type: 'link.ended', ticket: 2, end: {kind: 'ok'}});
  assert.equal(it.state(), 'online.idle.quiet');
  assert.deepEqual(
    it.reports().map(({type}) => type),
    ['fetch.ended', 'fetch.ended'],
  );
});

test('a busy server is left alone until its time is over, but for pings', () => {
  const it = start();
  it.becomeReady();
  it.tell({type: 'fetch.assigned', ticket: 1, run: RUN}, {type: 'fetch.assigned', ticket: 2, run: RUN});
  it.hear({type: 'link.ended', ticket: 1, end: {kind: 'busy', retryAfterMs: 60_000}});
  it.hear({type: 'link.ended', ticket: 2, end: {kind: 'busy', retryAfterMs: 60_000}});
  assert.equal(it.state(), 'online.busy');
  it.commands();
  it.clock.advance(2 * PING_INTERVAL_MS);
  assert.deepEqual(
    it.commands().map(({type}) => type),
    ['link.ping', 'link.ping'],
  );
  it.tell({type: 'connection.rested'});
  assert.equal(it.state(), 'online.idle.quiet');
});

test('after a goodbye what was asked is finished, then the link is abandoned', () => {
  const it = start();
  it.becomeReady();
  it.tell({type: 'fetch.assigned', ticket: 1, run: RUN}, {type: 'fetch.assigned', ticket: 2, run: RUN});
  it.commands();
  it.hear({type: 'link.goodbye'});
  assert.deepEqual(
    it.reports().map(({type}) => type),
    ['connection.leaving'],
  );
  it.hear({type: 'link.ended', ticket: 1, end: {kind: 'ok'}});
  assert.deepEqual(it.commands(), []);
  it.hear({type: 'link.ended', ticket: 2, end: {kind: 'ok'}});
  assert.deepEqual(
    it.commands().map(({type}) => type),
    ['link.abandon'],
  );
});

test('a goodbye to a connection that asked for nothing ends it at once', () => {
  const it = start();
  it.becomeReady();
  it.hear({type: 'link.goodbye'});
  assert.deepEqual(
    it.commands().map(({type}) => type),
    ['link.abandon'],
  );
});

test('a lost connection is reported, forgets everything, and can be dialled again', () => {
  const it = start();
  it.becomeReady();
  it.tell({type: 'fetch.assigned', ticket: 1, run: RUN});
  it.hear({type: 'link.lost', cause: 'failed', reason: 'connection reset'});
  assert.equal(it.state(), 'lost');
  assert.equal(it.links(), 0, 'its link is stopped');
  assert.deepEqual(
    it.reports().map(({type}) => type),
    ['connection.lost'],
  );
  it.tell({type: 'connection.redialled'});
  assert.equal(it.state(), 'online.connecting.dialling');
  assert.equal(it.links(), 1);
  it.becomeReady();
  it.tell({type: 'fetch.assigned', ticket: 2, run: RUN});
  it.hear({type: 'link.ended', ticket: 2, end: {kind: 'ok'}});
  assert.equal(it.state(), 'online.idle.quiet', 'the fetch of before is not counted any more');
});

test('a stalled connection is lost without a word: the plan knows', () => {
  const it = start();
  it.becomeReady();
  it.tell({type: 'fetch.assigned', ticket: 1, run: RUN}, {type: 'connection.stalled'});
  assert.equal(it.state(), 'lost');
  assert.deepEqual(it.reports(), []);
});

test('a dismissed connection ends; a complaint goes out before', () => {
  const it = start();
  it.becomeReady();
  it.commands();
  it.tell({type: 'connection.dismissed', complaint: {root: 'r', fragment: 2, block: 3}});
  assert.deepEqual(it.commands(), [{type: 'link.complain', root: 'r', fragment: 2, block: 3}]);
  assert.equal(it.state(), 'done');
  const plain = start();
  plain.tell({type: 'connection.dismissed', complaint: null});
  assert.equal(plain.state(), 'done');
  assert.deepEqual(plain.commands(), []);
});

test('a refusal or a violation ends the link and waits for the plan to dismiss the connection', () => {
  for (const event of [
    {type: 'link.refused', refusal: REFUSAL},
    {type: 'link.violated', detail: 'nonsense'},
  ] as const) {
    const it = start();
    it.hear({type: 'link.opened'}, event);
    assert.equal(it.state(), 'lost');
    assert.equal(it.links(), 0);
    assert.equal(it.reports().length, 1);
    it.tell({type: 'connection.dismissed', complaint: null});
    assert.equal(it.state(), 'done');
  }
});

type Untimed = LinkEvent extends infer Event
  ? Event extends LinkEvent
    ? Omit<Event, 'atMs'>
    : never
  : never;
type Started = ReturnType<typeof start>;

/** A connection with a link that only notes what it is told. */
function start() {
  const clock = new VirtualClock();
  const told: LinkCommand[] = [];
  const reported: ConnectionEvent[] = [];
  let links = 0;
  let say: (event: LinkEvent) => void = () => {};
  const link = fromCallback<LinkCommand, LinkInput>(({sendBack, receive}) => {
    links++;
    say = sendBack;
    receive((command) => void told.push(command));
    return () => {
      links--;
    };
  });
  const parent = {send: (event: ConnectionEvent) => void reported.push(event)};
  const actor = createActor(connectionMachine.provide({actors: {link}}), {
    clock,
    input: {
      connection: 7,
      server: 0,
      file: 'x.bin',
      parent: parentOf(parent),
    },
  }).start();
  const hear = (...events: readonly Untimed[]) => {
    for (const event of events) say({...event, atMs: clock.now()} as LinkEvent);
  };
  return {
    clock,
    hear,
    tell: (...events: readonly ConnectionCommand[]) => {
      for (const event of events) actor.send(event);
    },
    becomeReady: () => {
      hear(
        {type: 'link.opened'},
        {type: 'link.welcomed', instanceId: 'i'},
        {type: 'link.manifested', manifest: manifestOf(3), fragmentsHere: 3},
      );
      told.length = 0;
      reported.length = 0;
    },
    /** Commands to the link since the last question. */
    commands: () => told.splice(0),
    reports: () => reported.splice(0),
    links: () => links,
    state: () => pathOf(actor.getSnapshot().value),
  };
}

/** A parent that only notes what it is told. */
function parentOf({
  send,
}: {
  send: (event: ConnectionEvent) => void;
}): ActorRef<Snapshot<unknown>, ConnectionEvent> {
  const logic = fromCallback<ConnectionEvent>(({receive}) => receive(send));
  return createActor(logic).start();
}

function pathOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, inner] = ['', '']] = Object.entries(value);
  return `${name}.${pathOf(inner)}`;
}

function manifestOf(fragments: number): DatedManifest {
  return {
    size: fragments * GEOMETRY.fragmentBytes,
    geometry: GEOMETRY,
    sha256: '0',
    root: 'r',
    modifiedMs: 0,
  };
}

function bitmap(bytes: number, bit: number): Uint8Array {
  const bits = new Uint8Array(bytes);
  bits[0] = 1 << bit;
  return bits;
}
