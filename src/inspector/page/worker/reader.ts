/**
 * A worker that only fetches: the rows of a recorded trace arrive on this thread while the other one parses those before.
 * Sends `FromReader`; every message to it says that a piece was taken.
 */

import {READ_AHEAD_PIECES, READ_BYTES} from '../limits.js';
import {answerTo} from './answers.js';
import type {FromReader} from './messages.js';

/** Pieces that were sent and not taken. */
let ahead = 0;
let onTaken = (): void => {};
self.addEventListener('message', () => {
  ahead--;
  onTaken();
});
void read();

async function read(): Promise<void> {
  try {
    const {body} = await answerTo('/api/rows');
    if (body !== null) for await (const bytes of piecesOf(body)) await send(bytes);
    tell({type: 'end'});
  } catch (error) {
    tell({type: 'failed', reason: (error as Error).message});
  }
}

/** Gives a piece away, and waits while too many of them are under way. */
async function send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  ahead++;
  tell({type: 'piece', bytes}, [bytes.buffer]);
  while (ahead >= READ_AHEAD_PIECES) {
    await new Promise<void>((resolve) => {
      onTaken = resolve;
    });
  }
}

/** What comes, in pieces of READ_BYTES, each in memory of its own. */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let piece = new Uint8Array(READ_BYTES);
  let used = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    for (let {value} = read; value.length > 0; ) {
      const part = value.subarray(0, READ_BYTES - used);
      piece.set(part, used);
      used += part.length;
      value = value.subarray(part.length);
      if (used < READ_BYTES) continue;
      yield piece;
      piece = new Uint8Array(READ_BYTES);
      used = 0;
    }
  }
  yield piece.subarray(0, used);
}

function tell(message: FromReader, transfer: ArrayBuffer[] = []): void {
  self.postMessage(message, {transfer});
}
