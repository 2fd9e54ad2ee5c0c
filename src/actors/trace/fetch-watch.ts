/** One fetch on a server, measured while it is traced. */

import type {ClientMessage, EndStatus} from '../../protocol/messages.js';
import type {RowOf} from '../../trace/rows.js';
import type {Clock} from '../clock.js';
import type {SendingBuffers} from '../server/block-buffers.js';
import {type Recorder, rounded} from './recorder.js';

export type FetchMessage = Extract<ClientMessage, {readonly type: 'fetch' | 'bundle'}>;

interface FetchWatchOptions {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly session: number;
  readonly message: FetchMessage;
  /** Reading of the clock when it came. */
  readonly arrivedMs: number;
  readonly onSent: (bytes: number) => void;
}

export class FetchWatch {
  readonly #options: FetchWatchOptions;
  readonly #startedMs: number;
  #bytes = 0;
  #waitedMs = 0;

  constructor(options: FetchWatchOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
  }

  /** The buffers, with the waiting for one measured. */
  timed(buffers: SendingBuffers): SendingBuffers {
    return {
      acquire: async () => {
        const askedMs = this.#options.clock.now();
        const buffer = await buffers.acquire();
        this.#waitedMs += this.#options.clock.now() - askedMs;
        return buffer;
      },
      release: (buffer) => buffers.release(buffer),
      abandon: () => buffers.abandon(),
    };
  }

  sent(bytes: number): void {
    this.#bytes += bytes;
    this.#options.onSent(bytes);
  }

  ended(status: EndStatus): void {
    const {clock, recorder, session, message, arrivedMs} = this.#options;
    const elapsedMs = clock.now() - this.#startedMs;
    recorder.add({
      t: recorder.now(),
      k: 'served',
      session,
      request: message.id,
      ...wantedOf(message),
      bytes: this.#bytes,
      how: status.kind,
      ...(status.kind === 'error' && {code: status.refusal.code}),
      queuedMs: rounded(this.#startedMs - arrivedMs),
      elapsedMs: rounded(elapsedMs),
      readMs: rounded(Math.max(0, elapsedMs - this.#waitedMs)),
      writeMs: rounded(this.#waitedMs),
    });
  }
}

function wantedOf(
  message: FetchMessage,
): Pick<RowOf<'served'>, 'name' | 'fragment' | 'first' | 'count' | 'files'> {
  if (message.type === 'bundle') return {files: message.files.length};
  const {name, fragment, firstBlock: first, count} = message;
  return {name, fragment, first, count};
}
