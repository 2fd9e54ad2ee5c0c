/**
 * What is known of the servers and their connections. One mutable structure inside the plan.
 * A server's state is a sum: what it is to this download right now. Connections exist only while dialling or open.
 */

import type {Evidence, HexDigest, Run, ServerRole} from '../../model.js';
import type {DatedManifest} from '../events.js';
import {MinHeap} from './heap.js';
import {RateMeter} from './rate.js';

export type ServerState =
  | {readonly kind: 'unasked'}
  | {readonly kind: 'connecting'}
  /** At least one connection is ready. */
  | {readonly kind: 'open'}
  /** It refused, and none of its connections transfers. */
  | {readonly kind: 'busy'; readonly untilMs: number}
  /** It has the file but is still cutting it; asked again then. */
  | {readonly kind: 'indexing'; readonly retryAtMs: number; readonly progressPermille: number | null}
  /** It has the wanted version, and enough others are at work. */
  | {readonly kind: 'standby'}
  /** `retryAtMs` null: given up. */
  | {readonly kind: 'lost'; readonly retryAtMs: number | null; readonly reason: string}
  | {readonly kind: 'absent'; readonly reason: string}
  | {readonly kind: 'other-version'; readonly root: HexDigest | null}
  | {readonly kind: 'banned'; readonly evidence: Evidence}
  | {readonly kind: 'alias'; readonly of: number};

/** How a server did in its turns at work, when it was put on standby for being slow. */
export interface Turns {
  readonly count: number;
  /** Bytes per second at the end of the last one. */
  readonly lastRate: number;
  /** Until then it is expected to do no better than at the end of its last turn. */
  readonly restsUntilMs: number;
}

export interface ServerRow {
  readonly index: number;
  /** As the user wrote it. */
  readonly address: string;
  readonly role: ServerRole;
  state: ServerState;
  instanceId: string | null;
  readonly connections: ConnectionRow[];
  /** Failed dials in a row. */
  failures: number;
  /** It was lost, or had not got the file yet, when it was heard of last. */
  isDoubtful: boolean;
  /** People were told that it is lost, and not yet that it is back. */
  isToldLost: boolean;
  /** Busy replies in a row. */
  refusals: number;
  /** Bitmap of fragments, least significant bit first, fragment 1 first; null: all of them. */
  holds: Uint8Array | null;
  /** What it said of the file last; null: nothing yet. */
  claim: DatedManifest | null;
  /** It named the version that is being fetched, at some time. */
  wasSource: boolean;
  /** How many connections it may have; found out by trying. */
  connectionsAllowed: number;
  /** A further connection was tried and did not pay. */
  hasSettled: boolean;
  /** Highest rate it was seen at, in bytes per second, after its start was over. */
  bestRate: number;
  /** Its turns that ended because it was slow; null: none did. */
  turns: Turns | null;
  bytes: number;
  blocks: number;
  busyReplies: number;
  errors: number;
}

/** The part of a run that was not asked for yet: `next` moves up as fetches go out, `end` down as it is stolen from. */
export interface Lease {
  readonly fragment: number;
  next: number;
  end: number;
}

/** A request that is out. Blocks arrive in order; `next` is the one expected. */
export interface Fetch {
  readonly ticket: number;
  readonly fragment: number;
  readonly first: number;
  readonly end: number;
  next: number;
  /** Every block of it came by another way, and the server was told. */
  isCancelled: boolean;
}

/**
 * `leaving`: its server said goodbye and only finishes what was asked. `retiring`: one more than pays; we let it bring
 * what it was asked for, and close it.
 */
export type ConnectionState = 'connecting' | 'ready' | 'busy' | 'leaving' | 'retiring' | 'lost';

export interface ConnectionRow {
  readonly id: number;
  readonly server: ServerRow;
  state: ConnectionState;
  lease: Lease | null;
  /** Oldest first; at most FETCHES_OUT_MAX. */
  readonly fetches: Fetch[];
  readonly rate: RateMeter;
  /** Since when fetches are out; null while none is. */
  askedSinceMs: number | null;
  /** Time with fetches out since the last tick, up to `askedSinceMs`. */
  askedMs: number;
  /** When it was first asked for a block; null: it was not yet. */
  workingSinceMs: number | null;
  /** When a byte came last, or when we began to wait for one. */
  lastByteMs: number;
  /** Silent for SUSPECT_AFTER_MS while asked: its blocks may be fetched elsewhere. */
  suspect: boolean;
  /** Fragments whose block digests were asked of it. */
  readonly asked: Set<number>;
}

/** Who looks on: told of every state that a server enters, and changes nothing. */
export interface FleetWatch {
  serverEntered(server: ServerRow): void;
}

export class Fleet {
  readonly servers: readonly ServerRow[];
  readonly hasBackups: boolean;
  watch: FleetWatch | null = null;
  readonly #connections = new Map<number, ConnectionRow>();
  /** Which server a connection belonged to, also after its end. */
  readonly #serverOf: ServerRow[] = [];
  readonly #alarms = new MinHeap<{readonly atMs: number; readonly server: ServerRow}>(
    (a, b) => a.atMs < b.atMs,
  );

  /** `roles` by the index of the address; usual where none is named. Backups come last. */
  constructor(addresses: readonly string[], roles: readonly ServerRole[] = []) {
    this.hasBackups = roles.includes('backup');
    this.servers = addresses.map((address, index) => ({
      index,
      address,
      role: roles[index] ?? 'usual',
      state: {kind: 'unasked'},
      instanceId: null,
      connections: [],
      failures: 0,
      isDoubtful: false,
      isToldLost: false,
      refusals: 0,
      holds: null,
      claim: null,
      wasSource: false,
      connectionsAllowed: 1,
      hasSettled: false,
      bestRate: 0,
      turns: null,
      bytes: 0,
      blocks: 0,
      busyReplies: 0,
      errors: 0,
    }));
  }

  get connections(): Iterable<ConnectionRow> {
    return this.#connections.values();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Connections that take part, or are about to: all but the lost and the busy ones. */
  get activeCount(): number {
    return this.#connections.size - this.count('lost') - this.count('busy');
  }

  /** How many connections are in a state. */
  count(state: ConnectionState): number {
    let count = 0;
    for (const row of this.#connections.values()) if (row.state === state) count++;
    return count;
  }

  connection(id: number): ConnectionRow | undefined {
    return this.#connections.get(id);
  }

  /** The server that a connection belongs or belonged to. */
  serverOf(connection: number): ServerRow {
    const server = this.#serverOf[connection];
    if (server === undefined) throw new Error(`connection ${connection} was never opened`);
    return server;
  }

  open(server: ServerRow, atMs: number): ConnectionRow {
    const row: ConnectionRow = {
      id: this.#serverOf.length,
      server,
      state: 'connecting',
      lease: null,
      fetches: [],
      rate: new RateMeter(),
      askedSinceMs: null,
      askedMs: 0,
      workingSinceMs: null,
      lastByteMs: atMs,
      suspect: false,
      asked: new Set(),
    };
    this.#serverOf.push(server);
    this.#connections.set(row.id, row);
    server.connections.push(row);
    return row;
  }

  close(row: ConnectionRow): void {
    this.#connections.delete(row.id);
    const at = row.server.connections.indexOf(row);
    if (at >= 0) row.server.connections.splice(at, 1);
  }

  /** Changes a server's state; one that ends by itself rings at its time. */
  enter(server: ServerRow, state: ServerState): void {
    server.state = state;
    const atMs = alarmOf(state);
    if (atMs !== null) this.#alarms.push({atMs, server});
    this.watch?.serverEntered(server);
  }

  /** The next server whose waiting is over, or null. Alarms of states that were left are dropped. */
  nextDue(nowMs: number): ServerRow | null {
    const alarm = this.#nextAlarm();
    return alarm !== null && alarm.atMs <= nowMs ? alarm.server : null;
  }

  /** When the next server's waiting is over, or null. */
  nextDueMs(): number | null {
    return this.#nextAlarm()?.atMs ?? null;
  }

  #nextAlarm(): {readonly atMs: number; readonly server: ServerRow} | null {
    for (;;) {
      const alarm = this.#alarms.peek();
      if (alarm === undefined) return null;
      if (alarmOf(alarm.server.state) === alarm.atMs) return alarm;
      this.#alarms.pop();
    }
  }
}

/** When a state ends by itself. */
function alarmOf(state: ServerState): number | null {
  if (state.kind === 'busy') return state.untilMs;
  return state.kind === 'indexing' || state.kind === 'lost' ? state.retryAtMs : null;
}

export function holdsFragment(server: ServerRow, fragment: number): boolean {
  if (server.holds === null) return true;
  const bit = fragment - 1;
  return (((server.holds[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;
}

/** The blocks a connection was given and has not delivered, asked for or not. */
export function outstandingRuns(row: ConnectionRow): Run[] {
  const runs: Run[] = row.fetches.map(({fragment, next, end}) => ({fragment, first: next, end}));
  if (row.lease !== null)
    runs.push({fragment: row.lease.fragment, first: row.lease.next, end: row.lease.end});
  return runs;
}

/** Whether a connection may be given more to ask for. */
export function isHungry(row: ConnectionRow, fetchesOutMax: number): boolean {
  return row.state === 'ready' && row.lease === null && row.fetches.length < fetchesOutMax;
}

/** Notes whether fetches are out, so that a rate is reckoned over the time in which bytes were due. */
export function noteAsked(row: ConnectionRow, atMs: number): void {
  if (row.fetches.length > 0) row.askedSinceMs ??= atMs;
  else if (row.askedSinceMs !== null) {
    row.askedMs += atMs - row.askedSinceMs;
    row.askedSinceMs = null;
  }
}

/** Time with fetches out since this was last asked. */
export function takeAskedMs(row: ConnectionRow, atMs: number): number {
  const sinceMs = row.askedSinceMs;
  const askedMs = row.askedMs + (sinceMs === null ? 0 : atMs - sinceMs);
  row.askedMs = 0;
  if (sinceMs !== null) row.askedSinceMs = atMs;
  return askedMs;
}

/** Whether blocks may be coming by a connection. */
export function canDeliver({state}: ConnectionRow): boolean {
  return state === 'ready' || state === 'leaving' || state === 'retiring';
}

/** Whether a connection has been asked for blocks, or is about to be. */
export function isWorking(row: ConnectionRow): boolean {
  return row.lease !== null || row.fetches.length > 0;
}
