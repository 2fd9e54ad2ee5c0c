/**
 * Sends what happens to the pages that look on, as server-sent events. A page is a place in the history and nothing more:
 * what it has not been sent yet is kept once for all. One that does not take what it was sent gets nothing more until it
 * has; when it is so far behind that the history was condensed where it stands, it is told to begin anew. So the work that
 * is looked at waits for nobody, and without a page there is not even a timer.
 */

import type {ServerResponse} from 'node:http';
import type {Clock} from '../../actors/clock.js';
import {
  INSPECT_BEAT_MS,
  INSPECT_CLIENTS_MAX,
  INSPECT_END_TIMEOUT_MS,
  INSPECT_FLUSH_MS,
  INSPECT_STALL_TIMEOUT_MS,
} from '../../limits.js';
import type {TraceRow} from '../../trace/rows.js';
import {answerText, begin} from './answers.js';
import {LiveHistory} from './live-history.js';
import type {Wish} from './page-server.js';

/** `draining`: waits until what it was sent has gone; `ending`: was sent everything. */
interface Client {
  readonly response: ServerResponse;
  /** Number of the row that comes next. */
  next: number;
  state: 'ready' | 'draining' | 'ending';
  /** When anything was sent to it last. */
  sentAtMs: number;
}

const RESET = `event: reset\ndata: ${JSON.stringify({why: 'behind'})}\n\n`;
const END = 'event: end\ndata: {}\n\n';
/** A comment: nobody is told of it. */
const BEAT = ':\n\n';

export class LiveFeed {
  readonly #clock: Clock;
  readonly #history: LiveHistory;
  readonly #clients = new Set<Client>();
  #flushTimer: unknown = null;
  #beatTimer: unknown = null;
  /** Nothing more comes; called when nobody waits for anything any more. */
  #onAllGone: (() => void) | null = null;

  constructor(clock: Clock, history = new LiveHistory()) {
    this.#clock = clock;
    this.#history = history;
  }

  /** Takes a row, at once. Costs the making of its text, and a timer where anybody looks on. */
  readonly add = (row: TraceRow): void => {
    this.#history.add(row);
    if (this.#clients.size > 0) this.#flushSoon();
  };

  /** A page looks on from now on, from where it was. */
  attach({isHead, query, lastEventId}: Wish, response: ServerResponse): void {
    if (this.#clients.size >= INSPECT_CLIENTS_MAX)
      return answerText(response, 503, 'Too many pages look on already: close one.\n', isHead);
    begin(response, 200, {'Content-Type': 'text/event-stream'});
    if (isHead) return void response.end();
    // Its silences are ours: whether anybody is there shows when something is sent.
    response.socket?.setTimeout(0);
    response.socket?.setNoDelay(true);
    response.flushHeaders();
    const next = placeOf(lastEventId ?? query.get('after'));
    const client: Client = {response, next, state: 'ready', sentAtMs: this.#clock.now()};
    this.#clients.add(client);
    response.on('close', () => this.#gone(client));
    response.on('drain', () => this.#drained(client));
    this.#beatTimer ??= this.#clock.setTimeout(() => this.#beat(), INSPECT_BEAT_MS);
    this.#serve(client);
  }

  /** No more rows come: pages are sent what they miss, and that it was all. Resolves when they have it, or soon after. */
  async end(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(resolve, INSPECT_END_TIMEOUT_MS);
      this.#onAllGone = () => {
        this.#clock.clearTimeout(timer);
        resolve();
      };
      for (const client of this.#clients) if (client.state === 'ready') this.#serve(client);
      if (this.#clients.size === 0) this.#onAllGone();
    });
    this.#clock.clearTimeout(this.#flushTimer);
    this.#clock.clearTimeout(this.#beatTimer);
  }

  get #isEnding(): boolean {
    return this.#onAllGone !== null;
  }

  #flushSoon(): void {
    this.#flushTimer ??= this.#clock.setTimeout(() => this.#flush(), INSPECT_FLUSH_MS);
  }

  #flush(): void {
    this.#flushTimer = null;
    for (const client of this.#clients) if (client.state === 'ready') this.#serve(client);
  }

  /** One piece, or at the end everything that the socket takes. */
  #serve(client: Client): void {
    do {
      const piece = this.#history.after(client.next);
      if (piece.kind === 'nothing') {
        if (this.#isEnding) this.#finish(client);
        return;
      }
      if (piece.kind === 'behind') {
        client.next = 0;
        this.#send(client, [RESET]);
      } else {
        client.next = piece.next;
        this.#send(client, [`event: rows\nid: ${piece.next}\n`, ...piece.bytes, '\n']);
      }
    } while (this.#isEnding && client.state === 'ready');
    if (client.state === 'ready' && client.next < this.#history.end) this.#flushSoon();
  }

  #send(client: Client, parts: readonly (string | Buffer)[]): void {
    const {response} = client;
    client.sentAtMs = this.#clock.now();
    // One write: of several in a corked response node 24 does not tell when they have gone.
    const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
    if (!response.write(bytes)) client.state = 'draining';
  }

  #drained(client: Client): void {
    if (client.state !== 'draining') return;
    client.state = 'ready';
    if (this.#isEnding) this.#serve(client);
    else if (client.next < this.#history.end) this.#flushSoon();
  }

  #finish(client: Client): void {
    client.state = 'ending';
    client.response.end(END);
  }

  #gone(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#onAllGone?.();
  }

  /** Silent streams get a sign of life; who has not taken what it was sent for long is let go, and may come again. */
  #beat(): void {
    this.#beatTimer = null;
    const now = this.#clock.now();
    for (const client of this.#clients) {
      const silentMs = now - client.sentAtMs;
      if (client.state === 'draining' && silentMs >= INSPECT_STALL_TIMEOUT_MS) client.response.destroy();
      else if (client.state === 'ready' && silentMs >= INSPECT_BEAT_MS) this.#send(client, [BEAT]);
    }
    if (this.#clients.size > 0) this.#beatTimer = this.#clock.setTimeout(() => this.#beat(), INSPECT_BEAT_MS);
  }
}

/** The number that a page has come to; what is no number is a page that begins. */
function placeOf(text: string | null): number {
  const number = text === null || !/^\d{1,15}$/.test(text) ? 0 : Number(text);
  return number;
}
