/** Puts whole frames onto a socket: bounded, within a rate, and with a deadline for what was written. */

import {BLOCK_WRITE_TIMEOUT_MS} from '../../limits.js';
import type {Clock} from '../clock.js';
import type {RateLimit} from '../rate-limit.js';
import type {Duplex} from './duplex.js';

export class FrameWriter {
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #limit: RateLimit | null;
  readonly #onStuck: () => void;
  /** Writes whose callback has not come. */
  #out = 0;
  #deadline: unknown = null;
  /** The data frames before the next one, when a limit makes them slow. */
  #before: Promise<unknown> = Promise.resolve();
  /** Control frames that must not go into the middle of a data frame. */
  #held: (() => void)[] | null = null;
  #controlBytes = 0;
  #ended = false;

  /** `onStuck` is called when the reader did not take a block within BLOCK_WRITE_TIMEOUT_MS. */
  constructor(socket: Duplex, clock: Clock, limit: RateLimit | null, onStuck: () => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limit = limit;
    this.#onStuck = onStuck;
  }

  /** Bytes of control frames that have not left: an asker that does not read must not fill our memory. */
  get controlBytes(): number {
    return this.#controlBytes;
  }

  /** Sends a control frame, between data frames. Resolves when it left, true, or cannot, false. */
  control(frame: Uint8Array): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    this.#controlBytes += frame.length;
    return new Promise((resolve) => {
      const send = () => {
        this.#write(frame, (ok) => {
          this.#controlBytes -= frame.length;
          resolve(ok);
        });
      };
      if (this.#held === null) send();
      else this.#held.push(send);
    });
  }

  /** Sends a control frame after all data frames given so far, and before all that follow. */
  afterData(frame: Uint8Array): void {
    const write = () => this.#write(frame, () => {});
    if (this.#limit === null) write();
    else this.#before = this.#before.then(write);
  }

  /** Sends a data frame. Resolves when its bytes left, true: the memory is free again; or with false: it may not be. */
  data(frame: Uint8Array): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    const limit = this.#limit;
    if (limit === null) return new Promise((resolve) => this.#write(frame, resolve));
    const sent = this.#before.then(() => this.#inPieces(frame, limit));
    this.#before = sent;
    return sent;
  }

  /** Closes our half once everything given so far has been written. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#before.then(() => this.#socket.end());
  }

  /** Forgets everything; the socket is being destroyed. */
  close(): void {
    this.#ended = true;
    this.#clock.clearTimeout(this.#deadline);
    this.#held = null;
  }

  async #inPieces(frame: Uint8Array, limit: RateLimit): Promise<boolean> {
    this.#held ??= [];
    let ok = true;
    for (let at = 0; ok && at < frame.length; at += limit.pieceBytes) {
      const piece = frame.subarray(at, at + limit.pieceBytes);
      await limit.take(piece.length);
      ok = await new Promise<boolean>((resolve) => this.#write(piece, resolve));
    }
    const held = this.#held ?? [];
    this.#held = null;
    for (const send of held) send();
    return ok;
  }

  #write(bytes: Uint8Array, done: (ok: boolean) => void): void {
    this.#out += 1;
    if (this.#out === 1) this.#arm();
    this.#socket.write(bytes, (error) => {
      this.#out -= 1;
      this.#clock.clearTimeout(this.#deadline);
      if (this.#out > 0) this.#arm();
      done(error === null || error === undefined);
    });
  }

  /** Anew after each write that left: the deadline is for one, however many wait behind it. */
  #arm(): void {
    this.#deadline = this.#clock.setTimeout(this.#onStuck, BLOCK_WRITE_TIMEOUT_MS);
  }
}
