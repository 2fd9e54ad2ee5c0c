/** Listens, and gives each client a session. Ends in two ways: draining, or at once. */

import {lookup} from 'node:dns/promises';
import {createServer, type Server, type Socket} from 'node:net';
import {ACCEPT_NOTICE_MS, DRAIN_TIMEOUT_MS, SESSION_BUFFERS, SESSIONS_MAX} from '../../limits.js';
import type {Address} from '../../model.js';
import type {Clock} from '../clock.js';
import type {RateLimit} from '../rate-limit.js';
import type {ServeTrace} from '../trace/serve-trace.js';
import {BufferShelf} from './block-buffers.js';
import type {FragmentStore} from './fragment-store.js';
import {listenProblem} from './listen-problem.js';
import {type Session, type SessionHouse, type SessionSummary, startSession} from './session.js';
import {Slots} from './slots.js';
import type {Tally} from './tally.js';

/** What a file server tells while it runs. `peer` is `host:port` of the client. */
export type ServerNotice =
  | {readonly kind: 'session-opened'; readonly peer: string}
  | ({readonly kind: 'session-closed'; readonly peer: string} & SessionSummary)
  /** Connections were refused or failed before they became sessions. */
  | {readonly kind: 'accept-failed'; readonly reason: string};

export interface FileServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly store: FragmentStore;
  readonly maxTransfers: number;
  readonly blockBytes: number;
  readonly fragmentBytes: number;
  readonly limit: RateLimit | null;
  /** Counts what happens here. */
  readonly tally: Tally;
  /** Null: nothing is traced. */
  readonly trace: ServeTrace | null;
  readonly clock: Clock;
  readonly instanceId: string;
  /** With other processes of node's cluster. */
  readonly sharesPort: boolean;
  readonly notify: (notice: ServerNotice) => void;
}

/** What a server has to do right now. */
export interface ServerLoad {
  readonly sessions: number;
  /** Slots taken, and slots in all. */
  readonly transfers: number;
  readonly transfersMax: number;
  readonly isDraining: boolean;
}

export interface FileServer {
  readonly load: ServerLoad;
  /** Where it listens; several when the host's name has several addresses. */
  readonly addresses: readonly Address[];
  /** Finishes what is under way, within DRAIN_TIMEOUT_MS; resolves when all sessions have ended. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  cut(): void;
}

/** Starts listening. FdlError `port-in-use`, or `usage` for a host that is not this machine's. */
export async function startFileServer(options: FileServerOptions): Promise<FileServer> {
  const server = new TcpFileServer(options);
  await server.listen();
  return server;
}

class TcpFileServer implements FileServer {
  readonly addresses: Address[] = [];
  readonly #options: FileServerOptions;
  readonly #house: SessionHouse;
  readonly #servers: Server[] = [];
  readonly #sessions = new Set<Session>();
  #connections = 0;
  #isDraining = false;
  #acceptToldMs = Number.NEGATIVE_INFINITY;
  /** Called when the last session has ended. */
  #onEmpty: (() => void) | null = null;

  constructor(options: FileServerOptions) {
    const {store, maxTransfers, blockBytes, fragmentBytes, limit, tally, trace, clock, instanceId} = options;
    this.#options = options;
    this.#house = {
      store,
      slots: new Slots(maxTransfers, fragmentBytes),
      shelf: new BufferShelf(blockBytes, SESSION_BUFFERS * maxTransfers),
      limit,
      tally,
      trace,
      clock,
      instanceId,
    };
  }

  get load(): ServerLoad {
    const {slots, clock} = this.#house;
    return {
      sessions: this.#sessions.size,
      transfers: slots.inUseAt(clock.now()),
      transfersMax: slots.count,
      isDraining: this.#isDraining,
    };
  }

  async listen(): Promise<void> {
    try {
      let {port} = this.#options;
      for (const host of await addressesOf(this.#options.host)) {
        port = await this.#listenAt(host, port);
        this.addresses.push({host, port});
      }
    } catch (error) {
      this.cut();
      throw listenProblem(error, this.#options, '--host');
    }
  }

  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#house.trace?.drain();
    for (const server of this.#servers) server.close();
    if (this.#sessions.size === 0) return;
    const {clock} = this.#options;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    const timer = clock.setTimeout(() => this.cut(), DRAIN_TIMEOUT_MS);
    for (const session of [...this.#sessions]) session.drain();
    if (this.#sessions.size > 0) await empty;
    clock.clearTimeout(timer);
  }

  cut(): void {
    for (const server of this.#servers) server.close();
    for (const session of [...this.#sessions]) session.cut();
  }

  #listenAt(host: string, port: number): Promise<number> {
    // Half-open: after a goodbye we close our side and read until the client closes its own.
    const server = createServer({allowHalfOpen: true, noDelay: true, keepAlive: true}, (socket) =>
      this.#accept(socket),
    );
    server.maxConnections = SESSIONS_MAX;
    server.on('drop', () => this.#acceptFailed(`there are ${SESSIONS_MAX} connections already`));
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({host, port, exclusive: !this.#options.sharesPort}, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#acceptFailed(error.message));
        const bound = server.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
      });
    });
  }

  #accept(socket: Socket): void {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    const {notify, tally, trace} = this.#options;
    this.#connections += 1;
    const connection = this.#connections;
    tally.sessions += 1;
    trace?.opened(connection, peer);
    const session = startSession(socket, this.#house, {
      connection,
      onClosed: (summary) => {
        this.#sessions.delete(session);
        trace?.closed(connection, summary);
        notify({kind: 'session-closed', peer, ...summary});
        if (this.#sessions.size === 0) this.#onEmpty?.();
      },
    });
    this.#sessions.add(session);
    notify({kind: 'session-opened', peer});
  }

  /** Without descriptors every waiting connection fails: one line is enough. */
  #acceptFailed(reason: string): void {
    this.#options.tally.acceptFailures += 1;
    const now = this.#options.clock.now();
    if (now - this.#acceptToldMs < ACCEPT_NOTICE_MS) return;
    this.#acceptToldMs = now;
    this.#options.trace?.refused(reason);
    this.#options.notify({kind: 'accept-failed', reason});
  }
}

/** All addresses of a name, so that `localhost` is reached by both of its own; an address is itself. */
async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, {all: true});
  return [...new Set(found.map(({address}) => address))];
}
