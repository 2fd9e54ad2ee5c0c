/**
 * From whom the small files of a set come, bundle by bundle. Told what happened, it names the next step; the caller
 * takes it and asks again until it is `wait` or `over`. Pure: times come in with the calls.
 */

import {BUNDLES_OUT_MAX, DIALS_MAX, FETCHES_OUT_MAX} from '../../limits.js';
import type {LossCause} from '../events.js';
import {BundleConnections, type Connection} from './bundle-connections.js';
import {BundleServers} from './bundle-servers.js';
import {FileQueue, type SmallFile} from './file-queue.js';

export interface BundlePlanOptions {
  readonly files: readonly SmallFile[];
  readonly servers: number;
  /** Those of them that are asked only for what no other one can bring. */
  readonly backups?: ReadonlySet<number>;
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
      /** Another server was asked for them too. */
      readonly isSecond: boolean;
    }
  | {readonly kind: 'cancel'; readonly connection: number; readonly ticket: number}
  /** A connection that nothing is left for: its server is a backup, and others can bring what there is. */
  | {readonly kind: 'leave'; readonly connection: number}
  /** No server is left that may bring them. */
  | {readonly kind: 'hand-over'; readonly files: readonly SmallFile[]}
  | {readonly kind: 'wait'; readonly untilMs: number}
  | {readonly kind: 'over'};

export class BundlePlan {
  readonly #options: BundlePlanOptions;
  readonly #queue: FileQueue;
  readonly #servers: BundleServers;
  readonly #connections = new BundleConnections();
  #lastTicket = 0;
  /** When the last file came; null: none yet. */
  #cameAtMs: number | null = null;
  /** Something happened that may have left a file without a server. */
  #mayBeStuck = true;
  readonly #backups: ReadonlySet<number>;
  /** The servers that the queue was told to be able. */
  #able = '';

  constructor(options: BundlePlanOptions) {
    this.#options = options;
    this.#backups = options.backups ?? new Set();
    this.#queue = new FileQueue(options.files, options.servers, this.#backups);
    this.#servers = new BundleServers(options.servers, options.random);
  }

  /** `hasMemory`: there is a slab for one more bundle. */
  next(nowMs: number, hasMemory: boolean): BundleStep {
    if (this.#queue.left === 0) return {kind: 'over'};
    this.#servers.rouse(nowMs);
    this.#judgeBackups(nowMs);
    return (
      this.#cancelStep() ??
      (hasMemory ? this.#askStep(nowMs) : null) ??
      this.#leaveStep(nowMs) ??
      this.#dialStep(nowMs) ??
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

  /** Payload came. */
  heard(connection: number, atMs: number): void {
    const row = this.#connections.get(connection);
    if (row !== undefined) row.heardAtMs = atMs;
  }

  busy(connection: number, untilMs: number): void {
    const row = this.#connections.get(connection);
    if (row !== undefined) this.#servers.busy(row.server, untilMs);
  }

  /** A bundle ended, and what came of it was told by `received` and `missed`. */
  ended(connection: number, ticket: number): void {
    this.#connections.ended(connection, ticket);
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
    const ids = this.#connections.of(server).map(({id}) => id);
    for (const id of ids) this.#drop(id);
    this.#mayBeStuck = true;
    return ids;
  }

  /** When a server that is lost is dialled again; null: it is not, or not lost. */
  retryAtMs(server: number): number | null {
    return this.#servers.retryAtMs(server);
  }

  isOut(server: number): boolean {
    return this.#servers.isOut(server);
  }

  /** Backups may bring what all others that have it are lost, out or silent for. */
  #judgeBackups(nowMs: number): void {
    if (this.#backups.size === 0) return;
    const able: number[] = [];
    for (let server = 0; server < this.#servers.count; server++) {
      const isIt = !this.#backups.has(server) && this.#servers.isAble(server);
      if (isIt && !this.#connections.isSilent(server, nowMs)) able.push(server);
    }
    if (able.join() === this.#able) return;
    this.#able = able.join();
    this.#queue.able(new Set(able));
  }

  #cancelStep(): BundleStep | null {
    for (const connection of this.#connections.all()) {
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
    const able = this.#connections
      .all()
      .filter(
        ({isOpen, server, out}) => isOpen && out.size < FETCHES_OUT_MAX && this.#servers.isUsable(server),
      );
    if (able.length === 0 || this.#connections.bundlesOut >= BUNDLES_OUT_MAX) return null;
    able.sort((a, b) => a.out.size - b.out.size);
    for (const connection of able) {
      const files = this.#queue.take(connection.server, this.#options.bundleBytes);
      if (files.length > 0) return this.#ask(connection, files, nowMs, false);
    }
    const idle = able.filter(({out}) => out.size === 0);
    for (const connection of idle) {
      const files = this.#rescue(connection, nowMs);
      if (files.length > 0) return this.#ask(connection, files, nowMs, true);
    }
    return null;
  }

  #ask(
    connection: Connection,
    files: readonly SmallFile[],
    askedAtMs: number,
    isSecond: boolean,
  ): BundleStep {
    const ticket = ++this.#lastTicket;
    connection.out.set(ticket, {ticket, files, askedAtMs, isCancelled: false});
    return {kind: 'ask', connection: connection.id, ticket, files, isSecond};
  }

  /** What another server has been asked for long ago: whoever brings it first. */
  #rescue(idle: Connection, nowMs: number): SmallFile[] {
    for (const {files} of this.#connections.slowFor(idle.server, nowMs)) {
      const rescued = this.#queue.rescue(files, idle.server);
      if (rescued.length > 0) return rescued;
    }
    return [];
  }

  /** A backup rests as soon as others can bring what it has. */
  #leaveStep(nowMs: number): BundleStep | null {
    if (this.#backups.size === 0) return null;
    for (const {id, server, isOpen, out} of this.#connections.all()) {
      if (!isOpen || out.size > 0 || !this.#backups.has(server) || this.#hasWork(server, nowMs)) continue;
      this.#connections.delete(id);
      return {kind: 'leave', connection: id};
    }
    return null;
  }

  /** Whether a server may be asked for anything: what is free, or what others take long for. */
  #hasWork(server: number, nowMs: number): boolean {
    if (this.#queue.hasFor(server)) return true;
    return this.#connections.slowFor(server, nowMs).some(({files}) => this.#queue.canRescue(files, server));
  }

  #dialStep(nowMs: number): BundleStep | null {
    const dialling = this.#connections.all().filter(({isOpen, out}) => !isOpen && out.size === 0);
    if (dialling.length >= DIALS_MAX) return null;
    for (let server = 0; server < this.#servers.count; server++) {
      if (!this.#servers.isUsable(server) || !this.#isShort(server)) continue;
      if (!this.#hasWork(server, nowMs)) continue;
      return {kind: 'dial', server, connection: this.#connections.dial(server, nowMs)};
    }
    return null;
  }

  /** A further connection where all that are there have enough to do, and something is left. */
  #isShort(server: number): boolean {
    const rows = this.#connections.of(server);
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
    const times = [...this.#servers.dueTimes(), ...this.#connections.suspectTimes(nowMs), this.#deadlineMs()];
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
}
