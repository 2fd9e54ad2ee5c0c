/** A browser, as far as the inspector sees one: requests with any headers, and a reader of its stream of events. */

import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request} from 'node:http';
import {text as textOf} from 'node:stream/consumers';
import type {TraceRow} from '../../src/trace/rows.js';
import type {Cleanup} from './files.js';
import {until, within} from './wait.js';

const DEADLINE_MS = 20_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks for `path` as it is: nothing is resolved or escaped. */
export async function askPage(
  port: number,
  path: string,
  headers: OutgoingHttpHeaders = {},
  method = 'GET',
): Promise<Answer> {
  const response = await begin(port, path, headers, method);
  const body = await within(`the whole answer to ${path}`, DEADLINE_MS, textOf(response));
  return {status: response.statusCode ?? 0, headers: response.headers, body};
}

async function begin(
  port: number,
  path: string,
  headers: OutgoingHttpHeaders,
  method = 'GET',
): Promise<IncomingMessage> {
  const asking = request({host: '127.0.0.1', port, path, method, headers, agent: false});
  asking.end();
  const [response] = await within(`an answer to ${method} ${path}`, DEADLINE_MS, once(asking, 'response'));
  return response as IncomingMessage;
}

/** The port of an address that was printed. */
export function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** Opens the printed address and returns the cookie. */
export async function enter(url: string): Promise<string> {
  const {pathname, search} = new URL(url);
  const {status, headers} = await askPage(portOf(url), pathname + search);
  assert.equal(status, 303);
  assert.equal(headers.location, '/');
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** What came over a stream of events. */
export class EventReader {
  readonly rows: TraceRow[] = [];
  /** Names of events, in order. */
  readonly events: string[] = [];
  /** Bytes received. */
  bytes = 0;
  /** Number of the row that comes next, as the last event said. */
  lastId = '';
  readonly response: IncomingMessage;
  #text = '';

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('latin1').on('data', (text: string) => this.#take(text));
    response.on('error', () => {});
  }

  get hasEnded(): boolean {
    return this.events.includes('end');
  }

  /** Waits until that many rows have come, or the end. */
  async has(count: number): Promise<void> {
    await until(`${count} rows`, DEADLINE_MS, () => this.rows.length >= count || this.hasEnded);
  }

  #take(text: string): void {
    this.bytes += text.length;
    this.#text += text;
    const events = this.#text.split('\n\n');
    this.#text = events.pop() ?? '';
    for (const event of events) this.#event(event.split('\n'));
  }

  #event(lines: readonly string[]): void {
    const field = (name: string) =>
      lines.flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).trimStart()] : []));
    const [kind] = field('event');
    if (kind === undefined) return;
    this.events.push(kind);
    if (kind === 'reset') this.rows.length = 0;
    if (kind !== 'rows') return;
    this.lastId = field('id')[0] ?? '';
    for (const line of field('data')) this.rows.push(JSON.parse(line) as TraceRow);
  }
}

/** Looks on. `paused`: reads nothing until it is told to. */
export async function lookOn(
  t: Cleanup,
  port: number,
  cookie: string,
  headers: OutgoingHttpHeaders = {},
): Promise<EventReader> {
  const response = await begin(port, '/api/live', {cookie, ...headers});
  t.after(() => void response.destroy());
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream');
  return new EventReader(response);
}
