/**
 * What the time of a transfer was spent on, tick by tick: full memory on our side (hashing or disk, as their shares are),
 * our own limit, nobody to ask (busy or gone), and else the servers. Where several downloads go on at once, the files of a
 * set and its bundles, they share the time among those that have asked for something. Pure.
 */

import type {RowOf} from './rows.js';

/** What time was spent on; milliseconds. */
export interface Causes {
  /** All that they sent was taken at once. */
  servers: number;
  /** Nobody was asked, since those who could be were busy. */
  busy: number;
  /** Nobody was there to be asked. */
  gone: number;
  /** Of a set: servers were asked about a file, and nothing else was under way. */
  asking: number;
  /** `--limit-rate` was reached. */
  ownLimit: number;
  hashing: number;
  disk: number;
  /** The disk had no room. */
  diskFull: number;
}

/** Stands for all rows that are about no file of a set: the bundles, or the one file that there is. */
export const WHOLE = -1;

/** One of several downloads that go on at once. */
interface Source {
  /** Of its last tick, or of its beginning. */
  tickMs: number;
  /** It has asked for content. */
  hasAsked: boolean;
  /** It did something in its last tick. */
  isWorking: boolean;
  bytesPerSecond: number;
  /** The bundles of a set. */
  isBundles: boolean;
  isDiskFull: boolean;
}

/** A limit counts as reached from this part of it on. */
const LIMIT_REACHED = 0.9;

export class CauseClock {
  readonly #causes: Causes = {
    servers: 0,
    busy: 0,
    gone: 0,
    asking: 0,
    ownLimit: 0,
    hashing: 0,
    disk: 0,
    diskFull: 0,
  };
  readonly #sources = new Map<number, Source>();
  #limitBytesPerSecond: number | null = null;
  /** When anything was asked for first. */
  #firstMs: number | null = null;

  /** When the first content was asked for; null: none was. */
  get firstMs(): number | null {
    return this.#firstMs;
  }

  limit(bytesPerSecond: number | null): void {
    this.#limitBytesPerSecond = bytesPerSecond;
  }

  /** A download begins. */
  begin(source: number, t: number): void {
    this.#source(source, t);
  }

  /** Content was asked for, in bundles or in blocks. */
  asked(source: number, row: RowOf<'fetch' | 'bundle'>): void {
    this.#firstMs ??= row.t;
    const it = this.#source(source, row.t);
    it.hasAsked = true;
    it.isBundles = row.k === 'bundle';
  }

  disk(source: number, is: RowOf<'disk'>['is'], t: number): void {
    this.#source(source, t).isDiskFull = is === 'full';
  }

  /** A download has ended. */
  end(source: number): void {
    this.#sources.delete(source);
  }

  /** `hasBusy`: a server has said that it is busy, and its time is not over. */
  tick(source: number, row: RowOf<'tick'>, hasBusy: boolean): void {
    const it = this.#source(source, row.t);
    const elapsedMs = row.t - Math.max(it.tickMs, this.#firstMs ?? row.t);
    it.tickMs = row.t;
    it.isWorking = row.connections.length > 0 || (it.isBundles && row.storing > 0);
    if (elapsedMs > 0) {
      const bytes = row.connections.reduce((sum, [, count]) => sum + count, 0);
      it.bytesPerSecond = (bytes / elapsedMs) * 1_000;
      const ownShare = it.isBundles ? ownShareOfBundles(row) : ownShareOf(row, elapsedMs);
      this.#giveTime(it, row, elapsedMs * this.#shareOf(it), ownShare, hasBusy);
    }
    // The last one: a set goes on without its bundles.
    if (row.elapsedMs === 0) this.end(source);
  }

  /** Ticks do not end when the transfer does: their sum is brought to its length. */
  scaledTo(transferMs: number): Causes {
    const sum = Object.values(this.#causes).reduce((total, ms: number) => total + ms, 0);
    const factor = sum === 0 ? 0 : transferMs / sum;
    const scaled = Object.entries(this.#causes).map(([cause, ms]) => [cause, ms * factor]);
    return Object.fromEntries(scaled) as Causes;
  }

  #source(source: number, t: number): Source {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    const fresh: Source = {...IDLE, tickMs: t};
    this.#sources.set(source, fresh);
    return fresh;
  }

  /** Those that work share the time; where nobody does, those that wait. */
  #shareOf(it: Source): number {
    const all = [...this.#sources.values()];
    const working = all.filter(({isWorking}) => isWorking).length;
    if (working > 0) return it.isWorking ? 1 / working : 0;
    return 1 / Math.max(1, all.length);
  }

  #giveTime(it: Source, row: RowOf<'tick'>, ms: number, ownShare: number, hasBusy: boolean): void {
    const causes = this.#causes;
    if (it.isDiskFull) causes.diskFull += ms;
    else if (!it.hasAsked) causes.asking += ms;
    else if (!it.isWorking) causes[hasBusy ? 'busy' : 'gone'] += ms;
    else if (this.#isAtLimit()) causes.ownLimit += ms;
    else {
      const ownMs = ms * ownShare;
      const workMs = row.hashedMs + row.writtenMs;
      const diskShare = workMs === 0 ? 0 : row.writtenMs / workMs;
      causes.servers += ms - ownMs;
      causes.disk += ownMs * diskShare;
      causes.hashing += ownMs * (1 - diskShare);
    }
  }

  #isAtLimit(): boolean {
    const limit = this.#limitBytesPerSecond;
    if (limit === null) return false;
    let rate = 0;
    for (const {bytesPerSecond} of this.#sources.values()) rate += bytesPerSecond;
    return rate >= LIMIT_REACHED * limit;
  }
}

const IDLE: Omit<Source, 'tickMs'> = {
  hasAsked: false,
  isWorking: false,
  bytesPerSecond: 0,
  isBundles: false,
  isDiskFull: false,
};

/** The part of a tick in which reading paused because our own side was full. */
function ownShareOf({connections}: RowOf<'tick'>, elapsedMs: number): number {
  const pausedMs = connections.reduce((sum, [, , , , paused]) => sum + paused, 0);
  return connections.length === 0 ? 0 : Math.min(1, pausedMs / connections.length / elapsedMs);
}

/** Bundles never pause reading, for their memory is taken before they are asked for: for want of it none is out. */
function ownShareOfBundles({connections, storing, slabsFree}: RowOf<'tick'>): number {
  const isNoneOut = connections.every(([, , , fetches]) => fetches === 0);
  return storing > 0 && (slabsFree === 0 || isNoneOut) ? 1 : 0;
}
