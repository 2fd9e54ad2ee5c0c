/** One direction of one connection through a chaos proxy: reads, damages, delays, limits, writes. */

import type {Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';

import {Bucket, Damage, type Faults, limitOf, pieceBytes} from './faults.js';
import type {FrameStream} from './frame-stream.js';
import {reset} from './reset.js';

/** Held before reading pauses; with a delay more, or the delay would bound the rate. */
const HELD_BYTES_MAX = 256 * 1024;
const HELD_BYTES_MAX_DELAYED = 8 * 1024 * 1024;
/** Longest single sleep: changed faults and closed sockets are noticed after it. */
const SLEEP_MS_MAX = 20;

/** What a pipe is told by the proxy it belongs to. */
export interface PipeContext {
  /** The faults of now: they may change at any time. */
  faults(): Faults;
  /** Resolves when the proxy is not frozen. */
  thawed(): Promise<void>;
  /** Of this pipe alone, so that what it damages does not depend on how others interleave. */
  readonly random: () => number;
  readonly stream: FrameStream;
  /** Told after every piece handed to the receiving socket. */
  delivered(bytes: number): void;
}

export class ChaosPipe {
  /** Bytes that came in, and bytes handed to the receiver. */
  readonly counts = {received: 0, delivered: 0};
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #context: PipeContext;
  readonly #queue: {readonly bytes: Buffer; readonly atMs: number}[] = [];
  readonly #damage: Damage;
  #held = 0;
  #ended = false;
  #wake: () => void = () => {};

  constructor(from: Socket, to: Socket, context: PipeContext) {
    this.#from = from;
    this.#to = to;
    this.#context = context;
    this.#damage = new Damage(context.random);
    from.on('data', (chunk: Buffer) => this.#receive(chunk));
    from.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    from.on('close', () => this.#wake());
    to.on('close', () => this.#wake());
    void this.#run();
  }

  /** Sends an own frame to the receiver, between two frames of the sender. */
  inject(frame: Buffer): void {
    this.#enqueue(this.#context.stream.inject(frame));
  }

  #receive(chunk: Buffer): void {
    this.counts.received += chunk.length;
    this.#enqueue(this.#context.stream.push(chunk));
    if (this.#held >= this.#heldMax()) this.#from.pause();
  }

  #enqueue(pieces: readonly Buffer[]): void {
    const atMs = performance.now();
    for (const bytes of pieces) {
      if (bytes.length === 0) continue;
      this.#queue.push({bytes, atMs});
      this.#held += bytes.length;
    }
    this.#wake();
  }

  #heldMax(): number {
    return this.#context.faults().delayMs === undefined ? HELD_BYTES_MAX : HELD_BYTES_MAX_DELAYED;
  }

  async #run(): Promise<void> {
    while (!this.#to.destroyed) {
      await this.#context.thawed();
      if (this.#limitReached()) return;
      const head = this.#queue[0];
      if (head !== undefined) {
        await this.#forward(head);
      } else if (this.#ended) {
        this.#to.end();
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Carries out the end that the faults name, once its byte has been reached. */
  #limitReached(): boolean {
    const limit = limitOf(this.#context.faults());
    if (limit === undefined || this.counts.delivered < limit.bytes) return false;
    if (limit.kind === 'stall') {
      this.#from.pause();
      this.#queue.length = 0;
    } else if (limit.kind === 'cut') {
      this.#to.end();
      this.#from.destroy();
    } else {
      reset(this.#to);
      this.#from.destroy();
    }
    return true;
  }

  async #forward(head: {readonly bytes: Buffer; readonly atMs: number}): Promise<void> {
    const faults = this.#context.faults();
    const waitMs = head.atMs + (faults.delayMs ?? 0) - performance.now();
    if (waitMs > 0) return nap(waitMs);
    const room = (limitOf(faults)?.bytes ?? Number.POSITIVE_INFINITY) - this.counts.delivered;
    const piece = head.bytes.subarray(0, Math.min(pieceBytes(faults), room));
    if (faults.bytesPerSecond !== undefined) {
      const shortMs = bucketOf(faults).take(piece.length, faults.bytesPerSecond);
      if (shortMs > 0) return nap(shortMs);
    }
    await this.#deliver(piece, head, faults);
    if (faults.drip !== undefined) await this.#drip(faults.drip.everyMs);
  }

  async #deliver(
    piece: Buffer,
    head: {readonly bytes: Buffer; readonly atMs: number},
    faults: Faults,
  ): Promise<void> {
    this.#queue.shift();
    if (piece.length < head.bytes.length) {
      this.#queue.unshift({bytes: head.bytes.subarray(piece.length), atMs: head.atMs});
    }
    this.#damage.apply(piece, this.counts.delivered, faults);
    this.#held -= piece.length;
    this.counts.delivered += piece.length;
    const roomLeft = this.#to.write(piece);
    this.#context.delivered(piece.length);
    if (this.#held < this.#heldMax() && this.#from.isPaused()) this.#from.resume();
    if (!roomLeft && !this.#to.destroyed) await drained(this.#to);
  }

  /** Waits between two drops, but ends early when the drip is taken away. */
  async #drip(everyMs: number): Promise<void> {
    const end = performance.now() + everyMs;
    for (
      let left = everyMs;
      left > 0 && this.#context.faults().drip !== undefined;
      left = end - performance.now()
    ) {
      await nap(left);
      if (this.#to.destroyed) return;
    }
  }
}

function nap(ms: number): Promise<void> {
  return sleep(Math.min(Math.max(ms, 1), SLEEP_MS_MAX));
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

/** Connections with the same faults share one bucket: together they are one slow server. */
const buckets = new WeakMap<Faults, Bucket>();

function bucketOf(faults: Faults): Bucket {
  const known = buckets.get(faults);
  if (known !== undefined) return known;
  const bucket = new Bucket();
  buckets.set(faults, bucket);
  return bucket;
}
