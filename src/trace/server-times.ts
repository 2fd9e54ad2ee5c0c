/** How each server of a download spent its time, from the rows of the trace. Pure. */

import {CHECK_FASTER, CHECK_SLOW_BYTES_PER_SECOND} from '../limits.js';
import {Replay} from './replay.js';
import type {RowOf, TraceRow} from './rows.js';

/** Times in milliseconds. */
export interface ServerTime {
  readonly address: string;
  /** What it was at the end. */
  readonly state: RowOf<'server'>['is'];
  readonly bytes: number;
  readonly busyReplies: number;
  readonly errors: number;
  /** Fetches were out. */
  readonly workingMs: number;
  /** While fetches were out; null: it brought nothing. */
  readonly bytesPerSecond: number | null;
  /** Slow as `fdl check` calls it: much slower than the quickest, and not fast either. */
  readonly isSlow: boolean;
  readonly busyMs: number;
  /** Gone, and dialled anew. */
  readonly lostMs: number;
  /** Fetches were out, and nothing came for long. */
  readonly silentMs: number;
  /** About how much sooner all would have been here, had it been there all the time at its own rate. */
  readonly costMs: number;
}

interface Times {
  workingMs: number;
  busyMs: number;
  lostMs: number;
  silentMs: number;
  /** When its state began. */
  sinceMs: number;
}

export class ServerTimes {
  readonly #replay = new Replay();
  readonly #times: Times[] = [];
  /** Of the last tick, or of the first fetch: there was nothing to wait for before. */
  #tickMs = 0;
  #hasFetched = false;
  #lastMs = 0;

  get receivedBytes(): number {
    return this.#replay.receivedBytes;
  }

  /** A server has said that it is busy, and its time is not over. */
  get hasBusy(): boolean {
    return this.#replay.servers.some(({state}) => state === 'busy' || state === 'indexing');
  }

  addressOf(connection: number): string | null {
    return this.#replay.serverOf(connection)?.address ?? null;
  }

  take(row: TraceRow): void {
    this.#lastMs = row.t;
    if (row.k === 'server') this.#leaveState(row.server, row.t);
    if (row.k === 'tick') this.#takeTick(row);
    if (row.k === 'fetch' && !this.#hasFetched) {
      this.#hasFetched = true;
      this.#tickMs = row.t;
    }
    this.#replay.take(row);
  }

  /** `bytesPerSecond`: of the whole download, while it transferred. */
  end(bytesPerSecond: number): ServerTime[] {
    const rates = this.#replay.servers.map(({bytes}, index) => this.#rateOf(index, bytes));
    const quickest = Math.max(0, ...rates.map((rate) => rate ?? 0));
    return this.#replay.servers.map(({address, state, bytes, busyReplies, errors}, index) => {
      this.#leaveState(index, this.#lastMs);
      const {workingMs, busyMs, lostMs, silentMs} = this.#timesOf(index);
      const rate = rates[index] ?? null;
      const missed = rate === null || bytesPerSecond === 0 ? 0 : (busyMs + lostMs + silentMs) * rate;
      const costMs = missed === 0 ? 0 : missed / bytesPerSecond;
      const isSlow = rate !== null && rate < CHECK_SLOW_BYTES_PER_SECOND && rate * CHECK_FASTER <= quickest;
      const told = {address, state, bytes, busyReplies, errors};
      return {...told, workingMs, bytesPerSecond: rate, isSlow, busyMs, lostMs, silentMs, costMs};
    });
  }

  #rateOf(index: number, bytes: number): number | null {
    const {workingMs} = this.#timesOf(index);
    return workingMs === 0 || bytes === 0 ? null : (bytes / workingMs) * 1_000;
  }

  /** The time it spent in the state that it leaves. */
  #leaveState(index: number, t: number): void {
    const times = this.#timesOf(index);
    const state = this.#replay.servers[index]?.state;
    if (state === 'busy' || state === 'indexing') times.busyMs += t - times.sinceMs;
    else if (state === 'lost') times.lostMs += t - times.sinceMs;
    times.sinceMs = t;
  }

  #takeTick({t, connections}: RowOf<'tick'>): void {
    const elapsedMs = t - this.#tickMs;
    this.#tickMs = t;
    const working = new Map<number, boolean>();
    for (const [connection, , , , , suspect] of connections) {
      const server = this.#replay.numberOf(connection);
      if (server === null) continue;
      working.set(server, (working.get(server) ?? true) && suspect === 1);
    }
    for (const [server, isSilent] of working) {
      const times = this.#timesOf(server);
      if (isSilent) times.silentMs += elapsedMs;
      else times.workingMs += elapsedMs;
    }
  }

  #timesOf(index: number): Times {
    const known = this.#times[index] ?? {workingMs: 0, busyMs: 0, lostMs: 0, silentMs: 0, sinceMs: 0};
    this.#times[index] = known;
    return known;
  }
}
