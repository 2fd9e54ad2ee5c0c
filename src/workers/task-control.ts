/** A long task is cancelled, and tells how far it is, through shared memory: aborting it would kill its thread. */

const CANCELLED = 0;
const MEBIBYTES_DONE = 1;

/** Both sides make one around the same `shared`. */
export class TaskControl {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#cells = new Int32Array(shared);
  }

  /** Asks the task to end soon; it answers `cancelled`. */
  cancel(): void {
    Atomics.store(this.#cells, CANCELLED, 1);
  }

  get cancelled(): boolean {
    return Atomics.load(this.#cells, CANCELLED) === 1;
  }

  /** Bytes done so far, in whole MiB, so that a 32-bit cell holds any file. */
  get doneBytes(): number {
    return Atomics.load(this.#cells, MEBIBYTES_DONE) * 1_048_576;
  }

  /** Called by the task. */
  report(doneBytes: number): void {
    Atomics.store(this.#cells, MEBIBYTES_DONE, Math.floor(doneBytes / 1_048_576));
  }
}
