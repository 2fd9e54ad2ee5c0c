/** Those who were refused a slot, in the order of their first refusal. Decides only. */

import {BUSY_JITTER_MAX_MS, BUSY_JITTER_PART, BUSY_MAX_MS, SLOT_RETURN_GRACE_MS} from '../../limits.js';

export interface Waiter {
  readonly address: string;
  /** When it may come back, as it was told. */
  readonly dueAtMs: number;
  /** How long it was told to stay away. */
  readonly toldMs: number;
  /** Refusals in a row. */
  readonly refusals: number;
  /** How many got a slot since who had been refused later, or never. */
  readonly overtaken: number;
}

export class WaitingList {
  readonly #waiters = new Map<number, Waiter>();

  has(connection: number): boolean {
    return this.#waiters.has(connection);
  }

  /** In the order of their first refusal, without those who did not come back when they were told to. */
  *expected(atMs: number): Iterable<readonly [connection: number, waiter: Waiter]> {
    for (const entry of this.#waiters) if (isExpected(entry[1], atMs)) yield entry;
  }

  /** How often a connection was refused in a row. */
  refusals(connection: number): number {
    return this.#waiters.get(connection)?.refusals ?? 0;
  }

  /** How many are expected before a connection, and in all. */
  place(connection: number, atMs: number): {readonly before: number; readonly expected: number} {
    let before: number | null = null;
    let expected = 0;
    for (const [other] of this.expected(atMs)) {
      if (other === connection) before = expected;
      expected += 1;
    }
    return {before: before ?? expected, expected};
  }

  /** A connection was refused, once more or for the first time. */
  refused(connection: number, address: string, toldMs: number, atMs: number): void {
    const {refusals = 0, overtaken = 0} = this.#waiters.get(connection) ?? {};
    const dueAtMs = atMs + toldMs;
    this.#waiters.set(connection, {address, toldMs, dueAtMs, refusals: refusals + 1, overtaken});
  }

  /** A connection got a slot: it waits no more, and was quicker than those before it. */
  served(connection: number, atMs: number): void {
    for (const [other, waiter] of this.expected(atMs)) {
      if (other === connection) break;
      this.#waiters.set(other, {...waiter, overtaken: waiter.overtaken + 1});
    }
    this.#waiters.delete(connection);
  }

  remove(connection: number): void {
    this.#waiters.delete(connection);
  }

  /** Forgets those who did not come back for long. */
  forgetLost(atMs: number): void {
    for (const [connection, {dueAtMs}] of this.#waiters) {
      if (atMs - dueAtMs > BUSY_MAX_MS) this.#waiters.delete(connection);
    }
  }
}

/** One who has come back in time so far; for others nothing is kept free. */
function isExpected(waiter: Waiter, atMs: number): boolean {
  const jitter = Math.min(BUSY_JITTER_MAX_MS, BUSY_JITTER_PART * waiter.toldMs);
  return atMs <= waiter.dueAtMs + jitter + SLOT_RETURN_GRACE_MS;
}
