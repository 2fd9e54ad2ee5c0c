/**
 * The worker's desk: rows come in on one side, questions on the other, and whoever asks last is answered first. Never
 * works long without letting the next message in. Time and messages are handed in, so that tests can run it anywhere.
 */

import {ASKED_NEWS_MS, LOADING_NEWS_MS, NEWS_MS, PROBLEMS_TOLD} from '../limits.js';
import {History} from '../model/history.js';
import {NoTrace} from '../model/lines.js';
import type {Moment} from '../model/moment.js';
import type {Answer, Feed, FeedStatus, Lanes, QueryName} from '../model/queries.js';
import {EventLists} from './event-lists.js';
import type {NamedAsk, ToPage, ToWorker, Watch} from './messages.js';

export interface DeskPorts {
  post(message: ToPage, transfer: readonly ArrayBuffer[]): void;
  /** Calls back after so many milliseconds, and never at once. */
  later(ms: number, callback: () => void): void;
  now(): number;
}

/** What the process says of itself before any row. */
export interface About {
  readonly mode: Feed['mode'];
  readonly command: Feed['command'];
  readonly name: string;
  readonly bytes: number | null;
}

type Waiting = Extract<ToWorker, {type: 'ask'}>;

export class Desk {
  readonly #ports: DeskPorts;
  #history: History;
  #lists: EventLists;
  #about: About = {mode: 'recorded', command: 'download', name: '', bytes: null};
  #status: FeedStatus = {kind: 'connecting'};
  #problems: string[] = [];
  #wrongRows = 0;
  #bytes = 0;
  #generation = 0;
  #watch: Watch | null = null;
  #isVisible = true;
  #waiting = new Map<string, Waiting>();
  #isAnswering = false;
  /** When news was told last, and when it will be. */
  #toldMs = Number.NEGATIVE_INFINITY;
  #isTelling: 'not' | 'later' | 'soon' = 'not';

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    this.#history = this.#newHistory();
    this.#lists = new EventLists(this.#history);
  }

  /** Bytes of rows that are kept. */
  get keptBytes(): number {
    return this.#history.store.bytes;
  }

  /** The last row has come that a trace can have. */
  get isDone(): boolean {
    return this.#history.isDone;
  }

  about(about: About): void {
    this.#about = about;
    this.#tellLater();
  }

  status(status: FeedStatus): void {
    if (this.#status.kind === 'failed') return;
    this.#status = status;
    this.#tellSoon();
  }

  /** Takes bytes of the trace. False: they are none, which has been told; no more should come. */
  push(bytes: Uint8Array): boolean {
    this.#bytes += bytes.length;
    try {
      this.#history.push(bytes);
    } catch (error) {
      if (!(error instanceof NoTrace)) throw error;
      this.status({kind: 'failed', reason: error.message});
      return false;
    }
    this.#tellLater();
    return true;
  }

  /** Something that whoever looks should know. */
  problem(text: string): void {
    this.#problems.push(text);
    this.#tellLater();
  }

  /** Nothing more comes. */
  end(): void {
    this.#history.end();
    if (this.#history.isEmpty)
      this.status({kind: 'failed', reason: 'This trace is empty: it has no header.'});
    else this.status({kind: 'ended'});
  }

  /** All rows are forgotten; others follow. */
  reset(): void {
    this.#generation++;
    this.#problems = [];
    this.#wrongRows = 0;
    this.#bytes = 0;
    this.#history = this.#newHistory();
    this.#lists = new EventLists(this.#history);
    this.#tellLater();
  }

  take(message: ToWorker): void {
    switch (message.type) {
      case 'watch':
        this.#watch = message.watch;
        return this.#tellSoon();
      case 'visible':
        this.#isVisible = message.isVisible;
        if (message.isVisible) this.#tellSoon();
        return;
      case 'forget':
        this.#waiting.delete(message.key);
        this.#lists.forget(message.key);
        return;
      case 'ask':
        this.#waiting.delete(message.key);
        this.#waiting.set(message.key, message);
        return this.#answerSoon();
    }
  }

  #newHistory(): History {
    return new History((line, what) => {
      this.#wrongRows++;
      if (this.#wrongRows <= PROBLEMS_TOLD) this.#problems.push(`Line ${line} is left out: ${what}.`);
    });
  }

  /** After what is waiting has come in: of ten moves of a scrubber only the last one is worth an answer. */
  #tellSoon(): void {
    if (this.#isTelling === 'soon') return;
    this.#isTelling = 'soon';
    this.#ports.later(this.#restMs(ASKED_NEWS_MS), () => this.#tell());
  }

  #tellLater(): void {
    if (this.#isTelling !== 'not') return;
    this.#isTelling = 'later';
    const restMs = this.#restMs(this.#status.kind === 'loading' ? LOADING_NEWS_MS : NEWS_MS);
    this.#ports.later(restMs, () => {
      if (this.#isTelling === 'later') this.#tell();
    });
  }

  /** Until this long after what was told last. */
  #restMs(afterMs: number): number {
    return Math.max(0, this.#toldMs + afterMs - this.#ports.now());
  }

  #tell(): void {
    this.#isTelling = 'not';
    this.#toldMs = this.#ports.now();
    if (!this.#isVisible || this.#watch === null) return;
    const moment = this.#history.moment(this.#watch);
    const marks = this.#history.marks(this.#watch.item);
    this.#ports.post({type: 'news', feed: this.#feed(), moment, marks}, buffersOf(moment));
    // What took long must not be all that happens.
    this.#toldMs = this.#ports.now();
  }

  #feed(): Feed {
    const {mode, command, name, bytes: bytesTotal} = this.#about;
    return {
      status: this.#status,
      mode,
      command,
      name,
      bytes: this.#bytes,
      bytesTotal,
      rows: this.#history.rows,
      endMs: this.#history.endMs,
      startedAt: this.#history.startedAt,
      problems: this.#problemsTold(),
      generation: this.#generation,
    };
  }

  #problemsTold(): string[] {
    const told = [...this.#problems];
    const more = this.#wrongRows - PROBLEMS_TOLD;
    if (more > 0) told.push(`${more} further lines are left out.`);
    if (this.#history.isCut)
      told.push('The trace stops without an end: the process was killed, or it still runs.');
    return told;
  }

  #answerSoon(): void {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    this.#ports.later(0, () => this.#answerOne());
  }

  #answerOne(): void {
    this.#isAnswering = false;
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [key, waiting] = first;
    this.#waiting.delete(key);
    const {answer, isWhole} = this.#answer(key, waiting.ask);
    this.#ports.post({type: 'answer', key, id: waiting.id, answer, isWhole}, buffersOf(answer));
    // The rest of it after those that have waited meanwhile.
    if (!isWhole) this.#waiting.set(key, waiting);
    if (this.#waiting.size > 0) this.#answerSoon();
  }

  #answer(key: string, {name, query}: NamedAsk): {answer: Answer<QueryName>; isWhole: boolean} {
    switch (name) {
      case 'moment':
        return {answer: this.#history.moment(query), isWhole: true};
      case 'lanes':
        return {answer: this.#history.lanes(query, query.item), isWhole: true};
      case 'marks':
        return {answer: this.#history.marks(query.item), isWhole: true};
      case 'events': {
        const answer = this.#lists.answer(key, query, this.#ports.now);
        return {answer, isWhole: answer.scanned === answer.of};
      }
    }
  }
}

/** Buffers that were made for this answer, and can be given away. */
function buffersOf(answer: Answer<QueryName>): ArrayBuffer[] {
  if (answer === null) return [];
  if ('lanes' in answer) return lanesBuffers(answer);
  // A list of marks has a `map` too.
  return 'servers' in answer ? mapBuffers(answer) : [];
}

function mapBuffers({map}: Moment): ArrayBuffer[] {
  return map === null ? [] : [map.blocks, map.servers, map.counts, map.leaders].map(bufferOf);
}

function lanesBuffers({lanes, rates}: Lanes): ArrayBuffer[] {
  const arrays = lanes.flatMap((lane) => [lane.starts, lane.ends, lane.doings, lane.rates]);
  return [rates, ...arrays].map(bufferOf);
}

function bufferOf({buffer}: {readonly buffer: ArrayBufferLike}): ArrayBuffer {
  return buffer as ArrayBuffer;
}
