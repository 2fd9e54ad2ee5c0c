/** The rows about bundles: which were asked for, what came of them, and four times a second how fast it goes. */

import {SUSPECT_AFTER_MS, TICK_MS} from '../../limits.js';
import {RateMeter} from '../../machines/plan/rate.js';
import type {SmallFile} from '../../machines/set/file-queue.js';
import type {RowOf} from '../../trace/rows.js';
import type {ArrivedFile, BundleEnd} from '../client/set/bundle-conversation.js';
import type {BundleWatch} from '../client/set/bundle-watch.js';
import type {Clock} from '../clock.js';
import type {Slabs} from '../slabs.js';
import {type Recorder, rounded} from './recorder.js';
import type {SetServers} from './set-servers.js';
import type {TimedWorkers} from './timed-work.js';

export interface BundleTracePorts {
  readonly recorder: Recorder;
  readonly servers: SetServers;
  readonly clock: Clock;
  readonly workers: TimedWorkers;
  readonly slabs: Slabs;
  /** How long room on a full disk is waited for. */
  readonly diskWaitMs: number;
  /** Bundles that wait for a thread, or are with one. */
  readonly storing: () => number;
}

interface Out {
  readonly bundle: number;
  readonly askedAtMs: number;
}

interface Connection {
  readonly number: number;
  readonly server: number;
  readonly out: Map<number, Out>;
  readonly meter: RateMeter;
  /** Since the last tick. */
  bytes: number;
  /** When it was asked for something or brought something last. */
  heardAtMs: number;
}

export class BundleTrace implements BundleWatch {
  readonly #ports: BundleTracePorts;
  /** By the plan's number; those that are gone stay until the next tick has told of their bytes. */
  readonly #connections = new Map<number, Connection>();
  readonly #gone = new Set<number>();
  #tickedAtMs: number;
  #timer: unknown = null;

  constructor(ports: BundleTracePorts) {
    this.#ports = ports;
    this.#tickedAtMs = ports.clock.now();
    this.#arm();
  }

  dialled(connection: number, server: number): void {
    const {recorder, clock, servers} = this.#ports;
    const number = recorder.numbers.connection();
    this.#connections.set(connection, {
      number,
      server,
      out: new Map(),
      meter: new RateMeter(),
      bytes: 0,
      heardAtMs: clock.now(),
    });
    recorder.add({t: recorder.now(), k: 'dial', connection: number, server, again: false});
    servers.dialled(server);
  }

  opened(connection: number): void {
    const row = this.#connections.get(connection);
    if (row !== undefined) this.#ports.servers.enter(row.server, {is: 'open'});
  }

  asked(connection: number, ticket: number, files: readonly SmallFile[], hedge: boolean): void {
    const {recorder, clock, servers} = this.#ports;
    const row = this.#connections.get(connection);
    if (row === undefined) return;
    row.heardAtMs = clock.now();
    const bundle = recorder.numbers.ticket();
    row.out.set(ticket, {bundle, askedAtMs: row.heardAtMs});
    servers.enter(row.server, {is: 'open'});
    const bytes = files.reduce((sum, {size}) => sum + size, 0);
    const asked = {connection: row.number, bundle, files: files.length, bytes, hedge};
    recorder.add({t: recorder.now(), k: 'bundle', ...asked});
  }

  received(connection: number, bytes: number): void {
    const row = this.#connections.get(connection);
    if (row === undefined) return;
    row.bytes += bytes;
    row.heardAtMs = this.#ports.clock.now();
  }

  ended(connection: number, ticket: number, end: BundleEnd, wanted: readonly ArrivedFile[]): void {
    const {recorder, servers} = this.#ports;
    const row = this.#connections.get(connection);
    const out = row?.out.get(ticket);
    if (row === undefined || out === undefined) return;
    row.out.delete(ticket);
    const {number, server} = row;
    const elapsedMs = rounded(this.#ports.clock.now() - out.askedAtMs);
    const t = recorder.now();
    recorder.add({
      t,
      k: 'bundled',
      connection: number,
      bundle: out.bundle,
      elapsedMs,
      ...endOf(end, wanted),
    });
    if (end.kind === 'busy') servers.busy(server, rounded(t + end.retryAfterMs));
  }

  left(connection: number): void {
    this.#gone.add(connection);
  }

  lost(connection: number, reason: string, retryAtMs: number | null): void {
    const row = this.#connections.get(connection);
    this.#gone.add(connection);
    if (row !== undefined) this.#ports.servers.lost(row.server, reason, retryAtMs);
  }

  disk(is: 'full' | 'room'): void {
    const {recorder, diskWaitMs} = this.#ports;
    recorder.add({t: recorder.now(), k: 'disk', is, ...(is === 'full' && {waitMs: diskWaitMs})});
  }

  /** The last tick: every byte was told. */
  end(): void {
    this.#ports.clock.clearTimeout(this.#timer);
    this.#tick(0);
  }

  #arm(): void {
    const {clock} = this.#ports;
    this.#timer = clock.setTimeout(() => {
      this.#arm();
      this.#tick(clock.now() - this.#tickedAtMs);
    }, TICK_MS);
  }

  #tick(elapsedMs: number): void {
    const {recorder, clock, workers, slabs, storing} = this.#ports;
    this.#tickedAtMs = clock.now();
    const connections = [...this.#connections.values()].flatMap((row) => this.#lineOf(row, elapsedMs));
    for (const connection of this.#gone) this.#connections.delete(connection);
    this.#gone.clear();
    const {tasks, waitedMs, hashedMs, writtenMs} = workers.take();
    recorder.add({
      t: recorder.now(),
      k: 'tick',
      elapsedMs: rounded(elapsedMs),
      slabsFree: slabs.free,
      storing: storing(),
      tasks,
      waitedMs: rounded(waitedMs),
      hashedMs: rounded(hashedMs),
      writtenMs: rounded(writtenMs),
      connections,
    });
  }

  /** Nothing where nothing came and nothing is waited for. Reading never pauses: memory is taken beforehand. */
  #lineOf(row: Connection, elapsedMs: number): RowOf<'tick'>['connections'] {
    const {number, out, bytes, meter, heardAtMs} = row;
    row.bytes = 0;
    meter.sample(bytes, elapsedMs);
    if (bytes + out.size === 0) return [];
    const isSuspect = out.size > 0 && this.#tickedAtMs - heardAtMs >= SUSPECT_AFTER_MS;
    return [[number, bytes, Math.round(meter.bytesPerSecond ?? 0), out.size, 0, isSuspect ? 1 : 0]];
  }
}

type EndFields = Omit<RowOf<'bundled'>, 't' | 'k' | 'item' | 'connection' | 'bundle' | 'elapsedMs'>;

function endOf(end: BundleEnd, wanted: readonly ArrivedFile[]): EndFields {
  switch (end.kind) {
    case 'delivered': {
      const bytes = lengthOf(wanted);
      const wastedFiles = end.files.length - wanted.length;
      return {
        how: 'ok',
        files: wanted.length,
        bytes,
        ...(wastedFiles > 0 && {wastedFiles, wastedBytes: lengthOf(end.files) - bytes}),
        ...(end.refused.length > 0 && {refusedFiles: end.refused.length}),
      };
    }
    case 'busy':
      return {how: 'busy', retryAfterMs: end.retryAfterMs};
    case 'refused':
      return {how: 'refused', code: end.refusal.code};
    case 'cancelled':
      return {how: 'cancelled'};
  }
}

function lengthOf(files: readonly ArrivedFile[]): number {
  return files.reduce((sum, {length}) => sum + length, 0);
}
