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

  get bundlesOut(): number {
    return this.all().reduce((sum, {out}) => sum + out.size, 0);
  }

  /** Bundles that other servers were asked for long ago, the oldest first. */
  slowBundles(besides: number, nowMs: number): Bundle[] {
    return this.all()
      .filter(({server}) => server !== besides)
      .flatMap(({out}) => [...out.values()].filter(({askedAtMs}) => nowMs - askedAtMs >= SUSPECT_AFTER_MS))
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
    return this.all()
      .filter(({out}) => out.size > 0)
      .flatMap((row) => [signAtMs(row), ...[...row.out.values()].map(({askedAtMs}) => askedAtMs)])
      .map((atMs) => atMs + SUSPECT_AFTER_MS)
      .filter((atMs) => atMs > nowMs);
  }
}

/** When a connection that has bundles out gave its last sign, or was to begin. */
function signAtMs({heardAtMs, out}: Connection): number {
  const [first] = out.values();
  return Math.max(heardAtMs, first?.askedAtMs ?? heardAtMs);
}
