/** The trace of one download: rows from its machines, its plan, its meters and its threads. Decides nothing. */

import type {AnyActor} from 'xstate';
import {SLABS} from '../../limits.js';
import type {ClockEvent, ConnectionEvent, DownloadEvent} from '../../machines/events.js';
import {wantsBlock} from '../../machines/plan/apply-fetch.js';
import type {ServerRow} from '../../machines/plan/fleet.js';
import type {Plan} from '../../machines/plan/plan.js';
import type {Step} from '../../machines/plan/step.js';
import type {Created} from '../../machines/plan/take-step.js';
import type {PlanWatch} from '../../machines/plan/watch.js';
import type {ServerEntry} from '../../model.js';
import type {RowOf} from '../../trace/rows.js';
import type {Workers} from '../../workers/pool.js';
import type {Clock} from '../clock.js';
import type {Slabs} from '../slabs.js';
import {diskRows} from './disk-rows.js';
import {doneRow, headerRow} from './header.js';
import {type Inspected, lookOn} from './look-on.js';
import {type About, MachineRows} from './machine-rows.js';
import {OwnNumbers} from './numbers.js';
import {addressRows, downloadRow, type Given} from './option-rows.js';
import {isOfDownload, planValues} from './plan-values.js';
import {type OnTrace, Recorder, rounded} from './recorder.js';
import {serverRow} from './server-row.js';
import {stepRow} from './step-row.js';
import {TimedMeters, TimedWorkers} from './timed-work.js';

/** The part of the trace of a set that tells of one file. */
export interface TracePart {
  /** Of the file. */
  readonly recorder: Recorder;
  /** The number of a server in the trace, by its address. */
  serverOf(address: string): number;
}

export interface DownloadTraceOptions extends Given {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly workers: Workers;
  /** Where the rows go: a trace of its own, or a part of one. */
  readonly to: OnTrace | TracePart;
  /** As the list has them. */
  readonly servers: readonly Pick<ServerEntry, 'role' | 'limitBytesPerSecond'>[];
}

/** Blocks at the workers, and memory for more. */
interface Room {
  readonly slabs: Slabs;
  readonly storing: () => number;
}

type Tick = ClockEvent & {readonly type: 'clock.ticked'};

/** Events of single blocks and fetches, and those whose rows say more. */
const HIDDEN: ReadonlySet<string> = new Set([
  'fetch.assigned',
  'fetch.ended',
  'link.fetch',
  'link.ended',
  'block.received',
  'block.put',
  'slab.drop',
  'block.stored',
  'blocks.moved',
  'clock.ticked',
  'clock.ringAt',
  'store.hashing',
]);

export class DownloadTrace implements PlanWatch {
  readonly meters: TimedMeters;
  readonly workers: TimedWorkers;
  readonly #options: DownloadTraceOptions;
  readonly #recorder: Recorder;
  readonly #machines: MachineRows;
  readonly #own: OwnNumbers;
  #room: Room | null = null;
  /** Verified bytes as of the last event: one that did not change them told nothing new. */
  #doneBytes = 0;

  constructor(options: DownloadTraceOptions) {
    const {clock, workers, plan, to} = options;
    const {addresses} = plan.options;
    const isWhole = typeof to === 'function';
    this.#options = options;
    this.meters = new TimedMeters(clock);
    this.workers = new TimedWorkers(workers, clock);
    this.#recorder = isWhole ? new Recorder(clock, to) : to.recorder;
    this.#own = new OwnNumbers(
      this.#recorder.numbers,
      addresses.map((address, own) => (isWhole ? own : to.serverOf(address))),
    );
    this.#machines = new MachineRows(this.#recorder, {
      isHidden: (type) => HIDDEN.has(type),
      contextOf: (context) => (isOfDownload(context) ? planValues(context.plan) : context),
    });
    plan.fleet.watch = this;
    if (isWhole) this.#recorder.add(headerRow('download'));
    this.#recorder.add(downloadRow(isWhole ? 0 : this.#recorder.now(), plan.options, options));
    if (isWhole) for (const row of addressRows(0, addresses, options.servers)) this.#recorder.add(row);
  }

  /** Where the ticks look at memory and threads. */
  set room(room: Room) {
    this.#room = room;
  }

  /** Tells of this actor, the download's, and of all below it, from its start on. */
  watch(download: AnyActor): void {
    lookOn(download, (event) => this.#inspect(event, download));
  }

  #inspect(event: Inspected, download: AnyActor): void {
    this.#machines.inspect(event, this.#aboutOf);
    if (event.actorRef !== download) return;
    if (event.type === '@xstate.event' && event.event.type === 'block.received') {
      this.#blockCame(event.event as unknown as ConnectionEvent & {readonly type: 'block.received'});
    } else if (event.type === '@xstate.snapshot') this.#learnt(event.event as unknown as DownloadEvent);
  }

  stepTaken(step: Step, created: Created): void {
    const row = stepRow(this.#recorder.now(), this.#own, step, created);
    if (row !== null) this.#recorder.add(row);
  }

  serverEntered(server: ServerRow): void {
    this.#recorder.add(serverRow(this.#recorder, server, this.#own.server));
  }

  /** What came and was done since the tick before; after the plan has learnt it. */
  tick({elapsedMs, meters}: Tick): void {
    const {plan} = this.#options;
    const connections: [number, number, number, number, number, number][] = [];
    for (const {connection, bytes} of meters) {
      const row = plan.fleet.connection(connection);
      const pausedMs = rounded(this.meters.takePausedMs(connection));
      const fetches = row?.fetches.length ?? 0;
      if (bytes + pausedMs + fetches === 0) continue;
      const rate = Math.round(row?.rate.bytesPerSecond ?? 0);
      connections.push([
        this.#own.connection(connection),
        bytes,
        rate,
        fetches,
        pausedMs,
        row?.suspect === true ? 1 : 0,
      ]);
    }
    const {tasks, waitedMs, hashedMs, writtenMs} = this.workers.take();
    this.#recorder.add({
      t: this.#recorder.now(),
      k: 'tick',
      elapsedMs: rounded(elapsedMs),
      slabsFree: this.#room?.slabs.free ?? SLABS,
      storing: this.#room?.storing() ?? 0,
      tasks,
      waitedMs: rounded(waitedMs),
      hashedMs: rounded(hashedMs),
      writtenMs: rounded(writtenMs),
      connections,
    });
  }

  /**
   * The last rows; of a part there are none, for the set tells how its files end. `error`: what the download failed
   * with; null: it is complete. Every meter must have been read.
   */
  end(error: unknown): void {
    if (typeof this.#options.to !== 'function') return;
    const {servers} = this.#options.plan.fleet;
    const t = this.#recorder.now();
    let receivedBytes = 0;
    for (const {index: server, bytes, blocks, busyReplies, errors, state} of servers) {
      receivedBytes += bytes;
      if (state.kind !== 'unasked')
        this.#recorder.add({t, k: 'sum', server, bytes, blocks, busyReplies, errors});
    }
    const {storedBytes, resumedBytes} = this.#options.plan;
    const wastedBytes = receivedBytes - storedBytes;
    this.#recorder.add({t, k: 'total', storedBytes, resumedBytes, receivedBytes, wastedBytes});
    this.#recorder.add(doneRow(this.#recorder, error));
  }

  #blockCame(event: ConnectionEvent & {readonly type: 'block.received'}): void {
    const {fragment, block, length: bytes} = event;
    const connection = this.#own.connection(event.connection);
    const row: RowOf<'block'> = {t: this.#recorder.now(), k: 'block', connection, fragment, block, bytes};
    this.#recorder.add(wantsBlock(this.#options.plan, event) ? row : {...row, wasted: true});
  }

  /** An event of the download that its plan has learnt. */
  #learnt(event: DownloadEvent): void {
    switch (event.type) {
      case 'clock.ticked':
        return this.tick(event);
      case 'fetch.ended':
        return this.#fetchEnded(event);
      case 'block.stored':
        return this.#blockStored(event);
      default:
        for (const row of diskRows(this.#recorder, event, this.#options.plan, this.#own))
          this.#recorder.add(row);
        this.#doneBytes = this.#planDoneBytes;
    }
  }

  get #planDoneBytes(): number {
    return this.#options.plan.storedBytes + this.#options.plan.resumedBytes;
  }

  #fetchEnded({connection, ticket, end}: ConnectionEvent & {readonly type: 'fetch.ended'}): void {
    const t = this.#recorder.now();
    this.#recorder.add({
      t,
      k: 'fetched',
      connection: this.#own.connection(connection),
      ticket: this.#own.endTicket(ticket),
      how: end.kind,
      ...(end.kind === 'busy' && {retryAfterMs: end.retryAfterMs}),
      ...(end.kind === 'refused' && {code: end.refusal.code}),
    });
  }

  #blockStored(event: DownloadEvent & {readonly type: 'block.stored'}): void {
    const doneBytes = this.#planDoneBytes;
    if (doneBytes === this.#doneBytes) return;
    this.#doneBytes = doneBytes;
    const {fragment, block, bytes, origin} = event;
    const connection = origin.kind === 'network' ? this.#own.connection(origin.connection) : null;
    this.#recorder.add({t: this.#recorder.now(), k: 'stored', connection, fragment, block, bytes});
  }

  /** What an actor of the download is about, from its input. */
  readonly #aboutOf = (input: unknown): About => {
    if (typeof input !== 'object' || input === null) return {};
    const {connection, fragment} = input as About;
    if (connection !== undefined) return {connection: this.#own.connection(connection)};
    return fragment === undefined ? {} : {fragment};
  };
}
