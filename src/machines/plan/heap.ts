/** A binary heap: the smallest entry first, both operations in O(log n). */
export class MinHeap<Entry> {
  readonly #entries: Entry[] = [];
  readonly #before: (a: Entry, b: Entry) => boolean;

  /** `before` says whether its first argument comes out before its second. */
  constructor(before: (a: Entry, b: Entry) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  peek(): Entry | undefined {
    return this.#entries[0];
  }

  push(entry: Entry): void {
    let index = this.#entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  pop(): Entry | undefined {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (this.#entries.length > 0 && last !== undefined) {
      this.#entries[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      if (left >= this.#entries.length) return;
      const smaller = right < this.#entries.length && this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(smaller, index)) return;
      index = smaller;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return this.#before(this.#entries[a] as Entry, this.#entries[b] as Entry);
  }

  #swapIfBefore(child: number, parent: number): boolean {
    if (!this.#isBefore(child, parent)) return false;
    const entry = this.#entries[child] as Entry;
    this.#entries[child] = this.#entries[parent] as Entry;
    this.#entries[parent] = entry;
    return true;
  }
}
