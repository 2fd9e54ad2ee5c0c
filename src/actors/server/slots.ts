/**
 * Who may transfer: a table of slots, turns and those who were refused. Decides only; times come in with the calls,
 * milliseconds of one monotonic clock, and nothing in here waits.
 *
 * A slot belongs to a connection from its first accepted fetch until it fetched nothing for SLOT_IDLE_MS or, while
 * others wait, until its turn is over. It is taken back between fetches only. Those who were refused are served in the
 * order of refusal; while several addresses want slots, one address holds at most its share.
 */

import {
  BUSY_JITTER_MAX_MS,
  BUSY_JITTER_STEP_MS,
  BUSY_MAX_MS,
  BUSY_MIN_MS,
  SLOT_IDLE_MS,
  SLOT_RETURN_GRACE_MS,
  SLOT_TURN_MS,
} from '../../limits.js';

export type SlotAnswer =
  | {readonly kind: 'granted'}
  | {
      readonly kind: 'busy';
      readonly retryAfterMs: number;
      readonly slots: number;
      readonly slotsInUse: number;
    };

interface Holder {
  readonly address: string;
  readonly sinceMs: number;
  /** Bytes sent in this turn. */
  bytes: number;
  /** Fetches accepted and not ended. */
  fetches: number;
  /** When the last fetch ended; means nothing while one is out. */
  idleSinceMs: number;
}

interface Waiter {
  readonly address: string;
  /** When it may come back, as it was told. */
  dueAtMs: number;
  /** Refusals in a row: its jitter grows with them. */
  refusals: number;
}

/** A turn's length in time is not known before it has lasted a little; then its rate is used. */
const RATE_KNOWN_MS = 100;

export class Slots {
  /** Slots in all. */
  readonly count: number;
  readonly #turnBytes: number;
  readonly #holders = new Map<number, Holder>();
  /** In the order of their first refusal. */
  readonly #waiters = new Map<number, Waiter>();

  /** `turnBytes`: one fragment; a turn is this or SLOT_TURN_MS, whichever is later. */
  constructor(count: number, turnBytes: number) {
    this.count = count;
    this.#turnBytes = turnBytes;
  }

  get inUse(): number {
    return this.#holders.size;
  }

  /** The same without those that nobody has used for a while. */
  inUseAt(atMs: number): number {
    this.#free(atMs);
    return this.#holders.size;
  }

  /** A connection wants to fetch. When granted, `ended` must follow. */
  ask(connection: number, address: string, atMs: number): SlotAnswer {
    this.#free(atMs);
    const holder = this.#holders.get(connection);
    if (holder !== undefined) {
      if (!this.#mustYield(holder, connection, atMs)) {
        holder.fetches += 1;
        return {kind: 'granted'};
      }
      if (holder.fetches === 0) this.#holders.delete(connection);
    } else if (this.#isNext(connection, address, atMs)) {
      this.#waiters.delete(connection);
      this.#holders.set(connection, {address, sinceMs: atMs, bytes: 0, fetches: 1, idleSinceMs: atMs});
      return {kind: 'granted'};
    }
    return this.#refuse(connection, address, atMs);
  }

  /** Bytes of payload went to a connection. */
  sent(connection: number, bytes: number): void {
    const holder = this.#holders.get(connection);
    if (holder !== undefined) holder.bytes += bytes;
  }

  /** A granted fetch ended, however. */
  ended(connection: number, atMs: number): void {
    const holder = this.#holders.get(connection);
    if (holder === undefined) return;
    holder.fetches -= 1;
    holder.idleSinceMs = atMs;
    // It was refused its next fetch meanwhile: its turn is over.
    if (holder.fetches === 0 && this.#waiters.has(connection)) this.#holders.delete(connection);
  }

  /** A connection is gone, with whatever it had. */
  closed(connection: number): void {
    this.#holders.delete(connection);
    this.#waiters.delete(connection);
  }

  /** Takes back what is not used, and forgets those who did not come back for long. */
  #free(atMs: number): void {
    for (const [connection, holder] of this.#holders) {
      if (holder.fetches === 0 && atMs - holder.idleSinceMs >= SLOT_IDLE_MS) this.#holders.delete(connection);
    }
    for (const [connection, waiter] of this.#waiters) {
      if (atMs - waiter.dueAtMs > BUSY_MAX_MS) this.#waiters.delete(connection);
    }
  }

  #mustYield(holder: Holder, connection: number, atMs: number): boolean {
    if (this.#waiters.has(connection)) return true; // refused once in this turn: it ends with what is out
    let waiting = false;
    let othersWaiting = false;
    for (const waiter of this.#waiters.values()) {
      if (!isExpected(waiter, atMs)) continue;
      waiting = true;
      if (waiter.address !== holder.address) othersWaiting = true;
    }
    if (!waiting) return false;
    if (othersWaiting && this.#held(holder.address) > this.#share(atMs)) return true;
    // A free slot is there for those who wait.
    return this.#turnLeftMs(holder, atMs) <= 0 && this.#holders.size >= this.count;
  }

  /** Whether a connection without a slot may have a free one now: nobody before it in the order waits for that. */
  #isNext(connection: number, address: string, atMs: number): boolean {
    let free = this.count - this.#holders.size;
    if (free <= 0) return false;
    const share = this.#share(atMs, address);
    if (this.#held(address) >= share && this.#isWantedByOthers(address, atMs)) return false;
    for (const [other, waiter] of this.#waiters) {
      if (other === connection) return true;
      if (!isExpected(waiter, atMs) || this.#held(waiter.address) >= share) continue;
      free -= 1;
      if (free <= 0) return false;
    }
    return true;
  }

  #isWantedByOthers(address: string, atMs: number): boolean {
    for (const waiter of this.#waiters.values()) {
      if (waiter.address !== address && isExpected(waiter, atMs)) return true;
    }
    return false;
  }

  /** Slots an address may hold while others want some: an equal part, at least one. */
  #share(atMs: number, asking?: string): number {
    const addresses = new Set(asking === undefined ? [] : [asking]);
    for (const holder of this.#holders.values()) addresses.add(holder.address);
    for (const waiter of this.#waiters.values()) if (isExpected(waiter, atMs)) addresses.add(waiter.address);
    return Math.max(1, Math.floor(this.count / Math.max(1, addresses.size)));
  }

  #held(address: string): number {
    let held = 0;
    for (const holder of this.#holders.values()) if (holder.address === address) held += 1;
    return held;
  }

  #refuse(connection: number, address: string, atMs: number): SlotAnswer {
    const waiter = this.#waiters.get(connection) ?? {address, dueAtMs: atMs, refusals: 0};
    this.#waiters.set(connection, waiter);
    const retryAfterMs = Math.ceil(this.#waitMs(connection, atMs));
    waiter.dueAtMs = atMs + retryAfterMs;
    waiter.refusals += 1;
    return {kind: 'busy', retryAfterMs, slots: this.count, slotsInUse: this.#holders.size};
  }

  /** Estimated time until a slot is free for a waiter: as many slots must come free as others wait before it. */
  #waitMs(connection: number, atMs: number): number {
    const left = [...this.#holders.entries()]
      .filter(([holder]) => holder !== connection)
      .map(([, holder]) => this.#slotLeftMs(holder, atMs));
    const free = Math.max(0, this.count - left.length);
    const ends = [...Array.from({length: free}, () => 0), ...left].sort((a, b) => a - b);
    let before = 0;
    for (const [other, waiter] of this.#waiters) {
      if (other === connection) break;
      if (isExpected(waiter, atMs)) before += 1;
    }
    // Each round of turns serves as many as there are slots.
    const rounds = Math.floor(before / this.count);
    const wait = (ends[before % this.count] ?? 0) + rounds * SLOT_TURN_MS;
    return Math.min(BUSY_MAX_MS, Math.max(BUSY_MIN_MS, wait));
  }

  /** When a slot will be free at the latest: its turn ends, or nothing is fetched. */
  #slotLeftMs(holder: Holder, atMs: number): number {
    const turnLeftMs = this.#turnLeftMs(holder, atMs);
    return holder.fetches > 0 ? turnLeftMs : Math.min(turnLeftMs, SLOT_IDLE_MS - (atMs - holder.idleSinceMs));
  }

  #turnLeftMs(holder: Holder, atMs: number): number {
    const elapsed = atMs - holder.sinceMs;
    const byTime = SLOT_TURN_MS - elapsed;
    const bytesLeft = this.#turnBytes - holder.bytes;
    if (bytesLeft <= 0) return byTime;
    const byBytes =
      elapsed > RATE_KNOWN_MS && holder.bytes > 0 ? (bytesLeft * elapsed) / holder.bytes : SLOT_TURN_MS;
    return Math.max(byTime, byBytes);
  }
}

/** One who has come back in time so far; for others nothing is kept free. */
function isExpected(waiter: Waiter, atMs: number): boolean {
  const jitter = Math.min(BUSY_JITTER_MAX_MS, BUSY_JITTER_STEP_MS * waiter.refusals);
  return atMs <= waiter.dueAtMs + jitter + SLOT_RETURN_GRACE_MS;
}
