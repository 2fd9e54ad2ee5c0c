/**
 * The composition root of a download: fills the ports of the machines with sockets, disk, workers and time, starts
 * the download machine and waits for its end. Decides nothing.
 */

import {createActor} from 'xstate';
import {FdlError} from '../../errors.js';
import {CONNECTIONS_DEFAULT, REDRAW_MS, SLABS, STORE_WAITING_MAX} from '../../limits.js';
import {connectionMachine} from '../../machines/connection.js';
import {downloadMachine} from '../../machines/download.js';
import {applyTick} from '../../machines/plan/apply-clock.js';
import {Plan} from '../../machines/plan/plan.js';
import {progressOf, resultOf} from '../../machines/plan/progress.js';
import type {Geometry, HexDigest, ServerEntry} from '../../model.js';
import {formatAddress} from '../../protocol/servers-file.js';
import type {DownloadResult, Notice, Progress} from '../../report.js';
import type {Workers} from '../../workers/pool.js';
import type {Clock} from '../clock.js';
import {Slabs} from '../slabs.js';
import type {Store, StoreOptions} from '../store/store-port.js';
import type {DownloadTrace, TracePart} from '../trace/download-trace.js';
import type {OnTrace} from '../trace/recorder.js';
import type {Dial} from './dial.js';
import {linkLogic} from './link.js';
import type {LinkPool} from './link-pool.js';
import {Meters} from './meters.js';
import {type ReadLimit, readLimits} from './read-limits.js';
import {storeLogic} from './store-actor.js';
import {tickerLogic} from './ticker.js';

/** What to download, from where, to where. */
export interface DownloadOptions {
  /** Name of the file on the servers: a relative path. */
  readonly file: string;
  /** Asked in this order, preferred ones first; backups only where no other server can bring something. */
  readonly servers: readonly ServerEntry[];
  /** A file, or a folder that takes the file inside; the file's own name in the current folder unless given. */
  readonly output?: string;
  /** Only this version. */
  readonly root?: HexDigest;
  /** Only a version with this SHA-256; the whole file is hashed and compared at the end. */
  readonly sha256?: HexDigest;
  /** Most connections to one server. */
  readonly connections?: number;
  /** Bytes per second over all servers. */
  readonly limitBytesPerSecond?: number;
  /** Fail after so long without a new block; unless given, only lost servers end a download, after five minutes. */
  readonly giveUpAfterMs?: number;
  /** Drop what earlier runs left and start anew. */
  readonly restart?: boolean;
  /** Replace an output that exists. */
  readonly force?: boolean;
  /** How long to wait for room on a full disk; 0 unless given. */
  readonly diskWaitMs?: number;
  /** Stops the download, keeping what it has; a reason that is an FdlError is what the download then fails with. */
  readonly signal?: AbortSignal;
  /** At most ten times a second. */
  readonly onProgress?: (progress: Progress) => void;
  readonly onNotice?: (notice: Notice) => void;
  /** Every row of a trace, at once: what is slow must come later. Nothing is traced unless given. */
  readonly onTrace?: OnTrace;
}

/** The outside world; the simulation brings its own. */
export interface DownloadPorts {
  readonly geometry: Geometry;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly dial: Dial;
  readonly workers: Workers;
  readonly createStore: (options: StoreOptions) => Store;
  /** What it has in common with other downloads that go on beside it; all its own unless given. */
  readonly shared?: SharedPorts;
  /** The part of a trace that tells of this download; a trace of its own goes to `onTrace`. */
  readonly trace?: TracePart | null;
}

/** Memory, rate and connections of several downloads together. */
export interface SharedPorts {
  readonly slabs: Slabs;
  /** How fast links to a server may read, by its address as `formatAddress` writes it; null: no limit. */
  readonly limitFor: (address: string) => ReadLimit | null;
  readonly pool: LinkPool;
}

/**
 * Downloads one file. Resolves when the file is complete, verified and under its final name; throws FdlError
 * otherwise, with everything that was verified kept for the next run.
 */
export async function runDownload(given: DownloadOptions, ports: DownloadPorts): Promise<DownloadResult> {
  const options = {...given, servers: byRole(given.servers)};
  const plan = planFor(options, ports);
  const trace = await traceFor(options, ports, plan);
  try {
    const result = await runPlan(options, ports, plan, trace);
    trace?.end(null);
    return result;
  } catch (error) {
    trace?.end(error);
    throw error;
  }
}

async function runPlan(
  options: DownloadOptions,
  ports: DownloadPorts,
  plan: Plan,
  trace: DownloadTrace | null,
): Promise<DownloadResult> {
  const {clock} = ports;
  const meters = trace?.meters ?? new Meters();
  const {actor, store} = createDownload(options, ports, plan, meters, trace);
  actor.on('download.noticed', ({notice}) => options.onNotice?.(notice));
  const stopProgress = startProgress(options, clock, plan);
  const stopListening = listenToAbort(options.signal, (error) => {
    actor.send({type: 'download.aborted', atMs: clock.now(), error});
  });
  try {
    await new Promise<void>((resolve, reject) => {
      actor.subscribe({complete: resolve, error: reject});
      actor.start();
    });
    const last = {type: 'clock.ticked', atMs: clock.now(), elapsedMs: 0, meters: meters.read()} as const;
    applyTick(plan, last);
    trace?.tick(last);
    options.onProgress?.(progressOf(plan, clock.now()));
    if (plan.stage.kind === 'failed') throw plan.stage.error;
    return resultOf(plan, clock.now());
  } finally {
    stopProgress();
    stopListening();
    actor.stop();
    await store().close(isDiskTrouble(plan) ? 'abandon' : 'clean');
  }
}

/** In the order in which they are asked: preferred ones first, backups last, else as the list has them. */
function byRole(servers: readonly ServerEntry[]): ServerEntry[] {
  return (['prefer', 'usual', 'backup'] as const).flatMap((role) =>
    servers.filter((server) => (server.role ?? 'usual') === role),
  );
}

function planFor(options: DownloadOptions, {geometry, random, clock}: DownloadPorts): Plan {
  return new Plan({
    file: options.file,
    addresses: options.servers.map(formatAddress),
    roles: options.servers.map(({role = 'usual'}) => role),
    pin: {root: options.root ?? null, sha256: options.sha256 ?? null},
    geometry,
    connectionsMax: options.connections ?? CONNECTIONS_DEFAULT,
    giveUpAfterMs: options.giveUpAfterMs ?? null,
    random,
    startedAtMs: clock.now(),
  });
}

/** Loaded only for those who want one: the schema is a tenth of what a download loads. */
async function traceFor(
  {onTrace, servers, output, limitBytesPerSecond}: DownloadOptions,
  {clock, workers, trace}: DownloadPorts,
  plan: Plan,
): Promise<DownloadTrace | null> {
  const to = trace ?? onTrace;
  if (to === undefined) return null;
  const {DownloadTrace} = await import('../trace/download-trace.js');
  return new DownloadTrace({
    plan,
    clock,
    workers,
    to,
    servers,
    output: output ?? null,
    limitBytesPerSecond: limitBytesPerSecond ?? null,
  });
}

function createDownload(
  options: DownloadOptions,
  ports: DownloadPorts,
  plan: Plan,
  meters: Meters,
  trace: DownloadTrace | null,
) {
  const {clock, geometry} = ports;
  const workers = trace?.workers ?? ports.workers;
  const {shared} = ports;
  const slabs = shared?.slabs ?? new Slabs(SLABS, geometry.blockBytes);
  let created: Store | null = null;
  const store = () => {
    if (created === null) throw new Error('the store was not started');
    return created;
  };
  const link = linkLogic({
    addresses: options.servers,
    geometry,
    dial: ports.dial,
    clock,
    slabs,
    meters,
    hasRoom: () => store().waiting < STORE_WAITING_MAX,
    pool: shared?.pool ?? null,
    limitFor:
      shared === undefined
        ? readLimits(options.servers, options.limitBytesPerSecond, clock)
        : (server) => shared.limitFor(plan.fleet.servers[server]?.address ?? ''),
  });
  const storeActor = storeLogic({
    createStore: (notify) =>
      ports.createStore(storeOptions(options, {geometry, workers, slabs, clock, notify})),
    slabs,
    clock,
    onCreated: (it) => {
      created = it;
    },
  });
  const machine = downloadMachine.provide({
    actors: {
      connection: connectionMachine.provide({actors: {link}}),
      store: storeActor,
      ticker: tickerLogic(clock, meters),
    },
  });
  if (trace !== null) trace.room = {slabs, storing: () => created?.waiting ?? 0};
  const actor = createActor(machine, {input: {plan, watch: trace}, clock});
  trace?.watch(actor);
  return {actor, store};
}

function storeOptions(
  {file, output, force, restart, diskWaitMs}: DownloadOptions,
  ports: Pick<StoreOptions, 'geometry' | 'workers' | 'slabs' | 'clock' | 'notify'>,
): StoreOptions {
  return {
    ...ports,
    file,
    output: {path: output ?? null},
    force: force ?? false,
    restart: restart ?? false,
    diskWaitMs: diskWaitMs ?? 0,
  };
}

/** Tells the progress at the rate of a terminal's redraw. */
function startProgress({onProgress}: DownloadOptions, clock: Clock, plan: Plan): () => void {
  if (onProgress === undefined) return () => {};
  const tell = () => {
    timer = clock.setTimeout(tell, REDRAW_MS);
    onProgress(progressOf(plan, clock.now()));
  };
  let timer = clock.setTimeout(tell, REDRAW_MS);
  return () => clock.clearTimeout(timer);
}

function listenToAbort(signal: AbortSignal | undefined, abort: (error: FdlError) => void): () => void {
  if (signal === undefined) return () => {};
  const onAbort = () => {
    const {reason} = signal;
    abort(reason instanceof FdlError ? reason : new FdlError('interrupted', 'the download was stopped'));
  };
  if (signal.aborted) queueMicrotask(onAbort);
  else signal.addEventListener('abort', onAbort, {once: true});
  return () => signal.removeEventListener('abort', onAbort);
}

function isDiskTrouble({stage}: Plan): boolean {
  return stage.kind === 'failed' && stage.error.code === 'disk-failed';
}
