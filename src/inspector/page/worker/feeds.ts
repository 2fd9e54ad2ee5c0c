/** Where rows come from: a recorded trace in one answer, or a process that still runs, event by event. */

import {LIVE_BYTES_MAX, READ_BYTES, TRACE_BYTES_MAX} from '../limits.js';
import type {About, Desk} from './desk.js';

/** Reads all that there is. Never rejects: what goes wrong is told at the desk. */
export async function readRows(desk: Desk): Promise<void> {
  try {
    const about = await aboutOf();
    desk.about(about);
    if (about.mode === 'live') new LiveFeed(desk).open();
    else await readRecorded(desk);
  } catch (error) {
    desk.status({kind: 'failed', reason: `The trace could not be read: ${(error as Error).message}.`});
  }
}

async function aboutOf(): Promise<About> {
  const response = await fetch('/api/about');
  if (!response.ok) throw new Error(refusalOf(response));
  return (await response.json()) as About;
}

async function readRecorded(desk: Desk): Promise<void> {
  desk.status({kind: 'loading'});
  const response = await fetch('/api/rows');
  if (!response.ok || response.body === null) throw new Error(refusalOf(response));
  for await (const bytes of piecesOf(response.body)) {
    if (!desk.push(bytes)) return;
    if (desk.keptBytes <= TRACE_BYTES_MAX) continue;
    desk.problem('The trace is too large for a page: only its beginning is shown.');
    break;
  }
  desk.end();
}

/** What comes, in pieces of READ_BYTES. Whoever stops taking them ends the transfer. */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const piece = new Uint8Array(READ_BYTES);
  let used = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      for (let {value} = read; value.length > 0; ) {
        const part = value.subarray(0, READ_BYTES - used);
        piece.set(part, used);
        used += part.length;
        value = value.subarray(part.length);
        if (used < READ_BYTES) continue;
        yield piece;
        used = 0;
      }
    }
    yield piece.subarray(0, used);
  } finally {
    void reader.cancel();
  }
}

function refusalOf({status}: Response): string {
  return status === 401 || status === 403
    ? 'the page was opened without its token; open the address that fdl printed'
    : `the answer was HTTP status ${status}`;
}

class LiveFeed {
  readonly #desk: Desk;
  readonly #encoder = new TextEncoder();
  #source: EventSource | null = null;
  /** Rows of an earlier history were shown. */
  #isAgain = false;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** The browser connects anew by itself, and says what it has. */
  open(): void {
    const source = new EventSource('/api/live');
    this.#source = source;
    source.addEventListener('open', () => this.#desk.status({kind: 'live'}));
    source.addEventListener('rows', ({data}: MessageEvent<string>) => this.#take(data));
    source.addEventListener('reset', () => this.#desk.reset());
    source.addEventListener('end', () => this.#close());
    source.addEventListener('error', () => this.#lost(source));
  }

  #take(data: string): void {
    if (!this.#desk.push(this.#encoder.encode(`${data}\n`))) {
      this.#source?.close();
      return;
    }
    if (this.#desk.keptBytes <= LIVE_BYTES_MAX) return;
    this.#source?.close();
    if (this.#isAgain) {
      this.#desk.problem(
        'The trace has become too large for a page: what happens from here on is not shown.',
      );
      this.#desk.end();
      return;
    }
    this.#isAgain = true;
    this.#desk.reset();
    this.open();
  }

  #lost(source: EventSource): void {
    // After its last row a process ends, and need not say more.
    if (this.#desk.isDone) return this.#close();
    if (source.readyState === EventSource.CLOSED)
      this.#desk.status({
        kind: 'failed',
        reason: 'fdl refused to send more. Open the address that it printed again.',
      });
    else this.#desk.status({kind: 'reconnecting'});
  }

  #close(): void {
    this.#source?.close();
    this.#desk.end();
  }
}
