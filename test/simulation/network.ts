/** A simulated network: connections of two pipes, with a rate, a delay and a window each, and what may befall them. */

import type {Dial, OpenSocket, SocketListener} from '../../src/actors/client/dial.js';
import type {Duplex} from '../../src/actors/server/duplex.js';
import type {Address} from '../../src/model.js';
import {FRAME_TYPES, MAGIC} from '../../src/protocol/messages.js';
import {Pipe, type PipeShape} from './pipe.js';
import type {World} from './world.js';

/** What a server does with those who come. */
export interface Host {
  readonly address: Address;
  readonly shape: PipeShape;
  /** `up`: takes connections; `down`: refuses them; `silent`: packets to it vanish. */
  readonly state: 'up' | 'down' | 'silent';
  /** A client has connected. */
  accept(socket: Duplex, connection: SimConnection): void;
  /** It sent a request that asks for content. */
  asked(type: number): void;
}

/** Connections that a client process may have open at once: beyond that something leaks. */
const CONNECTIONS_SANE = 64;

export class SimNetwork {
  readonly #world: World;
  readonly #hosts = new Map<string, Host>();
  readonly #connections = new Set<SimConnection>();

  constructor(world: World) {
    this.#world = world;
  }

  add(host: Host): void {
    this.#hosts.set(keyOf(host.address), host);
  }

  /** Connections that are open, to one host or to all. */
  to(host?: Host): SimConnection[] {
    return [...this.#connections].filter((connection) => host === undefined || connection.host === host);
  }

  /** How a client process dials; `isAlive`: a dead one hears nothing any more. */
  dialler(isAlive: () => boolean): Dial {
    return (address, listener) => {
      const host = this.#hosts.get(keyOf(address));
      if (host === undefined) throw new Error('an address that is not in the list was dialled');
      const connection = new SimConnection(this.#world, host, listener, isAlive, () =>
        this.#connections.delete(connection),
      );
      this.#connections.add(connection);
      this.#world.require(this.#connections.size <= CONNECTIONS_SANE, 'too many connections are open');
      return connection;
    };
  }
}

function keyOf({host, port}: Address): string {
  return `${host}:${port}`;
}

type State = 'dialling' | 'open' | 'closed';

/** One connection, seen from both sides. */
export class SimConnection implements OpenSocket {
  readonly host: Host;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly #world: World;
  readonly #listener: SocketListener;
  readonly #isAlive: () => boolean;
  readonly #onGone: () => void;
  readonly #server = new ServerEnd(this);
  #state: State = 'dialling';
  #memory: Uint8Array = new Uint8Array(0);
  #isPaused = false;
  #sentMagic = 0;

  constructor(
    world: World,
    host: Host,
    listener: SocketListener,
    isAlive: () => boolean,
    onGone: () => void,
  ) {
    this.host = host;
    this.#world = world;
    this.#listener = listener;
    this.#isAlive = isAlive;
    this.#onGone = onGone;
    this.up = new Pipe(world, host.shape, {
      take: (bytes) => this.#server.received(bytes),
      ended: () => this.#server.ended(),
    });
    this.down = new Pipe(world, host.shape, {
      take: (bytes) => this.#received(bytes),
      ended: () => this.#close('connection closed'),
    });
    world.clock.setTimeout(() => this.#arrive(), host.shape.delayMs * 2);
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#noteRequest(bytes);
    this.up.write(new Uint8Array(bytes), () => {});
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.down.flush();
  }

  end(): void {
    this.up.end();
    this.down.stop();
    this.#leave();
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.#leave();
    this.#cutServer('close');
  }

  /** Both ends learn that it is gone: a reset on the way, or the death of one of the processes. */
  cut(reason: string): void {
    if (this.#state === 'closed') return;
    this.#cutServer('reset');
    this.#world.clock.setTimeout(() => this.#close(reason), this.host.shape.delayMs);
    this.down.stop();
  }

  /** The server closes its end for good. */
  destroyedByServer(): void {
    this.up.stop();
    this.down.end();
  }

  #arrive(): void {
    if (this.#state !== 'dialling') return;
    if (this.host.state === 'silent') {
      this.#world.clock.setTimeout(() => this.#close('connection timed out'), 120_000);
      return;
    }
    if (this.host.state === 'down') return this.#close('connection refused');
    this.#state = 'open';
    this.host.accept(this.#server, this);
    if (!this.#isAlive()) return;
    this.#listener.opened();
    // The listener may have closed it in that very call.
    if (this.#isOpen()) this.#memory = this.#listener.memory();
  }

  #isOpen(): boolean {
    return this.#state === 'open';
  }

  /** As the kernel and node do it: into the memory that was given last, as much as fits. Returns what was taken. */
  #received(bytes: Uint8Array): number {
    if (!this.#isOpen() || !this.#isAlive()) return bytes.length;
    if (this.#isPaused) return 0;
    this.#world.require(this.#memory.length > 0, 'a listener gave no memory');
    const part = bytes.subarray(0, this.#memory.length);
    this.#memory.set(part);
    this.#listener.received(part.length);
    if (this.#isOpen()) this.#memory = this.#listener.memory();
    return part.length;
  }

  #close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#leave();
    this.#cutServer('close');
    if (this.#isAlive()) this.#listener.closed(reason);
  }

  #leave(): void {
    this.#state = 'closed';
    this.#onGone();
  }

  #cutServer(how: 'reset' | 'close'): void {
    this.up.stop();
    this.down.stop();
    this.#world.clock.setTimeout(() => this.#server.gone(how), this.host.shape.delayMs);
  }

  /** Requests are whole frames, each in one write; the magic bytes come before the first. */
  #noteRequest(bytes: Uint8Array): void {
    const isMagic = this.#sentMagic === 0 && bytes[0] === MAGIC[0];
    const at = isMagic ? MAGIC.length : 0;
    this.#sentMagic++;
    const type = bytes[at];
    if (type === FRAME_TYPES.fetch || type === FRAME_TYPES.bundle) this.host.asked(type);
  }
}

/** The server's end: what `node:net` would give a session. */
class ServerEnd implements Duplex {
  readonly remoteAddress = '192.0.2.1';
  readonly remotePort = 50_000;
  readonly #connection: SimConnection;
  readonly #listeners = new Map<string, (value: never) => void>();
  #isGone = false;

  constructor(connection: SimConnection) {
    this.#connection = connection;
  }

  on(event: string, listener: (value: never) => void): this {
    this.#listeners.set(event, listener);
    return this;
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean {
    if (this.#isGone) done(new Error('written after the end'));
    else this.#connection.down.write(bytes, done);
    return true;
  }

  end(): void {
    this.#connection.down.end();
  }

  destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#connection.destroyedByServer();
  }

  received(bytes: Uint8Array): number {
    if (!this.#isGone) this.#emit('data', Buffer.from(bytes));
    return bytes.length;
  }

  ended(): void {
    if (!this.#isGone) this.#emit('end');
  }

  gone(how: 'reset' | 'close'): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (how === 'reset') this.#emit('error', Object.assign(new Error('reset'), {code: 'ECONNRESET'}));
    this.#emit('close');
  }

  #emit(event: string, value?: unknown): void {
    this.#listeners.get(event)?.(value as never);
  }
}
