/**
 * A fleet of model servers: the real machines and the real policy download from them in virtual time. For questions
 * of scheduling and of states, not of content.
 */

import {createActor, fromCallback} from 'xstate';
import {Meters} from '../../src/actors/client/meters.js';
import {tickerLogic} from '../../src/actors/client/ticker.js';
import {connectionMachine} from '../../src/machines/connection.js';
import {downloadMachine} from '../../src/machines/download.js';
import type {DatedManifest, StoreEvent} from '../../src/machines/events.js';
import type {LinkCommand, LinkInput} from '../../src/machines/link-events.js';
import {Plan, type PlanOptions} from '../../src/machines/plan/plan.js';
import type {StoreCommand} from '../../src/machines/store-commands.js';
import type {Geometry, Run} from '../../src/model.js';
import type {Notice} from '../../src/report.js';
import {ModelLink, type ModelServer, WRONG_DIGEST, WRONG_SLAB} from './model-server.js';
import {VirtualClock} from './virtual-clock.js';

/** What happened, in order. */
export type Entry = {readonly atMs: number} & (
  | {readonly kind: 'dialled'; readonly server: number}
  | {readonly kind: 'fetch'; readonly server: number; readonly run: Run}
  /** It was busy, and named a time. */
  | {readonly kind: 'refused'; readonly server: number; readonly untilMs: number}
  /** Proof against a server reached the plan. */
  | {readonly kind: 'proof'; readonly server: number}
  | {readonly kind: 'stored'; readonly server: number; readonly fragment: number; readonly block: number}
  | {readonly kind: 'notice'; readonly notice: Notice}
);

export interface ModelRun {
  readonly plan: Plan;
  readonly elapsedMs: number;
  readonly journal: readonly Entry[];
  /** Blocks sent by each server. */
  readonly sent: readonly number[];
}

export interface ModelOptions {
  readonly size: number;
  readonly geometry: Geometry;
  readonly servers: readonly ModelServer[];
  readonly limitMs?: number;
  readonly random?: () => number;
  readonly plan?: Partial<PlanOptions>;
  /** Blocks of an earlier run that count. */
  readonly trusted?: readonly Run[];
  /** Blocks of an earlier run that are checked while others are fetched; every third turns out wrong. */
  readonly unchecked?: readonly Run[];
  /** Called after every event that reached the plan. */
  readonly check?: (plan: Plan, atMs: number) => void;
}

/** Runs one download in virtual time. Throws when it has not ended by `limitMs`. */
export function runModel(options: ModelOptions): ModelRun {
  const model = new Model(options);
  model.run(options.limitMs ?? 10_000_000);
  return model.result();
}

/** Entries of one kind. */
export function entriesOf<Kind extends Entry['kind']>(
  run: ModelRun,
  kind: Kind,
): (Entry & {readonly kind: Kind})[] {
  return run.journal.filter((entry) => entry.kind === kind) as (Entry & {readonly kind: Kind})[];
}

class Model {
  readonly #options: ModelOptions;
  readonly #clock = new VirtualClock();
  readonly #meters = new Meters();
  readonly #plan: Plan;
  readonly #journal: Entry[] = [];
  readonly #sent: number[];
  readonly #senders: {count: number}[];
  #endedAtMs = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#sent = options.servers.map(() => 0);
    this.#senders = options.servers.map(() => ({count: 0}));
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
    let failure: unknown = null;
    const actor = createActor(machine, {input: {plan: this.#plan}, clock: this.#clock});
    actor.on('download.noticed', ({notice}) => this.#note({kind: 'notice', notice}));
    actor.subscribe({
      next: () => {
        if (isDone) return;
        try {
          this.#options.check?.(this.#plan, this.#clock.now());
        } catch (error) {
          // An observer that throws is only reported, and goes on being called.
          failure = error;
          isDone = true;
        }
      },
      complete: () => {
        isDone = true;
      },
      error: (error) => {
        failure = error;
        isDone = true;
      },
    });
    actor.start();
    const isInTime = this.#clock.run(() => isDone, limitMs);
    this.#endedAtMs = this.#clock.now();
    actor.stop();
    if (failure !== null) throw failure;
    if (!isInTime) throw new Error(`not done after ${limitMs} ms of virtual time`);
  }

  result(): ModelRun {
    return {plan: this.#plan, elapsedMs: this.#endedAtMs, journal: this.#journal, sent: this.#sent};
  }

  #note(entry: Undated<Entry>): void {
    this.#journal.push({...entry, atMs: this.#clock.now()} as Entry);
  }

  #manifest(root: string): DatedManifest {
    const {size, geometry} = this.#options;
    return {size, geometry, sha256: '0'.repeat(64), root, modifiedMs: 0};
  }

  #store() {
    return fromCallback<StoreCommand>(({sendBack, receive}) => {
      const later = (event: Untimed<StoreEvent>, ms = 1) =>
        this.#clock.setTimeout(() => {
          this.#noteProof(event);
          sendBack({...event, atMs: this.#clock.now()} as StoreEvent);
        }, ms);
      later({type: 'store.prepared', output: 'x.bin', leftovers: []});
      receive((command) => {
        switch (command.type) {
          case 'store.open':
            later(this.#opened());
            return this.#checkParts(later);
          case 'root.prove':
            return later({type: command.digests[0] === WRONG_DIGEST ? 'root.refuted' : 'root.proved'});
          case 'fragment.recall':
            return later({type: 'fragment.unknown', fragment: command.fragment});
          case 'fragment.prove':
            return later(this.#proved(command));
          case 'block.put':
            return later(this.#verdictOn(command));
          case 'store.finish':
            return later({type: 'store.finished', output: 'x.bin', sha256Verified: false});
          default:
            return undefined;
        }
      });
    });
  }

  #opened() {
    const {trusted = [], unchecked = []} = this.#options;
    const type = 'store.opened' as const;
    return {type, trusted, unchecked, hasFragmentDigests: false, complete: false};
  }

  /** Blocks of an earlier run turn out right or wrong, 5 ms each. */
  #checkParts(later: (event: Untimed<StoreEvent>, ms: number) => void): void {
    let checked = 0;
    for (const {fragment, first, end} of this.#options.unchecked ?? []) {
      for (let block = first; block < end; block++) {
        checked++;
        const at = {fragment, block};
        if (checked % 3 > 0) {
          const bytes = this.#options.geometry.blockBytes;
          later({type: 'block.stored', ...at, bytes, origin: {kind: 'part'}}, 5 * checked);
        } else
          later({type: 'block.wrong', ...at, connection: null, expected: 'aa', received: ''}, 5 * checked);
      }
    }
  }

  #proved({fragment, connection, digests}: StoreCommand & {readonly type: 'fragment.prove'}) {
    return digests[0] === WRONG_DIGEST
      ? {type: 'fragment.refuted' as const, fragment, connection}
      : {type: 'fragment.proved' as const, fragment, salvaged: []};
  }

  #noteProof(event: Untimed<StoreEvent>): void {
    const {fleet, stage} = this.#plan;
    const connection =
      event.type === 'block.wrong' || event.type === 'fragment.refuted'
        ? event.connection
        : event.type === 'root.refuted' && stage.kind === 'proving'
          ? (stage.page?.connection ?? null)
          : null;
    if (connection !== null) this.#note({kind: 'proof', server: fleet.serverOf(connection).index});
  }

  #verdictOn(put: StoreCommand & {readonly type: 'block.put'}): Untimed<StoreEvent> {
    const {fragment, block, connection} = put;
    const server = this.#plan.fleet.serverOf(connection).index;
    if (put.slab === WRONG_SLAB)
      return {type: 'block.wrong', fragment, block, connection, expected: 'aa', received: 'bb'};
    this.#note({kind: 'stored', server, fragment, block});
    return {
      type: 'block.stored',
      fragment,
      block,
      bytes: put.length,
      origin: {kind: 'network', connection},
    };
  }

  #link() {
    return fromCallback<LinkCommand, LinkInput>(({input, sendBack, receive}) => {
      const index = input.server;
      const server = this.#options.servers[index];
      if (server === undefined) throw new Error('no such server');
      this.#note({kind: 'dialled', server: index});
      const link = new ModelLink({
        server,
        clock: this.#clock,
        meter: this.#meters.open(input.connection),
        geometry: this.#options.geometry,
        manifest: this.#manifest(server.root ?? 'a'.repeat(64)),
        instanceId: server.instance ?? `instance ${index}`,
        notify: (event) => sendBack(event),
        onReceived: (block) =>
          input.download.send({type: 'block.received', connection: input.connection, ...block}),
        onFetch: (run) => this.#note({kind: 'fetch', server: index, run}),
        onRefused: (ms) => this.#note({kind: 'refused', server: index, untilMs: this.#clock.now() + ms}),
        onViolated: () => this.#note({kind: 'proof', server: index}),
        senders: this.#senders[index] ?? {count: 0},
        onBlock: () => {
          this.#sent[index] = (this.#sent[index] ?? 0) + 1;
          return this.#sent[index] ?? 0;
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

type Untimed<Event> = Event extends StoreEvent ? Omit<Event, 'atMs'> : never;
type Undated<One> = One extends Entry ? Omit<One, 'atMs'> : never;
