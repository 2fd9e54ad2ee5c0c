/** The memory of a download: equal slabs in one shared buffer, so that workers read what sockets wrote. */

export class Slabs {
  readonly memory: SharedArrayBuffer;
  /** Bytes of one slab: the block size. */
  readonly bytes: number;
  readonly #free: number[];
  readonly #taken: boolean[];
  readonly #waiting = new Set<() => void>();

  constructor(count: number, bytes: number) {
    this.memory = new SharedArrayBuffer(count * bytes);
    this.bytes = bytes;
    this.#free = Array.from({length: count}, (_, index) => count - 1 - index);
    this.#taken = Array.from({length: count}, () => false);
  }

  /** Slabs that can be taken now. */
  get free(): number {
    return this.#free.length;
  }

  /** A slab for the caller alone, or null when none is free: pause, and ask `whenFree`. */
  take(): number | null {
    const slab = this.#free.pop();
    if (slab === undefined) return null;
    this.#taken[slab] = true;
    return slab;
  }

  /** Gives a slab back and wakes the longest waiting. Throws when it was not taken: two would write into one. */
  give(slab: number): void {
    if (this.#taken[slab] !== true) throw new Error(`slab ${slab} was given back but not taken`);
    this.#taken[slab] = false;
    this.#free.push(slab);
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }

  /** The first `length` bytes of a slab; all of it unless given. */
  view(slab: number, length: number = this.bytes): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.memory, slab * this.bytes, length);
  }

  /**
   * Calls back once, from within a later `give`, the longest waiting first; one slab wakes one. Whoever is woken takes
   * a slab or passes the turn on by asking again. The returned function cancels.
   */
  whenFree(callback: () => void): () => void {
    const entry = (): void => callback();
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }
}
