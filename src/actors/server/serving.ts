/** Composition root of a server: workers, library and listener, and the order in which they start and end. */

import {randomBytes} from 'node:crypto';
import type {Address, Geometry} from '../../model.js';
import type {Workers} from '../../workers/pool.js';
import type {Clock} from '../clock.js';
import {RateLimit} from '../rate-limit.js';
import type {ServerWatch} from '../status/watch-server.js';
import type {OnTrace} from '../trace/recorder.js';
import {ServeTrace} from '../trace/serve-trace.js';
import {type FileServer, type ServerNotice, startFileServer} from './file-server.js';
import {type Library, openLibrary} from './library.js';
import type {LibraryNotice} from './library-events.js';
import {Tally} from './tally.js';

/** What happens in a server, for logs and views. Names, peers and reasons are not ours: escape them before they are shown. */
export type ServeNotice = LibraryNotice | ServerNotice;

export interface ServeOptions {
  /** Port to listen on; 0: any free one. */
  readonly port: number;
  /** Folder whose files are offered, all below it included. */
  readonly folder: string;
  /** Address or name to listen on; 127.0.0.1 unless given: this machine alone. */
  readonly host?: string;
  /** Connections that may transfer at once; others are told when to come back. MAX_TRANSFERS_DEFAULT unless given. */
  readonly maxTransfers?: number;
  /** Bytes per second for all clients together; no limit unless given. */
  readonly limitBytesPerSecond?: number;
  /** Serve ranges of the originals instead of making fragments: no second copy on disk. */
  readonly inPlace?: boolean;
  /** Port for `/metrics` and `/healthz`; 0: any free one. None unless given. */
  readonly metricsPort?: number;
  /** Address for those; 127.0.0.1 unless given: this machine alone. */
  readonly metricsHost?: string;
  /**
   * Id of the server that this process of node's cluster is a part of: it shares the port, and clients know all parts as
   * one server by it. A server of its own unless given.
   */
  readonly partOf?: string;
  /** Ends the server as `close` does. */
  readonly signal?: AbortSignal;
  readonly onNotice?: (notice: ServeNotice) => void;
  /** Every row of a trace, at once: what is slow must come later. Nothing is traced unless given. */
  readonly onTrace?: OnTrace;
}

export interface RunningServer {
  /** Where it listens. */
  readonly addresses: readonly Address[];
  /** Where `/metrics` and `/healthz` are; null: nowhere. */
  readonly metricsAddress: Address | null;
  /** Resolves when the server has ended, however that came. */
  readonly ended: Promise<void>;
  /** Takes no new clients, finishes what is under way (DRAIN_TIMEOUT_MS at most), then ends. Resolves with `ended`. */
  close(): Promise<void>;
  /** Ends now: transfers are cut. */
  cut(): Promise<void>;
}

/** The world a server lives in. */
export interface ServingPorts {
  readonly geometry: Geometry;
  readonly clock: Clock;
  readonly startWorkers: () => Promise<Workers>;
  readonly scanIntervalMs: number;
  readonly settleMs: number;
}

type Optional = 'signal' | 'partOf' | 'limitBytesPerSecond' | 'metricsPort' | 'metricsHost' | 'onTrace';

/** Starts a server; resolves when it listens. Throws FdlError `folder-missing`, `port-in-use` or `usage`. */
export async function startServing(
  options: Required<Omit<ServeOptions, Optional>> & Pick<ServeOptions, Optional>,
  ports: ServingPorts,
): Promise<RunningServer> {
  const {clock, geometry, scanIntervalMs, settleMs} = ports;
  const {folder, inPlace, limitBytesPerSecond, onNotice} = options;
  const trace = traceFor(options, ports);
  const tally = new Tally();
  let watch: ServerWatch | null = null;
  const notify = (notice: ServeNotice): void => {
    watch?.notice(notice);
    onNotice(notice);
  };
  const workers = await ports.startWorkers().catch((error) => {
    trace?.end(error);
    throw error;
  });
  let library: Library | null = null;
  try {
    library = await openLibrary({
      folder,
      inPlace,
      geometry,
      scanIntervalMs,
      settleMs,
      workers,
      clock,
      notify: (notice) => {
        trace?.libraryNotice(notice);
        notify(notice);
      },
      ...(trace !== null && {inspect: trace.inspector()}),
    });
    const server = await startFileServer({
      host: options.host,
      port: options.port,
      store: library.store,
      maxTransfers: options.maxTransfers,
      ...geometry,
      limit: limitBytesPerSecond === undefined ? null : new RateLimit(limitBytesPerSecond, clock),
      tally,
      trace,
      clock,
      instanceId: options.partOf ?? randomBytes(INSTANCE_ID_BYTES).toString('hex'),
      sharesPort: options.partOf !== undefined,
      notify,
    });
    watch = await startWatch(options, server, library, tally);
    trace?.listening(server.addresses);
    return runningServer({server, library, workers, watch, trace}, options.signal);
  } catch (error) {
    await library?.close();
    await workers.close();
    trace?.end(error);
    throw error;
  }
}

const INSTANCE_ID_BYTES = 16;

/** Metrics and health where they were asked for; what they need is not even loaded otherwise. */
async function startWatch(
  options: Pick<ServeOptions, 'metricsPort' | 'metricsHost' | 'limitBytesPerSecond'>,
  server: FileServer,
  library: Library,
  tally: Tally,
): Promise<ServerWatch | null> {
  const {metricsPort: port, metricsHost: host = '127.0.0.1', limitBytesPerSecond = null} = options;
  if (port === undefined) return null;
  try {
    const {watchServer} = await import('../status/watch-server.js');
    return await watchServer(
      {host, port},
      {
        tally,
        load: () => server.load,
        census: () => library.census(),
        standing: () => library.standing,
        limitBytesPerSecond,
      },
    );
  } catch (error) {
    server.cut();
    throw error;
  }
}

function traceFor(
  options: Parameters<typeof startServing>[0],
  {clock, geometry}: ServingPorts,
): ServeTrace | null {
  const {onTrace, folder, maxTransfers, inPlace} = options;
  if (onTrace === undefined) return null;
  const limitBytesPerSecond = options.limitBytesPerSecond ?? null;
  return new ServeTrace({clock, onTrace, folder, maxTransfers, limitBytesPerSecond, inPlace, geometry});
}

interface Parts {
  readonly server: FileServer;
  readonly library: Library;
  readonly workers: Workers;
  readonly watch: ServerWatch | null;
  readonly trace: ServeTrace | null;
}

function runningServer(
  {server, library, workers, watch, trace}: Parts,
  signal: AbortSignal | undefined,
): RunningServer {
  let ending: Promise<void> | null = null;
  let resolveEnded: (ended: Promise<void>) => void = () => {};
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });

  async function end(): Promise<void> {
    // The library stays for those who are being served; they need what they have open and no more.
    await Promise.all([server.drain(), library.close()]);
    await workers.close();
    watch?.close();
    trace?.end(null);
  }

  function close(): Promise<void> {
    ending ??= end();
    resolveEnded(ending);
    return ended;
  }

  signal?.addEventListener('abort', () => void close().catch(() => {}), {once: true});
  if (signal?.aborted) void close().catch(() => {});
  return {
    addresses: server.addresses,
    metricsAddress: watch?.address ?? null,
    ended,
    close,
    cut() {
      server.cut();
      return close();
    },
  };
}
