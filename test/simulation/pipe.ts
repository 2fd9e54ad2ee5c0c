/** One direction of a simulated connection: bytes leave at a rate, arrive in order after a delay, and wait to be taken. */

import type {World} from './world.js';

export interface PipeShape {
  readonly bytesPerMs: number;
  readonly delayMs: number;
  /** Bytes that may be on the way or untaken: beyond that the sender waits. */
  readonly windowBytes: number;
}

export interface PipeEnd {
  /** Takes bytes; returns how many. Those not taken come again after `flush`. */
  take(bytes: Uint8Array): number;
  ended(): void;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly done: (error?: Error | null) => void;
  at: number;
}

/** Most bytes of one segment. */
const SEGMENT_BYTES = 1_460;

export class Pipe {
  readonly #world: World;
  readonly #shape: PipeShape;
  readonly #end: PipeEnd;
  /** Not sent yet, in the memory of the sender, who may use it again only after `done`. */
  readonly #queue: Waiting[] = [];
  readonly #arrived: Uint8Array[] = [];
  #untaken = 0;
  #lineFreeMs = 0;
  #isSending = false;
  #isFlushing = false;
  #state: 'open' | 'ending' | 'ended' | 'stopped' = 'open';
  #frozenUntilMs = 0;
  /** Bytes that will be turned into others. */
  #garbage = 0;
  /** 1: the rate of the shape; less: slower. */
  #factor = 1;

  constructor(world: World, shape: PipeShape, end: PipeEnd) {
    this.#world = world;
    this.#shape = shape;
    this.#end = end;
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    if (this.#state !== 'open') {
      this.#world.clock.setTimeout(() => done(new Error('the connection is gone')), 0);
      return;
    }
    this.#queue.push({bytes, done, at: 0});
    this.#send();
  }

  /** After what was written, nothing more comes. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#finish();
  }

  /** Everything under way is lost. */
  stop(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#arrived.length = 0;
    for (const {done} of this.#queue.splice(0))
      this.#world.clock.setTimeout(() => done(new Error('the connection is gone')), 0);
  }

  /** Nothing arrives until then. */
  freeze(untilMs: number): void {
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, untilMs);
    this.#world.clock.setTimeout(() => this.flush(), this.#frozenUntilMs - this.#world.clock.now());
  }

  slow(factor: number): void {
    this.#factor = factor;
  }

  /** The next bytes are not what was sent. */
  spoil(bytes: number): void {
    this.#garbage += bytes;
  }

  /** The receiver may take more. Whoever calls from within `take` is served after it. */
  flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    try {
      this.#deliver();
    } finally {
      this.#isFlushing = false;
    }
    this.#send();
    this.#finish();
  }

  #deliver(): void {
    for (let piece = this.#arrived[0]; piece !== undefined; piece = this.#arrived[0]) {
      if (this.#state === 'stopped' || this.#world.clock.now() < this.#frozenUntilMs) return;
      const taken = this.#end.take(piece);
      if (taken === 0) return;
      this.#untaken -= taken;
      if (taken === piece.length) this.#arrived.shift();
      else this.#arrived[0] = piece.subarray(taken);
    }
  }

  #send(): void {
    const first = this.#queue[0];
    if (first === undefined || this.#isSending || this.#state === 'stopped') return;
    const room = this.#shape.windowBytes - this.#untaken;
    if (room <= 0) return;
    const left = first.bytes.length - first.at;
    const length = Math.min(left, room, this.#world.between(1, SEGMENT_BYTES));
    this.#isSending = true;
    this.#untaken += length;
    const now = this.#world.clock.now();
    this.#lineFreeMs = Math.max(this.#lineFreeMs, now) + length / (this.#shape.bytesPerMs * this.#factor);
    this.#world.clock.setTimeout(() => this.#sent(length), this.#lineFreeMs - now);
  }

  /** The bytes are read from the sender's memory at the last moment, and copied: `slice` of a Buffer would share them. */
  #sent(length: number): void {
    this.#isSending = false;
    const first = this.#queue[0];
    if (first === undefined || this.#state === 'stopped') return;
    const piece = this.#spoilt(new Uint8Array(first.bytes.subarray(first.at, first.at + length)));
    first.at += length;
    if (first.at === first.bytes.length) {
      this.#queue.shift();
      first.done();
    }
    this.#world.clock.setTimeout(() => this.#arrive(piece), this.#shape.delayMs);
    this.#send();
  }

  #arrive(piece: Uint8Array): void {
    if (this.#state === 'stopped') return;
    this.#arrived.push(piece);
    this.flush();
  }

  #spoilt(piece: Uint8Array): Uint8Array {
    for (let at = 0; at < piece.length && this.#garbage > 0; at++, this.#garbage--)
      piece[at] = this.#world.between(0, 255);
    return piece;
  }

  #finish(): void {
    if (this.#state !== 'ending' || this.#queue.length > 0 || this.#untaken > 0) return;
    this.#state = 'ended';
    this.#world.clock.setTimeout(() => this.#end.ended(), this.#shape.delayMs);
  }
}
