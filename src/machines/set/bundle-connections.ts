/** The connections of a bundle plan, and which of them, or of what was asked on them, take too long. Pure. */

import {SUSPECT_AFTER_MS} from '../../limits.js';
import type {SmallFile} from './file-queue.js';

export interface Bundle {
  readonly ticket: number;
  readonly files: readonly SmallFile[];
  readonly askedAtMs: number;
  isCancelled: boolean;
}

export interface Connection {
  readonly id: number;
  readonly server: number;
  /** Greeted, and not leaving: it may be asked for more. */
  isOpen: boolean;
  /** When payload came last. */
  heardAtMs: number;
  /** Bundles that it was asked for, the oldest first. */
  readonly out: Map<number, Bundle>;
}

export class BundleConnections {
  readonly #rows = new Map<number, Connection>();
  /** How long the last bundle of each server took. */
  readonly #tookMs = new Map<number, number>();
  #lastId = 0;

  all(): Connection[] {
    return [...this.#rows.values()];
  }

  get(id: number): Connection | undefined {
    return this.#rows.get(id);
  }

  of(server: number): Connection[] {
    return this.all().filter((row) => row.server === server);
  }

  /** A new one that is being dialled; returns its number. */
  dial(server: number, nowMs: number): number {
    const id = ++this.#lastId;
    this.#rows.set(id, {id, server, isOpen: false, heardAtMs: nowMs, out: new Map()});
    return id;
  }

  delete(id: number): void {
    this.#rows.delete(id);
  }

  /** A bundle is over. */
  ended(id: number, ticket: number): void {
    const row = this.#rows.get(id);
    const bundle = row?.out.get(ticket);
    if (row === undefined || bundle === undefined) return;
    row.out.delete(ticket);
    if (row.heardAtMs > bundle.askedAtMs) this.#tookMs.set(row.server, row.heardAtMs - bundle.askedAtMs);
  }

  get bundlesOut(): number {
    return this.all().reduce((sum, {out}) => sum + out.size, 0);
  }

  /**
   * Bundles of other servers that take so long that this one would be done sooner, the oldest first. What is held up by
   * a limit of the rate is held up for all.
   */
  slowFor(server: number, nowMs: number): Bundle[] {
    const lateMs = Math.max(SUSPECT_AFTER_MS, LATE_FACTOR * (this.#tookMs.get(server) ?? 0));
    return this.all()
      .filter((row) => row.server !== server)
      .flatMap(({out}) => [...out.values()].filter(({askedAtMs}) => nowMs - askedAtMs >= lateMs))
      .sort((a, b) => a.askedAtMs - b.askedAtMs);
  }

  /** Whether everything that a server was asked for has stopped coming. */
  isSilent(server: number, nowMs: number): boolean {
    const open = this.of(server).filter(({isOpen}) => isOpen);
    return (
      open.length > 0 && open.every((row) => row.out.size > 0 && nowMs - signAtMs(row) >= SUSPECT_AFTER_MS)
    );
  }

  /** When, from now on, a bundle becomes slow or a connection silent. */
  suspectTimes(nowMs: number): number[] {
    const slow = [...this.#tookMs.values()].map((tookMs) => LATE_FACTOR * tookMs);
    const lateMs = [SUSPECT_AFTER_MS, ...slow.filter((ms) => ms > SUSPECT_AFTER_MS)];
    return this.all()
      .filter(({out}) => out.size > 0)
      .flatMap((row) => [
        signAtMs(row) + SUSPECT_AFTER_MS,
        ...[...row.out.values()].flatMap(({askedAtMs}) => lateMs.map((ms) => askedAtMs + ms)),
      ])
      .filter((atMs) => atMs > nowMs);
  }
}

/** A second copy of a bundle is asked for when the first took so many times as long as bundles of that server do. */
const LATE_FACTOR = 2;

/** When a connection that has bundles out gave its last sign, or was to begin. */
function signAtMs({heardAtMs, out}: Connection): number {
  const [first] = out.values();
  return Math.max(heardAtMs, first?.askedAtMs ?? heardAtMs);
}
