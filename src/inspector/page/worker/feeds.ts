/** Where rows come from: a recorded trace in one answer, or a process that still runs, event by event. */

import {LIVE_BYTES_MAX, TRACE_BYTES_MAX} from '../limits.js';
import {answerTo} from './answers.js';
import type {About, Desk} from './desk.js';
import type {FromReader} from './messages.js';

/** Reads all that there is. Never rejects: what goes wrong is told at the desk. */
export async function readRows(desk: Desk): Promise<void> {
  try {
    const about = await aboutOf();
    desk.about(about);
    if (about.mode === 'live') new LiveFeed(desk).open();
    else readRecorded(desk);
  } catch (error) {
    failed(desk, (error as Error).message);
  }
}

async function aboutOf(): Promise<About> {
  return (await (await answerTo('/api/about')).json()) as About;
}

function readRecorded(desk: Desk): void {
  desk.status({kind: 'loading'});
  const reader = new Worker(new URL('./reader.ts', import.meta.url), {type: 'module'});
  reader.addEventListener('error', ({message}) => failed(desk, message));
  // One message, one task: what the page asks meanwhile is heard between them.
  reader.addEventListener('message', ({data}: MessageEvent<FromReader>) => {
    if (isMoreWanted(desk, data)) reader.postMessage('taken');
    else reader.terminate();
  });
}

function isMoreWanted(desk: Desk, message: FromReader): boolean {
  switch (message.type) {
    case 'piece':
      if (!desk.push(message.bytes)) return false;
      if (desk.keptBytes <= TRACE_BYTES_MAX) return true;
      desk.problem('The trace is too large for a page: only its beginning is shown.');
      desk.end();
      return false;
    case 'end':
      desk.end();
      return false;
    case 'failed':
      failed(desk, message.reason);
      return false;
  }
}

function failed(desk: Desk, reason: string): void {
  desk.status({kind: 'failed', reason: `The trace could not be read: ${reason}.`});
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
