/** What a chaos proxy does to one direction of a connection, and the arithmetic behind it. */

/** Faults of one direction. Offsets count the bytes of this direction of one connection, from 0. */
export interface Faults {
  /** Every byte arrives so much later. */
  readonly delayMs?: number;
  /** Upper bound of the rate, shared by all connections with the same `Faults` object. */
  readonly bytesPerSecond?: number;
  /** Travel in pieces of so many bytes, one piece every so often. */
  readonly drip?: {readonly bytes: number; readonly everyMs: number};
  /** After so many bytes: end the connection in order (FIN). */
  readonly cutAfter?: number;
  /** After so many bytes: reset the connection (RST). */
  readonly resetAfter?: number;
  /** After so many bytes: keep the connection open and forward nothing more. */
  readonly stallAfter?: number;
  /** Flip one bit in each of these bytes. */
  readonly flipAt?: readonly number[];
  /** Flip one bit of a byte with this probability. */
  readonly flipProbability?: number;
  /** From this byte on everything is noise. */
  readonly garbageFrom?: number;
  /** Flip one bit in the payload of every n-th data frame of the proxy. */
  readonly corruptEvery?: number;
}

/** How a direction ends, and after how many bytes. */
export interface Limit {
  readonly kind: 'cut' | 'reset' | 'stall';
  readonly bytes: number;
}

/** The first end that the faults name, if any. */
export function limitOf(faults: Faults): Limit | undefined {
  const limits: Limit[] = [];
  if (faults.cutAfter !== undefined) limits.push({kind: 'cut', bytes: faults.cutAfter});
  if (faults.resetAfter !== undefined) limits.push({kind: 'reset', bytes: faults.resetAfter});
  if (faults.stallAfter !== undefined) limits.push({kind: 'stall', bytes: faults.stallAfter});
  return limits.sort((a, b) => a.bytes - b.bytes)[0];
}

/** A piece is what travels at once: small enough that a limited rate is smooth. */
const PIECE_BYTES_MAX = 64 * 1024;
const PIECE_MS = 10;

/** The largest piece that may travel at once under these faults, in bytes. */
export function pieceBytes(faults: Faults): number {
  if (faults.drip !== undefined) return faults.drip.bytes;
  if (faults.bytesPerSecond === undefined) return PIECE_BYTES_MAX;
  return Math.min(PIECE_BYTES_MAX, Math.max(1, Math.floor((faults.bytesPerSecond * PIECE_MS) / 1_000)));
}

/** Damages the bytes of one direction. The same seed damages the same bytes, however the stream is cut. */
export class Damage {
  readonly #random: () => number;
  /** The next byte that `flipProbability` hits, and the probability that it was drawn for. */
  #next: {readonly probability: number; at: number} | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Changes `piece` in place; `offset` is where it starts in its direction. */
  apply(piece: Buffer, offset: number, faults: Faults): void {
    const end = offset + piece.length;
    for (const at of faults.flipAt ?? []) {
      if (at >= offset && at < end) flipBit(piece, at - offset, this.#random);
    }
    this.#flipSome(piece, offset, faults.flipProbability ?? 0);
    for (let at = Math.max(offset, faults.garbageFrom ?? end); at < end; at++) {
      piece[at - offset] = Math.floor(this.#random() * 256);
    }
  }

  #flipSome(piece: Buffer, offset: number, probability: number): void {
    if (probability <= 0) return;
    if (this.#next?.probability !== probability) {
      this.#next = {probability, at: offset + gap(probability, this.#random)};
    }
    while (this.#next.at < offset + piece.length) {
      flipBit(piece, this.#next.at - offset, this.#random);
      this.#next.at += 1 + gap(probability, this.#random);
    }
  }
}

/** Flips one bit of the byte at `at`. */
export function flipBit(bytes: Buffer, at: number, random: () => number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
}

/** Bytes until the next damaged one: asked once a flip instead of once a byte. */
function gap(probability: number, random: () => number): number {
  return probability >= 1 ? 0 : Math.floor(Math.log(1 - random()) / Math.log(1 - probability));
}

/** Pauses of a limited rate are made up for up to this; longer ones are lost, so that no burst follows. */
const BURST_MS = 50;

/** Token bucket. The rate is handed in each time, so that it can change while someone waits. */
export class Bucket {
  #tokens = 0;
  #atMs = performance.now();

  /** Takes `bytes` and returns 0, or takes nothing and returns the milliseconds until it is worth asking again. */
  take(bytes: number, bytesPerSecond: number): number {
    const nowMs = performance.now();
    const full = Math.max(bytes, (bytesPerSecond * BURST_MS) / 1_000);
    this.#tokens = Math.min(full, this.#tokens + ((nowMs - this.#atMs) * bytesPerSecond) / 1_000);
    this.#atMs = nowMs;
    if (this.#tokens < bytes) return ((bytes - this.#tokens) * 1_000) / bytesPerSecond;
    this.#tokens -= bytes;
    return 0;
  }
}
