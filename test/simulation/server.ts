/** A simulated server process: real sessions over a simulated network and a simulated store. It can die and come back. */

import {BufferShelf} from '../../src/actors/server/block-buffers.js';
import type {Duplex} from '../../src/actors/server/duplex.js';
import {type SessionHouse, startSession} from '../../src/actors/server/session.js';
import {Slots} from '../../src/actors/server/slots.js';
import {Tally} from '../../src/actors/server/tally.js';
import type {Address, Geometry} from '../../src/model.js';
import {ProcessClock} from './clock.js';
import type {SimStore} from './file-store.js';
import type {Host, SimConnection, SimNetwork} from './network.js';
import type {PipeShape} from './pipe.js';
import type {World} from './world.js';

export interface SimServerOptions {
  readonly address: Address;
  readonly shape: PipeShape;
  readonly store: SimStore;
  readonly geometry: Geometry;
  readonly maxTransfers: number;
}

/** A client of no download, which takes up slots. */
const STRANGER = 1_000_000;

export class SimServer implements Host {
  readonly address: Address;
  readonly shape: PipeShape;
  readonly store: SimStore;
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #options: SimServerOptions;
  #process: {readonly clock: ProcessClock; readonly house: SessionHouse};
  #state: Host['state'] = 'up';
  #sessions = 0;
  /** Told of each request for content. */
  onAsked: () => void = () => {};

  constructor(world: World, network: SimNetwork, options: SimServerOptions) {
    this.address = options.address;
    this.shape = options.shape;
    this.store = options.store;
    this.#world = world;
    this.#network = network;
    this.#options = options;
    this.#process = this.#start();
    network.add(this);
  }

  get state(): Host['state'] {
    return this.#state;
  }

  get name(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  accept(socket: Duplex, _connection: SimConnection): void {
    this.#sessions++;
    startSession(socket, this.#process.house, {connection: this.#sessions, onClosed: () => {}});
  }

  asked(): void {
    this.onAsked();
  }

  /** Dies; whoever is connected is cut off. */
  stop(how: 'down' | 'silent'): void {
    this.#state = how;
    this.#process.clock.kill();
    for (const connection of this.#network.to(this)) {
      if (how === 'down') connection.cut('connection reset');
      else this.freeze(Number.MAX_SAFE_INTEGER);
    }
  }

  /** Comes back as a new process. */
  restart(): void {
    if (this.#state === 'up') this.stop('down');
    for (const connection of this.#network.to(this)) connection.cut('connection reset');
    this.#process = this.#start();
    this.#state = 'up';
  }

  /** Nothing it says arrives until then. */
  freeze(untilMs: number): void {
    const limitMs = this.#world.clock.now() + 3_600_000;
    for (const {down} of this.#network.to(this)) down.freeze(Math.min(untilMs, limitMs));
  }

  /** Others take all its slots until then. */
  crowd(untilMs: number): void {
    const {slots} = this.#process.house;
    const {clock} = this.#process;
    for (let number = 0; number < slots.count; number++)
      slots.ask(STRANGER + number, `198.51.100.${number}`, clock.now());
    clock.setTimeout(() => {
      for (let number = 0; number < slots.count; number++) slots.closed(STRANGER + number, clock.now());
    }, untilMs - clock.now());
  }

  #start(): {readonly clock: ProcessClock; readonly house: SessionHouse} {
    const {geometry, maxTransfers} = this.#options;
    const clock = new ProcessClock(this.#world.clock);
    const digits = Array.from({length: 32}, () => this.#world.between(0, 15).toString(16));
    const house: SessionHouse = {
      store: this.store,
      slots: new Slots(maxTransfers, geometry.fragmentBytes),
      shelf: new BufferShelf(geometry.blockBytes, maxTransfers * 2),
      limit: null,
      tally: new Tally(),
      trace: null,
      clock,
      instanceId: digits.join(''),
    };
    return {clock, house};
  }
}
