/**
 * Owns one socket: bytes in become events of the connection machine, commands become bytes. Decides nothing.
 * Payload goes from the kernel into a slab; with no slab free the socket is paused, so memory stays bounded.
 */

import {fromCallback} from 'xstate';
import {FdlError} from '../../errors.js';
import {PARKING_BYTES} from '../../limits.js';
import type {LinkCommand, LinkEvent, LinkInput} from '../../machines/link-events.js';
import type {Address, Geometry} from '../../model.js';
import {foreignProtocol} from '../../protocol/foreign.js';
import type {Clock} from '../clock.js';
import type {Slabs} from '../slabs.js';
import {Conversation, type Said} from './conversation.js';
import type {Dial, OpenSocket, SocketListener} from './dial.js';
import {FrameIntake} from './frame-intake.js';
import type {Greeted, HandedSocket, LinkPool} from './link-pool.js';
import type {Meters} from './meters.js';
import type {ReadLimit} from './read-limits.js';

export interface LinkPorts {
  readonly addresses: readonly Address[];
  readonly geometry: Geometry;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly slabs: Slabs;
  readonly meters: Meters;
  /** Whether the workers can take more; while not, reading pauses. */
  readonly hasRoom: () => boolean;
  /** How fast links to a server may read, by its index; null: no limit. */
  readonly limitFor: (server: number) => ReadLimit | null;
  /** Where connections come from that others used, and go when they are at rest; null: nowhere. */
  readonly pool: LinkPool | null;
}

/** The link as actor logic for the port `link` of the connection machine. */
export function linkLogic(ports: LinkPorts) {
  return fromCallback<LinkCommand, LinkInput>(({input, sendBack, receive}) => {
    const link = new Link(ports, input, (event: LinkEvent) => sendBack(event));
    receive((command) => link.command(command));
    return () => link.close();
  });
}

class Link {
  readonly #ports: LinkPorts;
  readonly #input: LinkInput;
  readonly #notify: (event: LinkEvent) => void;
  readonly #conversation: Conversation;
  readonly #intake: FrameIntake;
  readonly #socket: OpenSocket;
  readonly #address: Address;
  /** The same socket, where it can be handed on. */
  readonly #handed: HandedSocket | null;
  /** Of a connection that somebody else used before. */
  readonly #greeted: Greeted | null;
  readonly #limit: ReadLimit | null;
  /** Takes what lands while no slab is free: node asks for memory when it pauses, not when it resumes. */
  readonly #parking = new Uint8Array(PARKING_BYTES);
  #target: Uint8Array = this.#parking;
  /** Bytes that landed in the parking memory and wait for a slab. */
  #parked: Uint8Array = new Uint8Array(0);
  #cancelWait: (() => void) | null = null;
  /** Waits for its share of the rate limit. */
  #rest: unknown = null;
  #hasHeard = false;
  #isClosed = false;
  #complained = false;

  constructor(ports: LinkPorts, input: LinkInput, notify: (event: LinkEvent) => void) {
    this.#ports = ports;
    this.#input = input;
    this.#notify = notify;
    const address = ports.addresses[input.server];
    if (address === undefined) throw new Error(`server ${input.server} has no address`);
    this.#address = address;
    const resting = ports.pool?.take(address) ?? null;
    this.#greeted = resting?.greeted ?? null;
    this.#conversation = new Conversation(ports.geometry, this.#greeted);
    this.#intake = this.#createIntake();
    this.#limit = ports.limitFor(input.server);
    this.#handed = resting?.socket ?? ports.pool?.dial(address, this.#listener()) ?? null;
    this.#socket = this.#handed ?? ports.dial(address, this.#listener());
    if (resting === null) return;
    this.#hasHeard = true;
    resting.socket.attach(this.#listener());
    queueMicrotask(() => this.#say({type: 'link.opened'}));
  }

  command(command: LinkCommand): void {
    if (this.#isClosed) return;
    if (command.type === 'link.abandon') return this.#lose(command.reason);
    if (command.type === 'link.complain') this.#complained = true;
    for (const frame of this.#conversation.framesFor(command)) this.#socket.write(frame);
    const greeted = this.#greeted;
    if (command.type !== 'link.greet' || greeted === null) return;
    queueMicrotask(() => this.#say({type: 'link.welcomed', instanceId: greeted.instanceId}));
  }

  /** Ends the link without a word to the machine, which knows; a connection at rest is left to others. */
  close(): void {
    const greeted = this.#conversation.atRest;
    const canHandOn = greeted !== null && !this.#complained && this.#parked.length === 0;
    if (this.#isClosed || this.#handed === null || !canHandOn || !this.#intake.isBetweenFrames)
      return this.#end();
    this.#release();
    this.#ports.pool?.give(this.#address, {socket: this.#handed, greeted});
  }

  #listener(): SocketListener {
    return {
      memory: () => this.#nextMemory(),
      received: (count) => this.#received(count),
      opened: () => this.#say({type: 'link.opened'}),
      closed: (reason) => this.#lose(reason),
    };
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#release();
    if (this.#complained) this.#socket.end();
    else this.#socket.destroy();
  }

  #release(): void {
    this.#isClosed = true;
    this.#cancelWait?.();
    if (this.#rest !== null) this.#ports.clock.clearTimeout(this.#rest);
    this.#intake.close();
    this.#ports.meters.close(this.#input.connection);
  }

  #createIntake(): FrameIntake {
    const {slabs, meters, hasRoom} = this.#ports;
    const meter = meters.open(this.#input.connection);
    return new FrameIntake({
      takeSlab: () => (hasRoom() ? slabs.take() : null),
      slabView: (slab, length) => slabs.view(slab, length),
      giveSlab: (slab) => slabs.give(slab),
      placeOf: (header) => this.#conversation.placeOf(header),
      onControl: (header, payload) => {
        for (const said of this.#conversation.replyTo(header, payload)) this.#say(said);
      },
      onBlock: (place, slab) => {
        if (this.#isClosed) return slabs.give(slab);
        const {connection, download} = this.#input;
        download.send({type: 'block.received', connection, atMs: this.#ports.clock.now(), ...place, slab});
      },
      onPayload: (bytes) => meter.count(bytes),
    });
  }

  #received(count: number): void {
    if (this.#isClosed) return;
    const bytes = this.#target.subarray(0, count);
    if (!this.#hasHeard && this.#isForeign(bytes)) return;
    this.#guard(() => {
      if (this.#target.buffer !== this.#parking.buffer) return this.#intake.advance(count);
      this.#park(this.#intake.feed(bytes));
    });
    this.#restFor(count);
  }

  /** Slows reading down to the limit; the meter goes on, since the pauses are shorter than a tick. */
  #restFor(bytes: number): void {
    const {clock} = this.#ports;
    const waitMs = this.#limit?.reserve(bytes) ?? 0;
    if (waitMs <= 0 || this.#isClosed) return;
    this.#socket.pause();
    this.#rest = clock.setTimeout(() => {
      this.#rest = null;
      if (this.#cancelWait === null && !this.#isClosed) this.#socket.resume();
    }, waitMs);
  }

  /** Memory for the socket's next read. With no slab free: pauses, and parks what may still come. */
  #nextMemory(): Uint8Array {
    const mustPark = !this.#hasHeard || this.#isClosed || this.#parked.length > 0;
    const memory = mustPark ? this.#parking : this.#intake.next();
    if (memory === null) this.#waitForSlab();
    const target = memory ?? this.#parking;
    this.#target = target.subarray(0, this.#limit?.pieceBytes ?? target.length);
    return this.#target;
  }

  /** The first bytes tell whether this is an fdl server at all. */
  #isForeign(bytes: Uint8Array): boolean {
    this.#hasHeard = true;
    const foreign = foreignProtocol(bytes);
    if (foreign === null) return false;
    this.#say({type: 'link.lost', cause: 'not-fdl', reason: `that port speaks ${foreign}, not fdl`});
    this.#end();
    return true;
  }

  #park(rest: Uint8Array): void {
    this.#parked = rest.slice();
    if (rest.length > 0) this.#waitForSlab();
  }

  #waitForSlab(): void {
    if (this.#cancelWait !== null || this.#isClosed) return;
    this.#socket.pause();
    this.#ports.meters.open(this.#input.connection).pause();
    this.#cancelWait = this.#ports.slabs.whenFree(() => this.#resume());
  }

  #resume(): void {
    this.#cancelWait = null;
    if (this.#isClosed) return;
    if (!this.#ports.hasRoom() || this.#ports.slabs.free === 0) {
      this.#cancelWait = this.#ports.slabs.whenFree(() => this.#resume());
      return;
    }
    this.#guard(() => {
      const parked = this.#parked;
      this.#park(this.#intake.feed(parked));
      // The slab is taken at once: whoever was woken and then lost would have taken the turn of all who wait.
      if (this.#cancelWait === null && this.#intake.next() === null) this.#waitForSlab();
    });
    if (this.#isClosed || this.#cancelWait !== null) return;
    this.#ports.meters.open(this.#input.connection).resume();
    if (this.#rest === null) this.#socket.resume();
  }

  /** A violation is proof against the server; once framing is broken the stream cannot be understood any more. */
  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof FdlError)) throw error;
      this.#say({type: 'link.violated', detail: error.message});
      this.#end();
    }
  }

  #lose(reason: string): void {
    if (this.#isClosed) return;
    this.#say({type: 'link.lost', cause: this.#conversation.hasGoodbye ? 'goodbye' : 'failed', reason});
    this.#end();
  }

  #say(said: Said): void {
    if (!this.#isClosed) this.#notify({...said, atMs: this.#ports.clock.now()} as LinkEvent);
  }
}
