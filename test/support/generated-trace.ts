/**
 * A large trace of a download that never was: seeded, so that it can be made again. Servers of different speeds are busy,
 * lost, and one lies; actors come and go as in a real one. Lines come one by one, since a million of them are long.
 */

import {lineOf} from '../../src/trace/line.js';
import type {RowOf, TraceRow} from '../../src/trace/rows.js';
import {between, seededRandom} from './random.js';

const BLOCK_BYTES = 1_048_576;
const DIGEST = '0123456789abcdef'.repeat(4);
const TICK_MS = 250;

/** The header of a trace. */
export const HEADER = {
  t: 0,
  k: 'trace',
  schema: 1,
  fdl: '0.1.0',
  command: 'download',
  startedAt: '2026-03-04T05:06:07.008Z',
  node: '24.1.0',
  platform: 'linux x64',
  cores: 8,
} as const satisfies TraceRow;

export interface GeneratedTrace {
  readonly seed: number;
  readonly servers: number;
  readonly fragments: number;
  readonly blocksPerFragment: number;
}

/** About 2.3 rows for each block. */
export function* generatedTrace(options: GeneratedTrace): Generator<TraceRow> {
  const download = new GeneratedDownload(options);
  yield* download.head();
  while (download.step()) yield* download.take();
  yield* download.foot();
}

/** The same as bytes, in pieces of about 64 KiB. */
export function* generatedBytes(options: GeneratedTrace): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = '';
  for (const row of generatedTrace(options)) {
    text += lineOf(row);
    if (text.length < 65_536) continue;
    yield encoder.encode(text);
    text = '';
  }
  yield encoder.encode(text);
}

interface Server {
  readonly index: number;
  /** Blocks a tick. */
  readonly speed: number;
  readonly actor: number;
  fragment: number;
  block: number;
  fragmentActor: number;
  bytes: number;
  blocks: number;
  busyReplies: number;
  errors: number;
  awayUntilMs: number;
  isBanned: boolean;
  isGreeted: boolean;
}

class GeneratedDownload {
  readonly #options: GeneratedTrace;
  readonly #random: () => number;
  readonly #servers: Server[];
  #rows: TraceRow[] = [];
  #t = 0;
  #nextFragment = 1;
  /** Fragments that a server could not finish, from a block on. */
  readonly #left: {readonly fragment: number; readonly block: number}[] = [];
  #actors: number;
  #ticket = 0;
  #stored = 0;

  constructor(options: GeneratedTrace) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#actors = options.servers + 1;
    this.#servers = Array.from({length: options.servers}, (_, index) => ({
      index,
      speed: between(this.#random, 1, 12),
      actor: index + 1,
      fragment: 0,
      block: 0,
      fragmentActor: -1,
      bytes: 0,
      blocks: 0,
      busyReplies: 0,
      errors: 0,
      awayUntilMs: 0,
      isBanned: false,
      isGreeted: false,
    }));
  }

  take(): readonly TraceRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  *head(): Generator<TraceRow> {
    const {servers, fragments, blocksPerFragment} = this.#options;
    const fragmentBytes = blocksPerFragment * BLOCK_BYTES;
    yield HEADER;
    yield {
      t: 0,
      k: 'download',
      file: 'x.zip',
      output: null,
      servers,
      connections: 4,
      limitBytesPerSecond: null,
      giveUpAfterMs: null,
      root: null,
      sha256: null,
      slabs: 64,
      threads: 4,
      blockBytes: BLOCK_BYTES,
      fragmentBytes,
    };
    for (const {index} of this.#servers)
      yield {t: 0, k: 'address', server: index, address: `10.0.${index >> 8}.${index & 255}:9000`};
    yield {t: 1, k: 'machine', machine: 'download', hash: 'd'.repeat(16)};
    yield {t: 1, k: 'start', actor: 0, name: 'download', machine: 'download', parent: null};
    yield {t: 1, k: 'move', actor: 0, on: 'xstate.init', from: '', to: 'fetching'};
    yield {t: 1, k: 'machine', machine: 'connection', hash: 'c'.repeat(16)};
    for (const {index, actor} of this.#servers) {
      yield {t: 2, k: 'dial', connection: index, server: index, again: false};
      yield {
        t: 2,
        k: 'start',
        actor,
        name: `connection-${index}`,
        machine: 'connection',
        parent: 0,
        connection: index,
      };
      yield {t: 2, k: 'move', actor, on: 'xstate.init', from: '', to: 'online.connecting.dialling'};
      yield {t: 2, k: 'server', server: index, is: 'connecting', busyReplies: 0, errors: 0};
    }
    yield {t: 5, k: 'version', root: DIGEST, sha256: DIGEST, size: fragments * fragmentBytes, fragments};
    yield {t: 5, k: 'machine', machine: 'fragment', hash: 'f'.repeat(16)};
    this.#t = 10;
  }

  *foot(): Generator<TraceRow> {
    const t = this.#t;
    let receivedBytes = 0;
    for (const {index: server, bytes, blocks, busyReplies, errors} of this.#servers) {
      receivedBytes += bytes;
      yield {t, k: 'sum', server, bytes, blocks, busyReplies, errors};
    }
    const storedBytes = this.#stored * BLOCK_BYTES;
    yield {
      t,
      k: 'total',
      storedBytes,
      resumedBytes: 0,
      receivedBytes,
      wastedBytes: receivedBytes - storedBytes,
    };
    yield {t, k: 'stop', actor: 0, how: 'done'};
    yield {t, k: 'done', how: 'complete'};
  }

  /** One tick of time. False: everything is stored. */
  step(): boolean {
    if (this.#stored === this.#options.fragments * this.#options.blocksPerFragment) return false;
    const connections: RowOf<'tick'>['connections'][number][] = [];
    for (const server of this.#servers) {
      const bytes = this.#work(server);
      if (bytes === 0) continue;
      server.bytes += bytes;
      connections.push([server.index, bytes, server.speed * 4 * BLOCK_BYTES, 1, 0, 0]);
    }
    this.#t = (Math.floor(this.#t / TICK_MS) + 1) * TICK_MS;
    this.#add({
      t: this.#t,
      k: 'tick',
      elapsedMs: TICK_MS,
      slabsFree: 40,
      storing: 2,
      tasks: connections.length,
      waitedMs: 1,
      hashedMs: 40,
      writtenMs: 60,
      connections,
    });
    return true;
  }

  #add(row: TraceRow): void {
    this.#rows.push(row);
  }

  /** What one server brings in a tick, in bytes. */
  #work(server: Server): number {
    if (server.isBanned || this.#t < server.awayUntilMs) return 0;
    this.#greet(server);
    const luck = this.#random();
    if (luck < 0.004) return this.#goAway(server, luck < 0.002 ? 'busy' : 'lost');
    if (server.index === 1 && this.#stored > 1_000) return this.#lie(server);
    let bytes = 0;
    for (let count = 0; count < server.speed; count++) {
      if (server.fragment === 0 && !this.#lease(server)) break;
      bytes += this.#bring(server);
    }
    return bytes;
  }

  #greet(server: Server): void {
    if (server.isGreeted) return;
    server.isGreeted = true;
    const {index, actor, busyReplies, errors} = server;
    this.#add({t: this.#t, k: 'say', from: null, to: actor, on: 'link.opened'});
    this.#add({
      t: this.#t,
      k: 'move',
      actor,
      on: 'link.opened',
      from: 'online.connecting.dialling',
      to: 'online.idle',
    });
    this.#add({t: this.#t, k: 'server', server: index, is: 'open', busyReplies, errors});
  }

  #lease(server: Server): boolean {
    const left = this.#left.pop();
    if (left === undefined && this.#nextFragment > this.#options.fragments) return false;
    server.fragment = left?.fragment ?? this.#nextFragment++;
    server.block = left?.block ?? 0;
    server.fragmentActor = this.#actors++;
    const {fragment, block: first, index: connection, fragmentActor: actor} = server;
    this.#add({
      t: this.#t,
      k: 'start',
      actor,
      name: `fragment-${fragment}`,
      machine: 'fragment',
      parent: 0,
      fragment,
    });
    this.#add({t: this.#t, k: 'move', actor, on: 'xstate.init', from: '', to: 'leased'});
    this.#add({t: this.#t, k: 'lease', connection, fragment, first, end: this.#options.blocksPerFragment});
    return true;
  }

  #bring(server: Server): number {
    const {index: connection, fragment, block} = server;
    this.#t = Math.round((this.#t + this.#random() * 0.2) * 100) / 100;
    const t = this.#t;
    const ticket = this.#ticket++;
    const about = {connection, fragment, block, bytes: BLOCK_BYTES};
    if (block % 8 === 0) {
      const end = Math.min(this.#options.blocksPerFragment, block + 8);
      this.#add({t, k: 'fetch', connection, ticket, fragment, first: block, end, hedge: false});
      this.#add({t, k: 'fetched', connection, ticket, how: 'ok'});
    }
    this.#add({t, k: 'block', ...about});
    this.#add({t, k: 'stored', ...about});
    this.#stored++;
    server.blocks++;
    server.block++;
    if (server.block === this.#options.blocksPerFragment) this.#finish(server, 'done');
    return BLOCK_BYTES;
  }

  #finish(server: Server, how: 'done' | 'stopped'): void {
    const t = this.#t;
    this.#add({t, k: 'move', actor: server.fragmentActor, on: 'block.stored', from: 'leased', to: 'whole'});
    this.#add({t, k: 'stop', actor: server.fragmentActor, how});
    server.fragment = 0;
  }

  #goAway(server: Server, is: 'busy' | 'lost'): number {
    const {index, actor} = server;
    const untilMs = this.#t + between(this.#random, 500, 5_000);
    if (server.fragment !== 0) {
      this.#left.push({fragment: server.fragment, block: server.block});
      this.#finish(server, 'stopped');
    }
    if (is === 'busy') server.busyReplies++;
    else server.errors++;
    server.awayUntilMs = untilMs;
    server.isGreeted = false;
    const reason = is === 'lost' ? {reason: 'connection reset'} : {};
    this.#add({t: this.#t, k: 'move', actor, on: `link.${is}`, from: 'online.idle', to: is});
    this.#add({
      t: this.#t,
      k: 'server',
      server: index,
      is,
      untilMs,
      ...reason,
      busyReplies: server.busyReplies,
      errors: server.errors,
    });
    return 0;
  }

  #lie(server: Server): number {
    this.#goAway(server, 'lost');
    server.isBanned = true;
    const proof = {proof: 'wrong-block', fragment: 1, block: 0} as const;
    this.#add({
      t: this.#t,
      k: 'server',
      server: server.index,
      is: 'banned',
      ...proof,
      busyReplies: 0,
      errors: 1,
    });
    return 0;
  }
}
