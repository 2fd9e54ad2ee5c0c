/**
 * Who may transfer: a table of slots, turns and those who were refused. Decides only; times come in with the calls,
 * milliseconds of one monotonic clock, and nothing in here waits.
 *
 * A slot belongs to a connection from its first accepted fetch until it fetched nothing for SLOT_IDLE_MS or, while
 * others wait, until its turn is over. It is taken back between fetches only. While several addresses want slots, one
 * address holds at most its share.
 *
 * No slot is left idle for those who are not back yet: whoever asks first gets it. Those who were refused are told
 * when it should be their turn, so that they mostly come in the order of refusal; for one who was overtaken as often as
 * there are slots and will be back at once, a free one is kept.
 */

import {
  BUSY_FIRST_MAX_MS,
  BUSY_MAX_MS,
  BUSY_MIN_MS,
  SLOT_IDLE_MS,
  SLOT_RETURN_GRACE_MS,
  SLOT_TURN_MS,
} from '../../limits.js';
import {WaitingList} from './waiting-list.js';

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

/** A turn's length in time is not known before it has lasted a little; then its rate is used. */
const RATE_KNOWN_MS = 100;
/** What one turn adds to what is known of their usual length. */
const TURN_WEIGHT = 1 / 8;

export class Slots {
  /** Slots in all. */
  readonly count: number;
  readonly #turnBytes: number;
  readonly #holders = new Map<number, Holder>();
  readonly #waiting = new WaitingList();
  /** How long slots are usually held: a moving mean. Null: nobody has given one back yet. */
  #usualTurnMs: number | null = null;

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
      if (holder.fetches === 0) this.#release(connection, atMs);
    } else if (this.#isNext(connection, address, atMs)) {
      this.#waiting.served(connection, atMs);
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
    if (holder.fetches === 0 && this.#waiting.has(connection)) this.#release(connection, atMs);
  }

  /** A connection is gone, with whatever it had. */
  closed(connection: number, atMs: number): void {
    this.#release(connection, atMs);
    this.#waiting.remove(connection);
  }

  /** Takes back what is not used, and forgets those who did not come back for long. */
  #free(atMs: number): void {
    for (const [connection, holder] of this.#holders) {
      if (holder.fetches === 0 && atMs - holder.idleSinceMs >= SLOT_IDLE_MS) this.#release(connection, atMs);
    }
    this.#waiting.forgetLost(atMs);
  }

  #release(connection: number, atMs: number): void {
    const holder = this.#holders.get(connection);
    if (holder === undefined) return;
    this.#holders.delete(connection);
    const lastedMs = Math.min(atMs - holder.sinceMs, SLOT_TURN_MS);
    this.#usualTurnMs ??= lastedMs;
    this.#usualTurnMs += (lastedMs - this.#usualTurnMs) * TURN_WEIGHT;
  }

  #mustYield(holder: Holder, connection: number, atMs: number): boolean {
    if (this.#waiting.has(connection)) return true; // refused once in this turn: it ends with what is out
    let waiting = false;
    let othersWaiting = false;
    for (const [, waiter] of this.#waiting.expected(atMs)) {
      waiting = true;
      if (waiter.address !== holder.address) othersWaiting = true;
    }
    if (!waiting) return false;
    if (othersWaiting && this.#held(holder.address) > this.#share(atMs)) return true;
    // A free slot is there for those who wait.
    return this.#turnLeftMs(holder, atMs) <= 0 && this.#holders.size >= this.count;
  }

  /** Whether a connection without a slot may have a free one now: it is kept for nobody before it. */
  #isNext(connection: number, address: string, atMs: number): boolean {
    let free = this.count - this.#holders.size;
    if (free <= 0) return false;
    const share = this.#share(atMs, address);
    if (this.#held(address) >= share && this.#isWantedByOthers(address, atMs)) return false;
    for (const [other, waiter] of this.#waiting.expected(atMs)) {
      if (other === connection) return true;
      const isKeptFor = waiter.overtaken >= this.count && waiter.dueAtMs <= atMs + SLOT_RETURN_GRACE_MS;
      if (!isKeptFor || this.#held(waiter.address) >= share) continue;
      free -= 1;
      if (free <= 0) return false;
    }
    return true;
  }

  #isWantedByOthers(address: string, atMs: number): boolean {
    for (const [, waiter] of this.#waiting.expected(atMs)) if (waiter.address !== address) return true;
    return false;
  }

  /** Slots an address may hold while others want some: an equal part, at least one. */
  #share(atMs: number, asking?: string): number {
    const addresses = new Set(asking === undefined ? [] : [asking]);
    for (const holder of this.#holders.values()) addresses.add(holder.address);
    for (const [, waiter] of this.#waiting.expected(atMs)) addresses.add(waiter.address);
    return Math.max(1, Math.floor(this.count / Math.max(1, addresses.size)));
  }

  #held(address: string): number {
    let held = 0;
    for (const holder of this.#holders.values()) if (holder.address === address) held += 1;
    return held;
  }

  #refuse(connection: number, address: string, atMs: number): SlotAnswer {
    const retryAfterMs = Math.ceil(this.#waitMs(connection, atMs));
    this.#waiting.refused(connection, address, retryAfterMs, atMs);
    return {kind: 'busy', retryAfterMs, slots: this.count, slotsInUse: this.#holders.size};
  }

  /** When a connection should ask again: when it is its turn, but sooner while that is a guess, those in front first. */
  #waitMs(connection: number, atMs: number): number {
    const {before, expected} = this.#waiting.place(connection, atMs);
    const turnMs = this.#turnOfMs(connection, before, atMs);
    const mostMs = BUSY_FIRST_MAX_MS * 2 ** this.#waiting.refusals(connection);
    const spread = 1 / 2 + before / Math.max(1, expected) / 2;
    return Math.min(BUSY_MAX_MS, Math.max(BUSY_MIN_MS, turnMs <= mostMs ? turnMs : mostMs * spread));
  }

  /** Estimated time until a slot is free for a waiter: as many slots must come free as others wait before it. */
  #turnOfMs(connection: number, before: number, atMs: number): number {
    const left = [...this.#holders.entries()]
      .filter(([holder]) => holder !== connection)
      .map(([, holder]) => this.#usuallyLeftMs(holder, atMs));
    const free = Math.max(0, this.count - left.length);
    const ends = [...Array.from({length: free}, () => 0), ...left].sort((a, b) => a - b);
    // Each round of turns serves as many as there are slots.
    const rounds = Math.floor(before / this.count);
    return (ends[before % this.count] ?? 0) + rounds * (this.#usualTurnMs ?? SLOT_TURN_MS);
  }

  /** When a slot will be free if its turn is like others. One that lasts longer has, for all we know, as long to go. */
  #usuallyLeftMs(holder: Holder, atMs: number): number {
    const atMostMs = this.#slotLeftMs(holder, atMs);
    if (this.#usualTurnMs === null) return atMostMs;
    const elapsed = atMs - holder.sinceMs;
    return Math.min(atMostMs, elapsed < this.#usualTurnMs ? this.#usualTurnMs - elapsed : elapsed);
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
