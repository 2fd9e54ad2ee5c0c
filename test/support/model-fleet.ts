/**
 * Servers as numbers: a rate, a round trip, faults at given times. The real machines and the real policy download
 * from them in virtual time; bytes are only counted. For questions of scheduling, not of content.
 */

import {createActor, fromCallback} from 'xstate';
import {Meters} from '../../src/actors/meters.js';
import {tickerLogic} from '../../src/actors/ticker.js';
import {FdlError} from '../../src/errors.js';
import {blockLength, fragmentCount, totalBlocks} from '../../src/geometry.js';
import {connectionMachine} from '../../src/machines/connection.js';
import {downloadMachine} from '../../src/machines/download.js';
import type {DatedManifest, StoreEvent} from '../../src/machines/events.js';
import type {LinkCommand, LinkEvent, LinkInput} from '../../src/machines/link-events.js';
import {Plan, type PlanOptions} from '../../src/machines/plan.js';
import type {StoreCommand} from '../../src/machines/store-commands.js';
import type {Geometry, Run} from '../../src/model.js';
import {VirtualClock} from './virtual-clock.js';

export interface ModelServer {
  /** Bytes per second at a time; 0 is a frozen server. */
  readonly rate: number | ((atMs: number) => number);
  readonly rttMs?: number;
  /** Refuses fetches until then, naming `retryAfterMs`. */
  readonly busyUntilMs?: number;
  readonly retryAfterMs?: number;
  /** Every n-th block it sends is wrong. */
  readonly wrongEvery?: number;
  /** Its connections are cut at these times. */
  readonly cutsAtMs?: readonly number[];
  /** Fragments it holds; all unless given. */
  readonly holds?: readonly number[];
  /** Cannot be reached before. */
  readonly upAtMs?: number;
  readonly root?: string;
}

export interface ModelFetch {
  readonly server: number;
  readonly atMs: number;
  readonly run: Run;
}

export interface ModelRun {
  readonly plan: Plan;
  readonly elapsedMs: number;
  readonly fetches: readonly ModelFetch[];
  /** Blocks sent by each server. */
  readonly sent: readonly number[];
  readonly storedTwice: number;
}

export interface ModelOptions {
  readonly size: number;
  readonly geometry: Geometry;
  readonly servers: readonly ModelServer[];
  readonly limitMs?: number;
  readonly random?: () => number;
  readonly plan?: Partial<PlanOptions>;
  /** Called after every event that reached the plan. */
  readonly check?: (plan: Plan, atMs: number) => void;
}

const CHUNK_MS = 20;

/** Runs one download in virtual time. */
export function runModel(options: ModelOptions): ModelRun {
  const model = new Model(options);
  model.run(options.limitMs ?? 10_000_000);
  return model.result();
}

class Model {
  readonly #options: ModelOptions;
  readonly #clock = new VirtualClock();
  readonly #meters = new Meters();
  readonly #plan: Plan;
  readonly #fetches: ModelFetch[] = [];
  readonly #sent: number[];
  readonly #stored = new Set<string>();
  #storedTwice = 0;
  #endedAtMs = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#sent = options.servers.map(() => 0);
    this.#plan = new Plan({
      file: 'x.bin',
      addresses: options.servers.map((_, index) => `s${index}:1`),
      pin: {root: null, sha256: null},
      geometry: options.geometry,
      connectionsMax: 1,
      giveUpAfterMs: null,
      random: options.random ?? (() => 0.5),
      startedAtMs: 0,
      ...options.plan,
    });
  }

  run(limitMs: number): void {
    const machine = downloadMachine.provide({
      actors: {
        connection: connectionMachine.provide({actors: {link: this.#link()}}),
        store: this.#store(),
        ticker: tickerLogic(this.#clock, this.#meters),
      },
    });
    let isDone = false;
    const actor = createActor(machine, {input: {plan: this.#plan}, clock: this.#clock});
    let failure: unknown = null;
    actor.subscribe({
      next: () => this.#options.check?.(this.#plan, this.#clock.now()),
      complete: () => {
        isDone = true;
      },
      error: (error) => {
        failure = error;
        isDone = true;
      },
    });
    actor.start();
    this.#clock.run(() => isDone, limitMs);
    this.#endedAtMs = this.#clock.now();
    actor.stop();
    if (failure !== null) throw failure;
    if (!isDone) throw new Error(`not done after ${limitMs} ms of virtual time`);
  }

  result(): ModelRun {
    return {
      plan: this.#plan,
      elapsedMs: this.#endedAtMs,
      fetches: this.#fetches,
      sent: this.#sent,
      storedTwice: this.#storedTwice,
    };
  }

  #manifest(root: string): DatedManifest {
    const {size, geometry} = this.#options;
    return {size, geometry, sha256: '0'.repeat(64), root, modifiedMs: 0};
  }

  #store() {
    return fromCallback<StoreCommand>(({sendBack, receive}) => {
      const later = (event: StoreEvent, ms = 1) =>
        this.#clock.setTimeout(() => sendBack({...event, atMs: this.#clock.now()}), ms);
      later({type: 'store.prepared', atMs: 0, leftovers: []});
      receive((command) => {
        const atMs = this.#clock.now();
        switch (command.type) {
          case 'store.open':
            return later({
              type: 'store.opened',
              atMs,
              trusted: [],
              unchecked: [],
              hasFragmentDigests: false,
              complete: false,
            });
          case 'root.prove':
            return later({type: 'root.proved', atMs});
          case 'fragment.prove':
            return later({type: 'fragment.proved', atMs, fragment: command.fragment, salvaged: []});
          case 'block.put':
            return later(this.#verdictOn(command));
          case 'store.finish':
            return later({type: 'store.finished', atMs, output: 'x.bin', sha256Verified: false});
          default:
            return undefined;
        }
      });
    });
  }

  #verdictOn(put: StoreCommand & {readonly type: 'block.put'}): StoreEvent {
    const {fragment, block, connection} = put;
    const atMs = this.#clock.now();
    if (put.slab === WRONG) {
      return {type: 'block.wrong', atMs, fragment, block, connection, expected: 'aa', received: 'bb'};
    }
    const key = `${fragment}/${block}`;
    if (this.#stored.has(key)) this.#storedTwice++;
    this.#stored.add(key);
    return {
      type: 'block.stored',
      atMs,
      fragment,
      block,
      bytes: put.length,
      origin: {kind: 'network', connection},
    };
  }

  #link() {
    return fromCallback<LinkCommand, LinkInput>(({input, sendBack, receive}) => {
      const server = this.#options.servers[input.server];
      if (server === undefined) throw new FdlError('unexpected', 'no such server');
      const link = new ModelLink({
        server,
        clock: this.#clock,
        meter: this.#meters.open(input.connection),
        geometry: this.#options.geometry,
        manifest: this.#manifest(server.root ?? 'r'.repeat(64)),
        notify: (event) => sendBack(event),
        onFetch: (run) => this.#fetches.push({server: input.server, atMs: this.#clock.now(), run}),
        onBlock: () => {
          this.#sent[input.server] = (this.#sent[input.server] ?? 0) + 1;
          return this.#sent[input.server] ?? 0;
        },
      });
      receive((command) => link.command(command));
      return () => {
        link.close();
        this.#meters.close(input.connection);
      };
    });
  }
}

const WRONG = 1;

interface ModelLinkOptions {
  readonly server: ModelServer;
  readonly clock: VirtualClock;
  readonly meter: {count(bytes: number): void};
  readonly geometry: Geometry;
  readonly manifest: DatedManifest;
  readonly notify: (event: LinkEvent) => void;
  readonly onFetch: (run: Run) => void;
  /** Counts a block sent; returns how many it makes. */
  readonly onBlock: () => number;
}

interface Queued {
  readonly ticket: number;
  readonly run: Run;
  next: number;
  isCancelled: boolean;
}

class ModelLink {
  readonly #o: ModelLinkOptions;
  readonly #queue: Queued[] = [];
  #sentOfBlock = 0;
  #isSending = false;
  #isClosed = false;

  constructor(options: ModelLinkOptions) {
    this.#o = options;
    const {server, clock} = options;
    if (clock.now() < (server.upAtMs ?? 0)) this.#later(() => this.#lose('connection refused'), 1);
    else this.#later(() => this.#say({type: 'link.opened', atMs: clock.now()}), this.#rttMs);
    for (const atMs of server.cutsAtMs ?? []) {
      if (atMs > clock.now()) this.#later(() => this.#lose('connection reset'), atMs - clock.now());
    }
  }

  get #rttMs(): number {
    return this.#o.server.rttMs ?? 1;
  }

  close(): void {
    this.#isClosed = true;
  }

  command(command: LinkCommand): void {
    const {clock, server, manifest, geometry} = this.#o;
    const fragments = fragmentCount(manifest.size, geometry);
    const answer = (event: LinkEvent) =>
      this.#later(() => this.#say({...event, atMs: clock.now()}), this.#rttMs);
    switch (command.type) {
      case 'link.greet':
        answer({type: 'link.welcomed', atMs: 0, instanceId: manifest.root + String(Math.random())});
        answer({
          type: 'link.manifested',
          atMs: 0,
          manifest,
          fragmentsHere: server.holds?.length ?? fragments,
        });
        return;
      case 'link.survey':
        answer({
          type: 'link.surveyed',
          atMs: 0,
          first: command.first,
          bitmap: bitmapOf(server.holds ?? [], command),
        });
        return;
      case 'link.askFragmentDigests':
        answer({
          type: 'link.fragmentDigests',
          atMs: 0,
          first: command.first,
          digests: new Uint8Array(32 * command.count),
        });
        return;
      case 'link.askBlockDigests':
        answer({
          type: 'link.blockDigests',
          atMs: 0,
          fragment: command.fragment,
          digests: new Uint8Array(32 * command.blocks),
        });
        return;
      case 'link.ping':
        answer({type: 'link.ponged', atMs: 0});
        return;
      case 'link.abandon':
        return this.#lose(command.reason);
      case 'link.cancel':
        for (const queued of this.#queue) if (queued.ticket === command.ticket) queued.isCancelled = true;
        return;
      case 'link.fetch':
        return this.#fetch(command.ticket, command.run);
      case 'link.complain':
        return;
    }
  }

  #fetch(ticket: number, run: Run): void {
    const {clock, server, onFetch} = this.#o;
    onFetch(run);
    this.#later(() => {
      if (clock.now() < (server.busyUntilMs ?? 0)) {
        const end = {kind: 'busy' as const, retryAfterMs: server.retryAfterMs ?? 1_000};
        return this.#say({type: 'link.ended', atMs: clock.now(), ticket, end});
      }
      this.#queue.push({ticket, run, next: run.first, isCancelled: false});
      if (!this.#isSending) this.#send();
    }, this.#rttMs);
  }

  #send(): void {
    const {clock, server, meter, manifest, geometry} = this.#o;
    const current = this.#queue[0];
    this.#isSending = current !== undefined;
    if (current === undefined || this.#isClosed) return;
    if (current.isCancelled && this.#sentOfBlock === 0) return this.#end(current, 'cancelled');
    const rate = typeof server.rate === 'function' ? server.rate(clock.now()) : server.rate;
    const left = blockLength(manifest.size, geometry, current.run.fragment, current.next) - this.#sentOfBlock;
    const bytes = Math.min(left, Math.max(1, Math.floor((rate * CHUNK_MS) / 1000)));
    const ms = rate === 0 ? CHUNK_MS : (bytes / rate) * 1000;
    this.#later(() => {
      if (rate > 0) {
        meter.count(bytes);
        this.#sentOfBlock += bytes;
        if (bytes === left) this.#endBlock(current);
      }
      this.#send();
    }, ms);
  }

  #endBlock(current: Queued): void {
    const {clock, server, onBlock} = this.#o;
    const {fragment} = current.run;
    const count = onBlock();
    if (process.env['SHOW'])
      console.log(
        clock.now().toFixed(0),
        JSON.stringify(current.run),
        'block',
        current.next,
        'rate',
        typeof server.rate === 'number' ? server.rate / 1e6 : '?',
      );
    const isWrong = server.wrongEvery !== undefined && count % server.wrongEvery === 0;
    const block = current.next++;
    const length = this.#sentOfBlock;
    this.#sentOfBlock = 0;
    this.#say({
      type: 'link.block',
      atMs: clock.now(),
      ticket: current.ticket,
      fragment,
      block,
      slab: isWrong ? WRONG : 0,
      length,
    });
    if (current.next === current.run.end) this.#end(current, 'ok');
  }

  #end(current: Queued, kind: 'ok' | 'cancelled'): void {
    this.#queue.shift();
    this.#say({type: 'link.ended', atMs: this.#o.clock.now(), ticket: current.ticket, end: {kind}});
    if (kind === 'cancelled') this.#send();
  }

  #lose(reason: string): void {
    this.#say({type: 'link.lost', atMs: this.#o.clock.now(), cause: 'failed', reason});
    this.#isClosed = true;
  }

  #say(event: LinkEvent): void {
    if (!this.#isClosed) this.#o.notify(event);
  }

  #later(act: () => void, ms: number): void {
    this.#o.clock.setTimeout(() => {
      if (!this.#isClosed) act();
    }, ms);
  }
}

function bitmapOf(holds: readonly number[], {first, count}: {first: number; count: number}): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(count / 8));
  for (const fragment of holds) {
    const bit = fragment - first;
    if (bit >= 0 && bit < count) bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return bitmap;
}

/** Blocks of a model file. */
export function modelBlocks(size: number, geometry: Geometry): number {
  return totalBlocks(size, geometry);
}
