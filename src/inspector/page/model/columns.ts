/** Columns of numbers that grow: what is remembered of each of a million rows must not be a million objects. */

type Numbers = Float64Array | Uint32Array | Int32Array | Int16Array | Uint16Array | Uint8Array;
type NumbersOf<T extends Numbers> = new (length: number) => T;

const FIRST_LENGTH = 1_024;

export class Column<T extends Numbers> {
  readonly #Type: NumbersOf<T>;
  #values: T;
  #length = 0;

  constructor(Type: NumbersOf<T>) {
    this.#Type = Type;
    this.#values = new Type(FIRST_LENGTH);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#makeRoom(this.#length + 1);
    this.#values[this.#length++] = value;
  }

  /** Many at once, each with `plus` added. */
  pushAll(values: readonly number[], plus: number): void {
    this.#makeRoom(this.#length + values.length);
    const target = this.#values;
    let at = this.#length;
    for (const value of values) target[at++] = value + plus;
    this.#length = at;
  }

  /** 0 where there is none. */
  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  /** Changes one that is there. */
  set(index: number, value: number): void {
    if (index < this.#length) this.#values[index] = value;
  }

  /** Those that are there; valid until the next `push`. */
  get values(): T {
    return this.#values.subarray(0, this.#length) as T;
  }

  #makeRoom(length: number): void {
    if (length <= this.#values.length) return;
    const larger = new this.#Type(Math.max(length, 2 * this.#values.length));
    larger.set(this.#values);
    this.#values = larger;
  }

  /** How many at the beginning are at most `value`; they must not fall. */
  countUpTo(value: number): number {
    return countUpTo(this.#values, this.#length, value);
  }
}

/** How many of the first `length` numbers, none of which is less than the one before, are at most `value`. */
export function countUpTo(values: ArrayLike<number>, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
