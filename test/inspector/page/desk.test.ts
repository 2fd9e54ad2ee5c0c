import assert from 'node:assert/strict';
import {test} from 'node:test';

import type {Moment} from '../../../src/inspector/page/model/moment.js';
import type {Events, Feed, Position} from '../../../src/inspector/page/model/queries.js';
import {Desk} from '../../../src/inspector/page/worker/desk.js';
import type {NamedAsk, ToPage} from '../../../src/inspector/page/worker/messages.js';
import {lineOf} from '../../../src/trace/line.js';
import {generatedTrace} from '../../support/generated-trace.js';

const ROWS = [...generatedTrace({seed: 3, servers: 6, fragments: 20, blocksPerFragment: 100})];
const LIVE: Position = {kind: 'live'};

/** A desk in time of our own, and what it said. */
class Office {
  readonly said: ToPage[] = [];
  readonly desk: Desk;
  nowMs = 0;
  readonly #timers: {readonly atMs: number; readonly callback: () => void}[] = [];

  constructor() {
    this.desk = new Desk({
      post: (message) => this.said.push(message),
      later: (ms, callback) => void this.#timers.push({atMs: this.nowMs + ms, callback}),
      now: () => this.nowMs,
    });
    this.desk.about({mode: 'live', command: 'download', name: 'x.zip', bytes: null});
  }

  push(from: number, end = ROWS.length): void {
    this.desk.push(new TextEncoder().encode(ROWS.slice(from, end).map(lineOf).join('')));
  }

  watch(at: Position): void {
    this.desk.take({type: 'watch', watch: {at, item: null, map: false}});
  }

  ask(key: string, id: number, ask: NamedAsk): void {
    this.desk.take({type: 'ask', key, id, ask});
  }

  /** Lets time go by, and everything happen that is due. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      this.#timers.sort((a, b) => a.atMs - b.atMs);
      const next = this.#timers[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.callback();
    }
    this.nowMs = untilMs;
  }

  get news(): {readonly feed: Feed; readonly moment: Moment | null}[] {
    return this.said.filter((it) => it.type === 'news');
  }

  /** The last list that was told under a name. */
  list(key: string): Events {
    const answer = this.answers(key).at(-1)?.answer;
    assert.ok(answer !== undefined);
    return answer as Events;
  }

  answers(key: string): {readonly id: number; readonly answer: unknown}[] {
    return this.said.filter((it) => it.type === 'answer').filter((it) => it.key === key);
  }
}

const events = (text: string): NamedAsk => ({
  name: 'events',
  query: {filter: {text}, offset: 0, count: 10, at: LIVE},
});

test('what comes in is told at most eight times a second, and the last of it always', () => {
  const office = new Office();
  office.watch(LIVE);
  office.pass(1_000);
  const before = office.news.length;
  for (let row = 0; row < ROWS.length; row += 10) {
    office.push(row, row + 10);
    office.pass(1);
  }
  const toldMs = Math.ceil(ROWS.length / 10);
  office.pass(1_000);
  assert.ok(
    office.news.length - before <= toldMs / 125 + 2,
    `${office.news.length - before} in ${toldMs} ms`,
  );
  assert.equal(office.news.at(-1)?.feed.rows, ROWS.length);
  assert.equal(office.news.at(-1)?.moment?.rows, ROWS.length);
});

test('of many moves of the scrubber the last one is answered', () => {
  const office = new Office();
  office.push(0);
  office.watch(LIVE);
  office.pass(1_000);
  office.said.length = 0;
  const endMs = ROWS.at(-1)?.t ?? 0;
  for (let step = 0; step <= 100; step++) office.watch({kind: 'at', t: (endMs * step) / 200});
  office.pass(1_000);
  assert.deepEqual(
    office.news.map(({moment}) => moment?.t),
    [endMs / 2],
  );
});

test('nothing is told while nobody looks, and what was missed at once when somebody does', () => {
  const office = new Office();
  office.watch(LIVE);
  office.desk.take({type: 'visible', isVisible: false});
  office.push(0, 100);
  office.pass(10_000);
  assert.equal(office.news.length, 0);
  office.desk.take({type: 'visible', isVisible: true});
  office.pass(100);
  assert.deepEqual(
    office.news.map(({feed}) => feed.rows),
    [100],
  );
});

test('of questions under one name only the newest is answered, others are not held up by it', () => {
  const office = new Office();
  office.push(0);
  office.ask('list', 1, events('banned'));
  office.ask('list', 2, events('busy'));
  office.ask('other', 3, {name: 'marks', query: {item: null}});
  office.pass(1_000);
  assert.deepEqual([...new Set(office.answers('list').map(({id}) => id))], [2]);
  assert.equal(office.answers('other').length, 1);
  const found = office.list('list');
  assert.equal(found.scanned, ROWS.length);
  const expected = ROWS.filter((row) => lineOf(row).includes('busy')).length;
  assert.equal(found.total, expected);
});

test('after a reset nothing of before is known, and answers are of what follows', () => {
  const office = new Office();
  office.watch(LIVE);
  office.push(0);
  office.ask('list', 1, events('banned'));
  office.pass(1_000);
  const [first] = office.news;
  office.desk.reset();
  office.push(0, 50);
  office.ask('list', 2, events('trace'));
  office.pass(1_000);
  const last = office.news.at(-1);
  assert.equal(last?.feed.rows, 50);
  assert.equal(last.moment?.rows, 50);
  assert.ok(last.feed.generation > (first?.feed.generation ?? 0));
  assert.equal(office.list('list').of, 50);
});

test('what is no trace is told as such, and what follows does not hide it', () => {
  const office = new Office();
  office.watch(LIVE);
  assert.equal(office.desk.push(new TextEncoder().encode('{"k":"other"}\n')), false);
  office.desk.status({kind: 'ended'});
  office.pass(1_000);
  const status = office.news.at(-1)?.feed.status;
  assert.ok(status?.kind === 'failed' && /not a trace/.test(status.reason), JSON.stringify(status));
});
