/**
 * From whom the small files of a set come, bundle by bundle. Told what happened, it names the next step; the caller
 * takes it and asks again until it is `wait` or `over`. Pure: times come in with the calls.
 */

import {BUNDLES_OUT_MAX, DIALS_MAX, FETCHES_OUT_MAX, SUSPECT_AFTER_MS} from '../../limits.js';
import type {LossCause} from '../events.js';
import {BundleServers} from './bundle-servers.js';
import {FileQueue, type SmallFile} from './file-queue.js';

export interface BundlePlanOptions {
  readonly files: readonly SmallFile[];
  readonly servers: number;
  /** Most connections to one server. */
  readonly connectionsMax: number;
  /** Bytes of one bundle. */
  readonly bundleBytes: number;
  /** Gives up after so long without a file. */
  readonly giveUpAfterMs: number;
  readonly startedAtMs: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

export type BundleStep =
  | {readonly kind: 'dial'; readonly server: number; readonly connection: number}
  | {
      readonly kind: 'ask';
      readonly connection: number;
      readonly ticket: number;
      readonly files: readonly SmallFile[];
    }
  | {readonly kind: 'cancel'; readonly connection: number; readonly ticket: number}
  /** No server is left that may bring them. */
  | {readonly kind: 'hand-over'; readonly files: readonly SmallFile[]}
  | {readonly kind: 'wait'; readonly untilMs: number}
  | {readonly kind: 'over'};

interface Bundle {
  readonly ticket: number;
  readonly files: readonly SmallFile[];
  readonly askedAtMs: number;
  isCancelled: boolean;
}

interface Connection {
  readonly id: number;
  readonly server: number;
  isOpen: boolean;
  readonly out: Map<number, Bundle>;
}

export class BundlePlan {
  readonly #options: BundlePlanOptions;
  readonly #queue: FileQueue;
  readonly #servers: BundleServers;
  readonly #connections = new Map<number, Connection>();
  #lastConnection = 0;
  #lastTicket = 0;
  /** When the last file came; null: none yet. */
  #cameAtMs: number | null = null;
  /** Something happened that may have left a file without a server. */
  #mayBeStuck = true;

  constructor(options: BundlePlanOptions) {
    this.#options = options;
    this.#queue = new FileQueue(options.files, options.servers);
    this.#servers = new BundleServers(options.servers, options.random);
  }

  /** `hasMemory`: there is a slab for one more bundle. */
  next(nowMs: number, hasMemory: boolean): BundleStep {
    if (this.#queue.left === 0) return {kind: 'over'};
    this.#servers.rouse(nowMs);
    return (
      this.#cancelStep() ??
      (hasMemory ? this.#askStep(nowMs) : null) ??
      this.#dialStep() ??
      this.#giveUpStep(nowMs) ?? {kind: 'wait', untilMs: this.#wakeAtMs(nowMs)}
    );
  }

  /** A connection was greeted. False: it is of no use and is to be closed. */
  welcomed(connection: number, instanceId: string, hasBundles: boolean): boolean {
    const row = this.#connections.get(connection);
    if (row === undefined) return false;
    if (!hasBundles || this.#servers.isAlias(row.server, instanceId)) {
      this.excluded(row.server);
      return false;
    }
    this.#servers.welcomed(row.server, instanceId);
    row.isOpen = true;
    return true;
  }

  busy(connection: number, untilMs: number): void {
    const row = this.#connections.get(connection);
    if (row !== undefined) this.#servers.busy(row.server, untilMs);
  }

  /** A bundle ended, and what came of it was told by `received` and `missed`. */
  ended(connection: number, ticket: number): void {
    this.#connections.get(connection)?.out.delete(ticket);
  }

  /** A file is here. False: it was already. */
  received(index: number, atMs: number): boolean {
    if (this.#cameAtMs === null) this.#servers.revive(atMs);
    this.#cameAtMs = atMs;
    return this.#queue.received(index);
  }

  /** A file of a bundle did not come, or was wrong; `refusedBy`: the server that will not bring it. */
  missed(index: number, refusedBy: number | null): void {
    this.#queue.lost(index, refusedBy);
    this.#mayBeStuck = true;
  }

  /** A file is stored, failed for good, or fetched in another way from here on. */
  settled(index: number): void {
    this.#queue.settled(index);
  }

  /** No new bundles on this connection: its server is leaving. */
  leaving(connection: number): void {
    const row = this.#connections.get(connection);
    if (row !== undefined) row.isOpen = false;
  }

  /** A connection is gone, and every bundle on it. */
  closed(connection: number, cause: LossCause, atMs: number): void {
    const row = this.#drop(connection);
    if (row !== null) this.#servers.lost(row.server, cause, row.isOpen, this.#cameAtMs !== null, atMs);
  }

  /** Nothing is asked of this server any more. Returns its connections, to be closed. */
  excluded(server: number): number[] {
    this.#servers.exclude(server);
    const ids = [...this.#connections.values()].filter((it) => it.server === server).map(({id}) => id);
    for (const id of ids) this.#drop(id);
    this.#mayBeStuck = true;
    return ids;
  }

  isOut(server: number): boolean {
    return this.#servers.isOut(server);
  }

  #cancelStep(): BundleStep | null {
    for (const connection of this.#connections.values()) {
      for (const bundle of connection.out.values()) {
        if (bundle.isCancelled || this.#queue.isWanted(bundle.files)) continue;
        bundle.isCancelled = true;
        return {kind: 'cancel', connection: connection.id, ticket: bundle.ticket};
      }
    }
    return null;
  }

  /** The connection with the fewest bundles out comes first, so that every server gets its turn. */
  #askStep(nowMs: number): BundleStep | null {
    const able = [...this.#connections.values()].filter(
      ({isOpen, server, out}) => isOpen && out.size < FETCHES_OUT_MAX && this.#servers.isUsable(server),
    );
    if (able.length === 0 || this.#bundlesOut() >= BUNDLES_OUT_MAX) return null;
    able.sort((a, b) => a.out.size - b.out.size);
    for (const connection of able) {
      const files = this.#queue.take(connection.server, this.#options.bundleBytes);
      if (files.length > 0) return this.#ask(connection, files, nowMs);
    }
    const idle = able.filter(({out}) => out.size === 0);
    for (const connection of idle) {
      const files = this.#rescue(connection, nowMs);
      if (files.length > 0) return this.#ask(connection, files, nowMs);
    }
    return null;
  }

  #ask(connection: Connection, files: readonly SmallFile[], askedAtMs: number): BundleStep {
    const ticket = ++this.#lastTicket;
    connection.out.set(ticket, {ticket, files, askedAtMs, isCancelled: false});
    return {kind: 'ask', connection: connection.id, ticket, files};
  }

  /** What another server has been asked for long ago: whoever brings it first. */
  #rescue(idle: Connection, nowMs: number): SmallFile[] {
    for (const bundle of this.#slowBundles(idle.server)) {
      if (nowMs - bundle.askedAtMs < SUSPECT_AFTER_MS) break;
      const files = this.#queue.rescue(bundle.files, idle.server);
      if (files.length > 0) return files;
    }
    return [];
  }

  #slowBundles(besides: number): Bundle[] {
    return [...this.#connections.values()]
      .filter(({server}) => server !== besides)
      .flatMap(({out}) => [...out.values()])
      .sort((a, b) => a.askedAtMs - b.askedAtMs);
  }

  #dialStep(): BundleStep | null {
    const dialling = [...this.#connections.values()].filter(({isOpen, out}) => !isOpen && out.size === 0);
    if (dialling.length >= DIALS_MAX) return null;
    for (let server = 0; server < this.#servers.count; server++) {
      if (!this.#servers.isUsable(server) || !this.#isShort(server) || !this.#queue.hasFor(server)) continue;
      const connection = ++this.#lastConnection;
      this.#connections.set(connection, {id: connection, server, isOpen: false, out: new Map()});
      return {kind: 'dial', server, connection};
    }
    return null;
  }

  /** A further connection where all that are there have enough to do, and something is left. */
  #isShort(server: number): boolean {
    const rows = [...this.#connections.values()].filter((row) => row.server === server);
    if (rows.length >= this.#options.connectionsMax) return false;
    return rows.every(({isOpen, out}) => isOpen && out.size >= FETCHES_OUT_MAX);
  }

  /** Nothing is under way and nothing will be, or nothing came for too long. */
  #giveUpStep(nowMs: number): BundleStep | null {
    const isLate = nowMs >= this.#deadlineMs();
    if (!isLate && !this.#mayBeStuck) return null;
    this.#mayBeStuck = false;
    const files = this.#queue.giveUp((server) => !isLate && this.#servers.isHope(server));
    return files.length === 0 ? null : {kind: 'hand-over', files};
  }

  #deadlineMs(): number {
    return (this.#cameAtMs ?? this.#options.startedAtMs) + this.#options.giveUpAfterMs;
  }

  #wakeAtMs(nowMs: number): number {
    const times = [...this.#servers.dueTimes(), this.#deadlineMs()];
    for (const {askedAtMs} of this.#slowBundles(-1)) {
      if (askedAtMs + SUSPECT_AFTER_MS > nowMs) times.push(askedAtMs + SUSPECT_AFTER_MS);
    }
    return Math.min(...times);
  }

  /** Its bundles go back to the queue. */
  #drop(connection: number): Connection | null {
    const row = this.#connections.get(connection);
    if (row === undefined) return null;
    this.#connections.delete(connection);
    for (const {files} of row.out.values()) for (const {index} of files) this.#queue.lost(index, null);
    this.#mayBeStuck = true;
    return row;
  }

  #bundlesOut(): number {
    let count = 0;
    for (const {out} of this.#connections.values()) count += out.size;
    return count;
  }
}
