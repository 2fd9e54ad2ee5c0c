/** How each server of a download spent its time, from the rows of the trace. Pure. */

import {CHECK_FASTER, CHECK_SLOW_BYTES_PER_SECOND} from '../limits.js';
import {WHOLE} from './causes.js';
import {Replay} from './replay.js';
import type {RowOf, TraceRow} from './rows.js';

/** Times in milliseconds. */
export interface ServerTime {
  readonly address: string;
  /** What it was at the end. */
  readonly state: RowOf<'server'>['is'];
  readonly bytes: number;
  /** Blocks of it that are in the file, or in one of the files; small files count as one each ... */
  readonly blocks: number;
  /** ... and this many came in bundles. */
  readonly files: number;
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

/** What a server is to one download, or to a set as a whole. */
interface Standing {
  readonly is: 'busy' | 'lost';
  readonly untilMs: number | null;
}

interface Times {
  workingMs: number;
  busyMs: number;
  lostMs: number;
  silentMs: number;
  /** Up to here it is counted whether it worked: downloads that go on at once have ticks that overlap. */
  coveredMs: number;
  /** Those to which it is busy or lost. */
  readonly standings: Map<number, Standing>;
  /** What it has been since `sinceMs`. */
  is: Standing['is'] | null;
  sinceMs: number;
}

export class ServerTimes {
  readonly #replay = new Replay();
  readonly #times: Times[] = [];
  /** Of the last tick of a download, or of its first fetch: there was nothing to wait for before. */
  readonly #ticks = new Map<number, number>();
  readonly #asked = new Set<number>();
  #isSet = false;
  #lastMs = 0;

  get receivedBytes(): number {
    return this.#replay.receivedBytes;
  }

  get storedBytes(): number {
    return this.#replay.storedBytes;
  }

  get resumedBytes(): number {
    return this.#replay.resumedBytes;
  }

  /** A server has said that it is busy, and its time is not over. */
  get hasBusy(): boolean {
    return this.#times.some(({is}) => is === 'busy');
  }

  /** The number of a connection's server; null: no such connection was dialled. */
  serverOf(connection: number): number | null {
    return this.#replay.numberOf(connection);
  }

  addressOf(server: number): string | null {
    return this.#replay.servers[server]?.address ?? null;
  }

  take(row: TraceRow): void {
    this.#lastMs = row.t;
    const source = row.item ?? WHOLE;
    this.#replay.take(row);
    switch (row.k) {
      case 'set':
        this.#isSet = true;
        return;
      case 'server':
        return this.#takeServer(row, source);
      case 'fetch':
      case 'bundle':
        if (!this.#asked.has(source)) this.#ticks.set(source, row.t);
        this.#asked.add(source);
        return;
      case 'tick':
        return this.#takeTick(row, source);
      case 'item':
        if (row.is !== 'begun') this.#forget(source, row.t);
        return;
    }
  }

  /** `bytesPerSecond`: of the whole download, while it transferred. */
  end(bytesPerSecond: number): ServerTime[] {
    const rates = this.#replay.servers.map(({bytes}, index) => this.#rateOf(index, bytes));
    const quickest = Math.max(0, ...rates.map((rate) => rate ?? 0));
    return this.#replay.servers.map(({address, state, bytes, blocks, files, busyReplies, errors}, index) => {
      const times = this.#timesOf(index);
      count(times, this.#lastMs);
      const {workingMs, busyMs, lostMs, silentMs} = times;
      const rate = rates[index] ?? null;
      const missed = rate === null || bytesPerSecond === 0 ? 0 : (busyMs + lostMs + silentMs) * rate;
      const costMs = missed === 0 ? 0 : missed / bytesPerSecond;
      const isSlow = rate !== null && rate < CHECK_SLOW_BYTES_PER_SECOND && rate * CHECK_FASTER <= quickest;
      const told = {address, state, bytes, blocks, files, busyReplies, errors};
      return {...told, workingMs, bytesPerSecond: rate, isSlow, busyMs, lostMs, silentMs, costMs};
    });
  }

  #rateOf(index: number, bytes: number): number | null {
    const {workingMs} = this.#timesOf(index);
    return workingMs === 0 || bytes === 0 ? null : (bytes / workingMs) * 1_000;
  }

  #takeServer({t, server, is, untilMs}: RowOf<'server'>, source: number): void {
    const times = this.#timesOf(server);
    if (is === 'busy' || is === 'indexing')
      times.standings.set(source, {is: 'busy', untilMs: untilMs ?? null});
    else if (is === 'lost') times.standings.set(source, {is: 'lost', untilMs: untilMs ?? null});
    else times.standings.delete(source);
    settle(times, t);
  }

  /** A file has ended: what servers were to it is over. */
  #forget(source: number, t: number): void {
    this.#ticks.delete(source);
    this.#asked.delete(source);
    for (const times of this.#times) if (times?.standings.delete(source)) settle(times, t);
  }

  #takeTick({t, connections}: RowOf<'tick'>, source: number): void {
    if (this.#isSet) this.#endDue(t);
    const sinceMs = this.#ticks.get(source) ?? (this.#isSet ? t : 0);
    this.#ticks.set(source, t);
    const working = new Map<number, boolean>();
    for (const [connection, , , , , suspect] of connections) {
      const server = this.#replay.numberOf(connection);
      if (server === null) continue;
      working.set(server, (working.get(server) ?? true) && suspect === 1);
    }
    for (const [server, isSilent] of working) {
      const times = this.#timesOf(server);
      const elapsedMs = Math.max(0, t - Math.max(sinceMs, times.coveredMs));
      times.coveredMs = t;
      if (isSilent) times.silentMs += elapsedMs;
      else times.workingMs += elapsedMs;
      // Whoever brings something to one file of a set has not kept the whole waiting by being busy for another.
      if (this.#isSet && !isSilent && times.is !== null) times.sinceMs = t;
    }
  }

  /** To a set as a whole a server is lost, or busy, up to a time: no row says when that is over. */
  #endDue(t: number): void {
    for (const times of this.#times) {
      const standing = times?.standings.get(WHOLE);
      const untilMs = standing?.untilMs ?? t;
      if (times === undefined || untilMs >= t) continue;
      times.standings.delete(WHOLE);
      settle(times, Math.max(times.sinceMs, untilMs));
    }
  }

  #timesOf(index: number): Times {
    const known = this.#times[index] ?? {...FRESH, standings: new Map<number, Standing>()};
    this.#times[index] = known;
    return known;
  }
}

const FRESH: Omit<Times, 'standings'> = {
  workingMs: 0,
  busyMs: 0,
  lostMs: 0,
  silentMs: 0,
  coveredMs: 0,
  is: null,
  sinceMs: 0,
};

/** Counts the time in what it was, and notes what it is now: busy to any comes before lost to any. */
function settle(times: Times, t: number): void {
  count(times, t);
  const all = [...times.standings.values()];
  times.is = all.some(({is}) => is === 'busy') ? 'busy' : (all[0]?.is ?? null);
}

function count(times: Times, t: number): void {
  if (times.is === 'busy') times.busyMs += t - times.sinceMs;
  else if (times.is === 'lost') times.lostMs += t - times.sinceMs;
  times.sinceMs = t;
}
