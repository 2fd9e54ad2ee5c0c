/**
 * A seeded TCP proxy in front of one server: forwards, measures, and does to the connection what networks and
 * broken servers do. Faults may be set for the proxy or for one connection, and changed at any time.
 *
 *   const proxy = await startProxy(t, server.port, {toClient: {bytesPerSecond: 20_000_000}});
 *   proxy.whenDelivered(30_000_000, () => proxy.freeze());
 */

import {once} from 'node:events';
import {type AddressInfo, createConnection, createServer, type Server, type Socket} from 'node:net';

import {MAGIC} from '../../src/protocol/messages.js';
import {ChaosPipe, type PipeContext} from './chaos-pipe.js';
import {type Faults, flipBit} from './faults.js';
import type {Cleanup} from './files.js';
import {type FrameHandler, FrameStream} from './frame-stream.js';
import {FrameTap, type Seen} from './frame-tap.js';
import {seededRandom} from './random.js';
import {reset} from './reset.js';
import {Gate} from './wait.js';

/** Faults of both directions; a direction that is not named is left alone. */
export interface ProxyFaults {
  readonly toClient?: Faults;
  readonly toServer?: Faults;
}

/** What to do with a control frame. `answer` goes back to its sender, the frame itself is dropped then. */
export type Verdict =
  | 'pass'
  | 'drop'
  | {readonly replace: readonly Buffer[]}
  | {readonly answer: readonly Buffer[]};

export interface ProxyOptions extends ProxyFaults {
  /** Where the server is; else on this machine's loopback. */
  readonly targetHost?: string;
  readonly seed?: number;
  /** Faults of the n-th connection (from 1) instead of the proxy's own; null: the proxy's own. */
  readonly faultsFor?: (connection: number, random: () => number) => ProxyFaults | null;
  /** Looks at every control frame and decides about it. */
  readonly control?: (frame: Seen) => Verdict;
}

/** Counts since the start; `delivered` counts what was handed to the receiving socket. */
export interface ProxyCounts {
  connections: number;
  toClient: number;
  toServer: number;
  dataFrames: number;
  /** Data frames damaged by `corruptEvery`. */
  corrupted: number;
}

export class ChaosProxy {
  readonly tap = new FrameTap();
  readonly counts: ProxyCounts = {connections: 0, toClient: 0, toServer: 0, dataFrames: 0, corrupted: 0};
  /** Connections that are open, oldest first. */
  readonly open = new Set<ProxyConnection>();
  readonly random: () => number;
  #faults: ProxyFaults;
  #server: Server | undefined;
  #port = 0;
  readonly #gate = new Gate();
  #marks: {readonly bytes: number; readonly action: () => void}[] = [];

  readonly targetPort: number;
  readonly options: ProxyOptions;

  constructor(targetPort: number, options: ProxyOptions = {}) {
    this.targetPort = targetPort;
    this.options = options;
    this.random = seededRandom(options.seed ?? 1);
    this.#faults = options;
  }

  /** The port that clients connect to; the same for the whole life of the proxy. */
  get port(): number {
    return this.#port;
  }

  /** `127.0.0.1:port`, as it stands in a servers.txt. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get faults(): ProxyFaults {
    return this.#faults;
  }

  /** Replaces the faults of this proxy, for open connections too. */
  change(faults: ProxyFaults): void {
    this.#faults = faults;
  }

  /** Nothing moves in either direction until `thaw`; connections are still accepted, as with a stopped process. */
  freeze(): void {
    this.#gate.shut();
  }

  thaw(): void {
    this.#gate.open();
  }

  /** Resolves when nothing is frozen. */
  thawed(): Promise<void> {
    return this.#gate.passed();
  }

  /** Runs `action` once, when so many bytes have been delivered to clients: a schedule by amount, not by time. */
  whenDelivered(bytes: number, action: () => void): void {
    this.#marks.push({bytes, action});
  }

  /** Takes connections (again) on the proxy's port. */
  async up(): Promise<void> {
    const server = createServer({allowHalfOpen: true}, (socket) => this.#accept(socket));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Refuses connections and resets the open ones, as when the process behind a port is gone. */
  down(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const connection of this.open) connection.reset();
  }

  /** Told by a pipe: bytes on their way to a client. */
  countToClient(bytes: number): void {
    this.counts.toClient += bytes;
    const due = this.#marks.filter((mark) => mark.bytes <= this.counts.toClient);
    this.#marks = this.#marks.filter((mark) => mark.bytes > this.counts.toClient);
    for (const mark of due) mark.action();
  }

  #accept(client: Socket): void {
    this.counts.connections++;
    const connection = new ProxyConnection(this, client, this.counts.connections);
    this.open.add(connection);
    client.on('close', () => this.open.delete(connection));
  }
}

/** One connection through a proxy. */
export class ProxyConnection {
  readonly toClient: ChaosPipe;
  readonly toServer: ChaosPipe;
  /** Faults of this connection alone; undefined: those of the proxy. */
  faults: ProxyFaults | undefined;
  readonly #client: Socket;
  readonly #server: Socket;

  readonly proxy: ChaosProxy;
  /** Its place among all connections of the proxy, from 1. */
  readonly number: number;

  constructor(proxy: ChaosProxy, client: Socket, number: number) {
    this.proxy = proxy;
    this.number = number;
    this.faults = proxy.options.faultsFor?.(number, proxy.random) ?? undefined;
    this.#client = client.setNoDelay(true);
    const host = proxy.options.targetHost ?? '127.0.0.1';
    const target = {host, port: proxy.targetPort, allowHalfOpen: true, noDelay: true};
    this.#server = createConnection(target);
    bindFates(this.#client, this.#server);
    this.toClient = new ChaosPipe(this.#server, client, this.#context('toClient', 0));
    this.toServer = new ChaosPipe(client, this.#server, this.#context('toServer', MAGIC.length));
  }

  /** Ends the connection at once, with a reset to both sides. */
  reset(): void {
    reset(this.#client);
    this.#server.destroy();
  }

  #context(direction: 'toClient' | 'toServer', prefaceBytes: number): PipeContext {
    const {proxy} = this;
    return {
      faults: () => (this.faults ?? proxy.faults)[direction] ?? NO_FAULTS,
      thawed: () => proxy.thawed(),
      random: seededRandom((proxy.options.seed ?? 1) * 65_537 + this.number * 2 + prefaceBytes),
      stream: new FrameStream(prefaceBytes, this.#handler(direction)),
      delivered: (bytes) => {
        if (direction === 'toClient') proxy.countToClient(bytes);
        else proxy.counts.toServer += bytes;
      },
    };
  }

  #handler(direction: 'toClient' | 'toServer'): FrameHandler {
    const {proxy} = this;
    const from = direction === 'toClient' ? 'server' : 'client';
    return {
      control: (header, payload) => {
        const seen = proxy.tap.note(from, this.number, header, payload);
        const verdict = proxy.options.control?.(seen) ?? 'pass';
        if (verdict === 'pass') return undefined;
        if (verdict === 'drop') return [];
        if ('replace' in verdict) return verdict.replace;
        const back = direction === 'toClient' ? this.toServer : this.toClient;
        for (const frame of verdict.answer) back.inject(frame);
        return [];
      },
      data: (header) => {
        proxy.tap.note(from, this.number, header, null);
        proxy.counts.dataFrames++;
        const every = (this.faults ?? proxy.faults)[direction]?.corruptEvery;
        if (every === undefined || proxy.counts.dataFrames % every !== 0 || header.length === 0)
          return undefined;
        proxy.counts.corrupted++;
        const victim = Math.floor(proxy.random() * header.length);
        return (piece, offset) => {
          if (victim >= offset && victim < offset + piece.length)
            flipBit(piece, victim - offset, proxy.random);
        };
      },
    };
  }
}

const NO_FAULTS: Faults = {};

/** A side that fails takes the other one with it; a side that has ended both ways is let go. */
function bindFates(client: Socket, server: Socket): void {
  client.on('error', () => reset(server));
  server.on('error', () => reset(client));
  client.on('close', () => server.destroy());
  server.on('close', (failed) => {
    if (failed) reset(client);
  });
}

/** A proxy in front of a port of this machine, gone when the test has ended. */
export async function startProxy(
  t: Cleanup,
  targetPort: number,
  options: ProxyOptions = {},
): Promise<ChaosProxy> {
  const proxy = new ChaosProxy(targetPort, options);
  await proxy.up();
  t.after(() => {
    proxy.thaw();
    proxy.down();
  });
  return proxy;
}
