/**
 * Why a download took as long as it did, computed from the rows of its trace. Each tick's time is given to what it was
 * spent on: full memory on our side (hashing or disk, as their shares are), our own limit, nobody to ask (busy or gone), and
 * else the servers. Pure.
 */

import type {RowOf, TraceRow} from './rows.js';
import {type ServerTime, ServerTimes} from './server-times.js';

/** What time was spent on; milliseconds. */
export interface Causes {
  /** All that they sent was taken at once. */
  servers: number;
  /** Nobody was asked, since those who could be were busy. */
  busy: number;
  /** Nobody was there to be asked. */
  gone: number;
  /** `--limit-rate` was reached. */
  ownLimit: number;
  hashing: number;
  disk: number;
  /** The disk had no room. */
  diskFull: number;
}

export interface TraceReport {
  readonly file: string;
  readonly how: RowOf<'done'>['how'] | 'unknown';
  /** From the start to the last row, and its parts: until the first request, transfer, and what came after it. */
  readonly totalMs: number;
  readonly planningMs: number;
  readonly transferMs: number;
  readonly finishingMs: number;
  readonly storedBytes: number;
  readonly resumedBytes: number;
  /** Parts of `transferMs`. */
  readonly causes: Readonly<Causes>;
  readonly servers: readonly ServerTime[];
  /** The last twentieth of what was stored; null: too little for that. */
  readonly tail: {readonly ms: number; readonly evenMs: number; readonly lastFrom: string | null} | null;
  /** Received in vain in all, and of that: whole second copies, and blocks that were wrong. */
  readonly wastedBytes: number;
  readonly secondCopyBytes: number;
  readonly wrongBlocks: number;
  readonly steals: number;
  readonly hedges: number;
  /** Rows that are missing: the figures are too small then. */
  readonly droppedRows: number;
}

/** A limit counts as reached from this part of it on. */
const LIMIT_REACHED = 0.9;
const TAIL_SHARE = 0.05;

export class ReportBuilder {
  readonly #servers = new ServerTimes();
  readonly #causes: Causes = {
    servers: 0,
    busy: 0,
    gone: 0,
    ownLimit: 0,
    hashing: 0,
    disk: 0,
    diskFull: 0,
  };
  /** When each block was stored, and from where: the tail is known only at the end. */
  readonly #stored: {readonly t: number; readonly bytes: number; readonly connection: number}[] = [];
  #options: RowOf<'download'> | null = null;
  #how: TraceReport['how'] = 'unknown';
  #lastMs = 0;
  #tickMs = 0;
  #firstFetchMs: number | null = null;
  #lastStoredMs: number | null = null;
  #resumedBytes = 0;
  #isDiskFull = false;
  #secondCopyBytes = 0;
  #wrongBlocks = 0;
  #steals = 0;
  #hedges = 0;
  #droppedRows = 0;

  /** Learns one row; they must come in their order. */
  take(row: TraceRow): void {
    this.#lastMs = row.t;
    this.#servers.take(row);
    switch (row.k) {
      case 'download':
        this.#options = row;
        return;
      case 'kept':
        if (row.how === 'trusted' || row.how === 'whole') this.#resumedBytes += row.bytes;
        return;
      case 'fetch':
        this.#firstFetchMs ??= row.t;
        if (row.hedge) this.#hedges++;
        return;
      case 'steal':
        this.#steals++;
        return;
      case 'block':
        if (row.wasted === true) this.#secondCopyBytes += row.bytes;
        return;
      case 'stored':
        return this.#takeStored(row);
      case 'wrong':
        if (row.connection !== null) this.#wrongBlocks++;
        return;
      case 'disk':
        this.#isDiskFull = row.is === 'full';
        return;
      case 'tick':
        return this.#takeTick(row);
      case 'dropped':
        this.#droppedRows += row.rows;
        return;
      case 'done':
        this.#how = row.how;
        return;
    }
  }

  end(): TraceReport {
    const firstMs = this.#firstFetchMs ?? this.#lastMs;
    const endMs = Math.max(
      firstMs,
      this.#lastStoredMs ?? (this.#how === 'complete' ? firstMs : this.#lastMs),
    );
    const storedBytes = this.#stored.reduce((sum, {bytes}) => sum + bytes, 0);
    const transferMs = endMs - firstMs;
    return {
      file: this.#options?.file ?? '',
      how: this.#how,
      totalMs: this.#lastMs,
      planningMs: firstMs,
      transferMs,
      finishingMs: this.#lastMs - endMs,
      storedBytes,
      resumedBytes: this.#resumedBytes,
      causes: scaled(this.#causes, transferMs),
      servers: this.#servers.end(transferMs === 0 ? 0 : (storedBytes / transferMs) * 1_000),
      tail: this.#tail(storedBytes, firstMs),
      wastedBytes: this.#servers.receivedBytes - storedBytes,
      secondCopyBytes: this.#secondCopyBytes,
      wrongBlocks: this.#wrongBlocks,
      steals: this.#steals,
      hedges: this.#hedges,
      droppedRows: this.#droppedRows,
    };
  }

  #takeStored({t, connection, bytes}: RowOf<'stored'>): void {
    if (connection === null) {
      this.#resumedBytes += bytes;
      return;
    }
    this.#lastStoredMs = t;
    this.#stored.push({t, bytes, connection});
  }

  #takeTick(row: RowOf<'tick'>): void {
    const sinceMs = Math.max(this.#tickMs, this.#firstFetchMs ?? row.t);
    this.#tickMs = row.t;
    const elapsedMs = row.t - sinceMs;
    if (elapsedMs <= 0) return;
    this.#giveTime(row, elapsedMs);
  }

  #giveTime({connections, hashedMs, writtenMs}: RowOf<'tick'>, elapsedMs: number): void {
    const causes = this.#causes;
    if (this.#isDiskFull) causes.diskFull += elapsedMs;
    else if (connections.length === 0) causes[this.#servers.hasBusy ? 'busy' : 'gone'] += elapsedMs;
    else if (this.#isAtLimit(connections, elapsedMs)) causes.ownLimit += elapsedMs;
    else {
      const pausedMs = connections.reduce((sum, [, , , , paused]) => sum + paused, 0);
      const ownMs = Math.min(elapsedMs, pausedMs / connections.length);
      const workMs = hashedMs + writtenMs;
      const diskShare = workMs === 0 ? 0 : writtenMs / workMs;
      causes.servers += elapsedMs - ownMs;
      causes.disk += ownMs * diskShare;
      causes.hashing += ownMs * (1 - diskShare);
    }
  }

  #isAtLimit(connections: RowOf<'tick'>['connections'], elapsedMs: number): boolean {
    const limit = this.#options?.limitBytesPerSecond ?? null;
    const bytes = connections.reduce((sum, [, count]) => sum + count, 0);
    return limit !== null && (bytes / elapsedMs) * 1_000 >= LIMIT_REACHED * limit;
  }

  #tail(storedBytes: number, firstMs: number): TraceReport['tail'] {
    const last = this.#stored.at(-1);
    if (last === undefined || this.#stored.length < 1 / TAIL_SHARE) return null;
    let sum = 0;
    let fromMs = firstMs;
    for (const {t, bytes} of this.#stored) {
      sum += bytes;
      fromMs = t;
      if (sum >= storedBytes * (1 - TAIL_SHARE)) break;
    }
    const evenMs = (fromMs - firstMs) * (TAIL_SHARE / (1 - TAIL_SHARE));
    return {ms: last.t - fromMs, evenMs, lastFrom: this.#servers.addressOf(last.connection)};
  }
}

/** Ticks do not end when the transfer does: their sum is brought to its length. */
function scaled(causes: Causes, transferMs: number): Causes {
  const sum = Object.values(causes).reduce((total, ms: number) => total + ms, 0);
  const factor = sum === 0 ? 0 : transferMs / sum;
  return {
    servers: causes.servers * factor,
    busy: causes.busy * factor,
    gone: causes.gone * factor,
    ownLimit: causes.ownLimit * factor,
    hashing: causes.hashing * factor,
    disk: causes.disk * factor,
    diskFull: causes.diskFull * factor,
  };
}
