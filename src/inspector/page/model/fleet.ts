/** The servers of a download and what they are doing, row by row. Mutable and copied: keyframes are copies. */

import type {RowOf} from '../../../trace/rows.js';
import type {ConnectionMoment, Doing, ServerMoment} from './moment.js';

/** Told whenever a server begins to do something else, or brought something; for lanes, which outlive every moment. */
export interface LaneSink {
  label(id: number, label: string): void;
  doing(id: number, t: number, doing: number): void;
  brought(id: number, fromMs: number, toMs: number, bytes: number): void;
}

type Writable<T> = {-readonly [K in keyof T]: T[K]};

export type Server = Writable<Omit<ServerMoment, 'connections' | 'bytesPerSecond'>> & {
  /** Blocks that came and are not stored yet. */
  pending: number;
  pausedShare: number;
  /** Busy replies whose own rows have come. */
  refusals: number;
  /** The file of a set that told its state last; null: the set, or the only file. */
  source: number | null;
};

export type Link = Writable<ConnectionMoment> & {
  readonly server: number;
  /** The file of a set that it brings; null: bundles, or the only file. */
  readonly item: number | null;
  /** In the last tick of its file. */
  tickBytes: number;
  pausedShare: number;
};

/** What came in one tick. */
interface Tick {
  readonly t: number;
  readonly elapsedMs: number;
  /** By server. */
  readonly bytes: ReadonlyMap<number, number>;
  readonly sum: number;
}

/** Ticks that are remembered, of up to three files of a set at once: the rate of the last second, and a calmer one for the time that is left. */
const TICKS_KEPT = 80;
const RATE_WINDOW_MS = 1_000;
const CALM_WINDOW_MS = 6_000;
/** Connections of a server that a moment tells of. */
const CONNECTIONS_TOLD = 8;

const FRESH = {
  role: null,
  limitBytesPerSecond: null,
  state: 'unasked',
  sinceMs: 0,
  untilMs: null,
  doing: 'unasked',
  reason: null,
  proof: null,
  aliasOf: null,
  otherRoot: null,
  permille: null,
  bytes: 0,
  blocks: 0,
  files: 0,
  wastedBlocks: 0,
  busyReplies: 0,
  errors: 0,
  fetches: 0,
  isSuspect: false,
  pending: 0,
  pausedShare: 0,
  refusals: 0,
  source: null,
} as const satisfies Omit<Server, 'server' | 'address'>;

const MERELY_WAITING: ReadonlySet<Server['state']> = new Set(['unasked', 'connecting', 'standby']);

type Dialled = Pick<RowOf<'dial'>, 'connection' | 'server'> & {readonly item?: number | null};

export class Fleet {
  readonly servers: Server[] = [];
  readonly links = new Map<number, Link>();
  #ticks: Tick[] = [];

  clone(): Fleet {
    const copy = new Fleet();
    for (const server of this.servers) copy.servers[server.server] = {...server};
    for (const [id, link] of this.links) copy.links.set(id, {...link});
    copy.#ticks = this.#ticks.slice();
    return copy;
  }

  linkOf(connection: number | null): Link | undefined {
    return connection === null ? undefined : this.links.get(connection);
  }

  /** The server that a connection leads to. */
  serverOf(connection: number | null): Server | undefined {
    return this.servers[this.linkOf(connection)?.server ?? -1];
  }

  address(row: RowOf<'address'>): void {
    const {server, address, role = null, limitBytesPerSecond = null} = row;
    // Numbers count from 0 without gaps; another one is not of ours.
    if (server > this.servers.length) return;
    this.servers[server] = {...FRESH, server, address, role, limitBytesPerSecond};
  }

  dial({connection, server, item = null}: Dialled): void {
    const known = this.links.get(connection);
    if (this.servers[server] === undefined) return;
    this.links.set(connection, {
      connection,
      server,
      bytes: known?.bytes ?? 0,
      bytesPerSecond: 0,
      fetches: 0,
      isSuspect: false,
      lease: null,
      item,
      tickBytes: 0,
      pausedShare: 0,
    });
  }

  enter(row: RowOf<'server'>): void {
    const server = this.servers[row.server];
    if (server === undefined) return;
    const source = row.item ?? null;
    // Where one file of a set has it open, what another one is waiting for says nothing of it.
    if (server.state === 'open' && source !== server.source && MERELY_WAITING.has(row.is)) return;
    server.source = source;
    if (server.state !== row.is) server.sinceMs = row.t;
    server.state = row.is;
    server.untilMs = row.untilMs ?? null;
    server.reason = row.reason ?? null;
    server.aliasOf = row.of ?? null;
    server.otherRoot = row.root ?? null;
    server.permille = row.permille ?? null;
    const {proof, fragment = null, block = null, detail = null} = row;
    server.proof = proof === undefined ? null : {kind: proof, fragment, block, detail};
    server.errors = row.errors;
    server.busyReplies = Math.max(server.busyReplies, row.busyReplies);
    if (row.is !== 'open') server.isSuspect = false;
  }

  /** Learns what came since the tick before; returns the connections that have fetches out. */
  tick(row: RowOf<'tick'>, sink: LaneSink | null): ReadonlySet<number> {
    const {t, elapsedMs, connections, item: source = null} = row;
    const bytesOf = new Map<number, number>();
    const asked = new Set<number>();
    for (const link of this.links.values()) if (link.item === source) rest(link);
    for (const [connection, bytes, rate, fetches, pausedMs, suspect] of connections) {
      const link = this.links.get(connection);
      const server = this.serverOf(connection);
      if (link === undefined || server === undefined) continue;
      if (fetches > 0) asked.add(connection);
      link.bytes += bytes;
      link.bytesPerSecond = rate;
      link.isSuspect = suspect === 1;
      link.tickBytes = bytes;
      link.pausedShare = elapsedMs > 0 ? pausedMs / elapsedMs : 0;
      server.bytes += bytes;
      bytesOf.set(server.server, (bytesOf.get(server.server) ?? 0) + bytes);
    }
    let sum = 0;
    for (const [server, bytes] of bytesOf) {
      sum += bytes;
      if (bytes > 0) sink?.brought(server, t - elapsedMs, t, bytes);
    }
    this.#ticks = [...this.#ticks.slice(1 - TICKS_KEPT), {t, elapsedMs, bytes: bytesOf, sum}];
    this.#lookAll();
    return asked;
  }

  /** Bytes a second of one server, or of all, over the last second before `t`. */
  rateAt(t: number, server: number | null = null): number {
    return this.#rate(t, RATE_WINDOW_MS, server);
  }

  /** The same over several seconds. */
  calmRateAt(t: number): number {
    return this.#rate(t, CALM_WINDOW_MS, null);
  }

  moments(t: number): ServerMoment[] {
    const links = new Map<number, ConnectionMoment[]>();
    for (const {server, item: _, tickBytes: __, pausedShare: ___, ...link} of this.links.values()) {
      const told = links.get(server);
      if (told === undefined) links.set(server, [link]);
      else told.push(link);
    }
    return this.servers.map(({pending: _, pausedShare: __, refusals: ___, source: ____, ...server}) => ({
      ...server,
      bytesPerSecond: this.rateAt(t, server.server),
      connections: (links.get(server.server) ?? []).slice(-CONNECTIONS_TOLD),
    }));
  }

  /** What each server is doing by the last ticks of all its connections. */
  #lookAll(): void {
    const bytes = new Float64Array(this.servers.length);
    for (const server of this.servers) {
      server.isSuspect = false;
      server.pausedShare = 0;
    }
    for (const link of this.links.values()) {
      const server = this.servers[link.server];
      if (server === undefined) continue;
      if (link.isSuspect) server.isSuspect = true;
      server.pausedShare = Math.max(server.pausedShare, link.pausedShare);
      bytes[link.server] = (bytes[link.server] ?? 0) + link.tickBytes;
    }
    for (const server of this.servers) server.doing = doingAt(server, bytes[server.server] ?? 0);
  }

  /** Ticks of several files overlap: their time is counted once. */
  #rate(t: number, windowMs: number, server: number | null): number {
    let bytes = 0;
    let fromMs = Number.POSITIVE_INFINITY;
    const toMs = this.#ticks.at(-1)?.t ?? 0;
    for (let index = this.#ticks.length - 1; index >= 0; index--) {
      const tick = this.#ticks[index];
      if (tick === undefined || t - tick.t >= windowMs) break;
      bytes += server === null ? tick.sum : (tick.bytes.get(server) ?? 0);
      fromMs = Math.min(fromMs, tick.t - tick.elapsedMs);
    }
    return toMs <= fromMs ? 0 : (bytes / (toMs - fromMs)) * 1_000;
  }
}

/** What a tick that does not name a connection says of it. */
function rest(link: Link): void {
  link.bytesPerSecond = 0;
  link.isSuspect = false;
  link.tickBytes = 0;
  link.pausedShare = 0;
}

/** In this share of a tick its bytes could not be taken: then that is what it was doing. */
const PAUSED_SHARE = 0.5;

/** What a server is doing, with so many bytes in the tick that ends now. */
export function doingAt(server: Server, bytes: number): Doing {
  switch (server.state) {
    case 'unasked':
    case 'connecting':
    case 'busy':
    case 'indexing':
    case 'standby':
      return server.state;
    case 'lost':
      return server.untilMs === null ? 'out' : 'lost';
    case 'open':
      if (server.pausedShare >= PAUSED_SHARE) return 'paused';
      if (bytes > 0) return 'transferring';
      if (server.fetches > 0) return server.isSuspect ? 'silent' : 'waiting';
      return server.pending > 0 ? 'verifying' : 'idle';
    default:
      return 'out';
  }
}
