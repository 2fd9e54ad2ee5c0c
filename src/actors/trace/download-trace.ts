/** The trace of one download: rows from its machines, its plan, its meters and its threads. Decides nothing. */

import {availableParallelism} from 'node:os';
import type {InspectionEvent} from 'xstate';
import {fragmentCount} from '../../geometry.js';
import {SLABS, WORKERS_MAX} from '../../limits.js';
import type {ClockEvent, ConnectionEvent, DownloadEvent} from '../../machines/events.js';
import {wantsBlock} from '../../machines/plan/apply-fetch.js';
import type {ConnectionRow, Fetch, ServerRow} from '../../machines/plan/fleet.js';
import type {Plan} from '../../machines/plan/plan.js';
import type {Step} from '../../machines/plan/step.js';
import type {PlanWatch} from '../../machines/plan/watch.js';
import type {ServerEntry} from '../../model.js';
import type {RowOf} from '../../trace/rows.js';
import type {Workers} from '../../workers/pool.js';
import type {Clock} from '../clock.js';
import type {Slabs} from '../slabs.js';
import {diskRows} from './disk-rows.js';
import {doneRow, headerRow} from './header.js';
import {type About, MachineRows} from './machine-rows.js';
import {type OnTrace, Recorder, rounded} from './recorder.js';
import {traceText} from './redact.js';
import {serverRow} from './server-row.js';
import {TimedMeters, TimedWorkers} from './timed-work.js';

export interface DownloadTraceOptions {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly workers: Workers;
  readonly onTrace: OnTrace;
  /** As the list has them. */
  readonly servers: readonly Pick<ServerEntry, 'role' | 'limitBytesPerSecond'>[];
  /** As given; null: not. */
  readonly output: string | null;
  readonly limitBytesPerSecond: number | null;
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
  'link.block',
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
  #room: Room | null = null;
  /** Verified bytes as of the last event: one that did not change them told nothing new. */
  #doneBytes = 0;

  constructor(options: DownloadTraceOptions) {
    const {clock, workers, plan, onTrace} = options;
    this.#options = options;
    this.meters = new TimedMeters(clock);
    this.workers = new TimedWorkers(workers, clock);
    this.#recorder = new Recorder(clock, onTrace);
    this.#machines = new MachineRows(this.#recorder, (type) => HIDDEN.has(type));
    plan.fleet.watch = this;
    this.#tellOptions();
  }

  /** Where the ticks look at memory and threads. */
  set room(room: Room) {
    this.#room = room;
  }

  /** For xstate. */
  readonly inspect = (event: InspectionEvent): void => {
    this.#machines.inspect(event, aboutOf);
    if (event.actorRef.sessionId !== event.rootId) return;
    if (event.type === '@xstate.event' && event.event.type === 'block.received') {
      this.#blockCame(event.event as unknown as ConnectionEvent & {readonly type: 'block.received'});
    } else if (event.type === '@xstate.snapshot') this.#learnt(event.event as unknown as DownloadEvent);
  };

  stepTaken(
    step: Step,
    {connection, fetch}: {readonly connection?: ConnectionRow; readonly fetch?: Fetch},
  ): void {
    const t = this.#recorder.now();
    switch (step.kind) {
      case 'dial': {
        const row = connection ?? step.again;
        if (row === null) return;
        const again = step.again !== null;
        return this.#recorder.add({t, k: 'dial', connection: row.id, server: step.server.index, again});
      }
      case 'pin': {
        const {root, sha256, size, geometry} = step.manifest;
        const fragments = fragmentCount(size, geometry);
        return this.#recorder.add({t, k: 'version', root, sha256, size, fragments});
      }
      case 'lease':
        return this.#recorder.add({t, k: 'lease', connection: step.row.id, ...step.run});
      case 'steal': {
        const {victim, run} = step.theft;
        return this.#recorder.add({t, k: 'steal', connection: step.row.id, from: victim.id, ...run});
      }
      case 'return-lease':
        return this.#recorder.add({t, k: 'return', connection: step.row.id});
      case 'fetch':
      case 'hedge': {
        if (fetch === undefined) return;
        const {ticket} = fetch;
        const hedge = step.kind === 'hedge';
        return this.#recorder.add({t, k: 'fetch', connection: step.row.id, ticket, ...step.run, hedge});
      }
      case 'cancel':
        return this.#recorder.add({t, k: 'cancel', connection: step.connection, ticket: step.ticket});
    }
  }

  serverEntered(server: ServerRow): void {
    this.#recorder.add(serverRow(this.#recorder, server));
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
      connections.push([connection, bytes, rate, fetches, pausedMs, row?.suspect === true ? 1 : 0]);
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

  /** The last rows. `error`: what the download failed with; null: it is complete. Every meter must have been read. */
  end(error: unknown): void {
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

  #tellOptions(): void {
    const {plan, output, limitBytesPerSecond} = this.#options;
    const {file, addresses, connectionsMax, giveUpAfterMs, geometry, pin} = plan.options;
    this.#recorder.add(headerRow('download'));
    this.#recorder.add({
      t: 0,
      k: 'download',
      file,
      output: output === null ? null : traceText(output),
      servers: addresses.length,
      connections: connectionsMax,
      limitBytesPerSecond,
      giveUpAfterMs,
      root: pin.root,
      sha256: pin.sha256,
      slabs: SLABS,
      threads: Math.min(WORKERS_MAX, availableParallelism()),
      ...geometry,
    });
    for (const [server, address] of addresses.entries()) {
      const {role = 'usual', limitBytesPerSecond: limit} = this.#options.servers[server] ?? {};
      this.#recorder.add({
        t: 0,
        k: 'address',
        server,
        address,
        ...(role !== 'usual' && {role}),
        ...(limit !== undefined && {limitBytesPerSecond: limit}),
      });
    }
  }

  #blockCame(event: ConnectionEvent & {readonly type: 'block.received'}): void {
    const {connection, fragment, block, length: bytes} = event;
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
        for (const row of diskRows(this.#recorder, event, this.#options.plan)) this.#recorder.add(row);
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
      connection,
      ticket,
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
    const connection = origin.kind === 'network' ? origin.connection : null;
    this.#recorder.add({t: this.#recorder.now(), k: 'stored', connection, fragment, block, bytes});
  }
}

/** What an actor of a download is about, from its input. */
function aboutOf(input: unknown): About {
  if (typeof input !== 'object' || input === null) return {};
  const {connection, fragment} = input as About;
  if (connection !== undefined) return {connection};
  return fragment === undefined ? {} : {fragment};
}
