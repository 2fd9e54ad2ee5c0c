/** Memory for blocks on their way out: few for each session, shared by all, never used before its last write is over. */

import {HEADER_BYTES, SESSION_BUFFERS} from '../../limits.js';

/** The buffers of a server that no session uses now. */
export class BufferShelf {
  readonly #bytes: number;
  readonly #most: number;
  readonly #free: Buffer[] = [];

  /** Each buffer holds a data frame of one block; at most `most` are kept. */
  constructor(blockBytes: number, most: number) {
    this.#bytes = HEADER_BYTES + blockBytes;
    this.#most = most;
  }

  take(): Buffer {
    // Of its own, not a part of the pool of small buffers; what is sent of it was written before.
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  give(buffer: Buffer): void {
    if (this.#free.length < this.#most) this.#free.push(buffer);
  }
}

/** Memory of a session, as whoever sends blocks sees it. */
export type SendingBuffers = Pick<SessionBuffers, 'acquire' | 'release' | 'abandon'>;

/** What one session may use of them: SESSION_BUFFERS at a time. */
export class SessionBuffers {
  readonly #shelf: BufferShelf;
  readonly #waiting: ((buffer: Buffer | null) => void)[] = [];
  #out = 0;
  #closed = false;

  constructor(shelf: BufferShelf) {
    this.#shelf = shelf;
  }

  /** Resolves when a buffer is free; null when the session has ended. */
  acquire(): Promise<Buffer | null> {
    if (this.#closed) return Promise.resolve(null);
    if (this.#out < SESSION_BUFFERS) {
      this.#out += 1;
      return Promise.resolve(this.#shelf.take());
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** The buffer may be written to again. */
  release(buffer: Buffer): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next(buffer);
    this.#out -= 1;
    this.#shelf.give(buffer);
  }

  /** A buffer whose write failed: the system may still hold it, so it is left to the garbage collector. */
  abandon(): void {
    this.#out -= 1;
  }

  close(): void {
    this.#closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve(null);
  }
}
