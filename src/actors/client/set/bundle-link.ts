/**
 * One socket on which bundles are fetched. A bundle's bytes go to the memory that was set aside for it when it was
 * asked for, so nothing ever waits for memory here. Tells what comes; decides nothing.
 */

import {FdlError} from '../../../errors.js';
import {
  ANSWER_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  PARKING_BYTES,
  PING_INTERVAL_MS,
  STALL_TIMEOUT_MS,
  WELCOME_TIMEOUT_MS,
} from '../../../limits.js';
import type {LossCause} from '../../../machines/events.js';
import type {Address, Refusal} from '../../../model.js';
import {foreignProtocol} from '../../../protocol/foreign.js';
import type {BundleFile} from '../../../protocol/messages.js';
import type {Clock} from '../../clock.js';
import type {Slabs} from '../../slabs.js';
import type {SocketListener} from '../dial.js';
import {FrameIntake} from '../frame-intake.js';
import type {Greeted, HandedSocket, LinkPool, RestingLink} from '../link-pool.js';
import type {ReadLimit} from '../read-limits.js';
import {BundleConversation, type BundleEnd, type FilePlace} from './bundle-conversation.js';

export interface BundleLinkPorts {
  /** Where connections come from and go to that others use as well. */
  readonly pool: LinkPool;
  readonly clock: Clock;
  readonly slabs: Slabs;
  /** What all connections together may read; null: no limit. */
  readonly limit: ReadLimit | null;
}

/** Why a connection is over. */
export type BundleLoss =
  | {readonly kind: 'lost'; readonly cause: LossCause; readonly reason: string}
  | {readonly kind: 'violated'; readonly detail: string}
  | {readonly kind: 'refused'; readonly refusal: Refusal};

export interface BundleListener {
  welcomed(instanceId: string, features: readonly string[]): void;
  /** Payload came, wanted or not. */
  received(bytes: number): void;
  /** The slab of the bundle is the listener's again. */
  ended(ticket: number, slab: number, end: BundleEnd): void;
  /** No more bundles may be asked for; those that are out go on. */
  leaving(): void;
  /** The last that is told. Bundles that are out end with it, their slabs are given back. */
  closed(loss: BundleLoss): void;
}

type State = 'dialling' | 'greeting' | 'open' | 'leaving' | 'closed';

export class BundleLink {
  readonly #ports: BundleLinkPorts;
  readonly #listener: BundleListener;
  readonly #conversation: BundleConversation;
  readonly #intake: FrameIntake;
  readonly #address: Address;
  readonly #socket: HandedSocket;
  #greeted: Omit<Greeted, 'lastId'> | null = null;
  readonly #memory: Uint8Array;
  /** Slab of each bundle that is out. */
  readonly #out = new Map<number, number>();
  /** Where the data frame that is being read belongs. */
  #place: FilePlace = {ticket: 0, offset: 0, length: 0};
  #state: State = 'dialling';
  #hasHeard = false;
  #deadline: unknown = null;
  #rest: unknown = null;

  constructor(address: Address, ports: BundleLinkPorts, listener: BundleListener) {
    this.#ports = ports;
    this.#listener = listener;
    this.#memory = new Uint8Array(Math.min(PARKING_BYTES, ports.limit?.pieceBytes ?? PARKING_BYTES));
    this.#address = address;
    const resting = ports.pool.take(address);
    this.#conversation = new BundleConversation(ports.slabs.bytes, resting?.greeted.lastId ?? null);
    this.#intake = this.#createIntake();
    this.#socket = resting?.socket ?? ports.pool.dial(address, this.#socketListener());
    if (resting === null) this.#arm(CONNECT_TIMEOUT_MS, 'no connection');
    else this.#goOn(resting);
  }

  /** Asks for a bundle; its bytes go to `slab`, which is the link's until `ended`. */
  ask(ticket: number, files: readonly BundleFile[], slab: number): void {
    if (this.#state !== 'open') throw new Error(`a bundle on a connection that is ${this.#state}`);
    if (this.#out.size === 0) this.#arm(ANSWER_TIMEOUT_MS, 'no answer');
    this.#out.set(ticket, slab);
    this.#socket.write(this.#conversation.ask(ticket, files));
  }

  /** Ends a bundle early; it still is told to have ended. */
  cancel(ticket: number): void {
    if (this.#state === 'closed') return;
    for (const frame of this.#conversation.cancel(ticket)) this.#socket.write(frame);
  }

  /** Nothing is told any more; a connection at rest is left to others. */
  leave(): void {
    const greeted = this.#greeted;
    const isAtRest = this.#state === 'open' && this.#conversation.isQuiet && this.#intake.isBetweenFrames;
    if (greeted === null || !isAtRest) return this.close();
    this.#release();
    const {lastId} = this.#conversation;
    this.#ports.pool.give(this.#address, {socket: this.#socket, greeted: {...greeted, lastId}});
  }

  /** Closes at once; nothing is told any more. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#release();
    this.#socket.destroy();
  }

  /** With a connection that somebody else has opened and greeted. */
  #goOn({socket, greeted}: RestingLink): void {
    this.#state = 'open';
    this.#hasHeard = true;
    socket.attach(this.#socketListener());
    this.#quiet();
    queueMicrotask(() => this.#welcomed(greeted));
  }

  #socketListener(): SocketListener {
    return {
      memory: () => this.#memory,
      received: (count) => this.#received(this.#memory.subarray(0, count)),
      opened: () => this.#greet(),
      closed: (reason) => this.#lose(reason),
    };
  }

  #welcomed({instanceId, features}: Omit<Greeted, 'lastId'>): void {
    if (this.#state === 'closed') return;
    this.#greeted = {instanceId, features};
    this.#listener.welcomed(instanceId, features);
  }

  #release(): void {
    this.#state = 'closed';
    this.#ports.clock.clearTimeout(this.#deadline);
    this.#ports.clock.clearTimeout(this.#rest);
    this.#intake.close();
    for (const slab of this.#out.values()) this.#ports.slabs.give(slab);
    this.#out.clear();
  }

  #createIntake(): FrameIntake {
    const {slabs} = this.#ports;
    return new FrameIntake({
      takeSlab: () => this.#out.get(this.#place.ticket) ?? null,
      slabView: (slab, length) => slabs.view(slab).subarray(this.#place.offset, this.#place.offset + length),
      // It belongs to the bundle as a whole.
      giveSlab: () => {},
      placeOf: (header) => {
        const place = this.#conversation.placeOf(header);
        if (place === null) return null;
        this.#place = place;
        return {...place, fragment: 1, block: header.index};
      },
      onControl: (header, payload) => {
        for (const news of this.#conversation.replyTo(header, payload)) this.#hear(news);
      },
      onBlock: () => {},
      onPayload: (bytes) => {
        this.#arm(STALL_TIMEOUT_MS, 'no byte');
        this.#listener.received(bytes);
      },
    });
  }

  #greet(): void {
    if (this.#state !== 'dialling') return;
    this.#state = 'greeting';
    this.#arm(WELCOME_TIMEOUT_MS, 'no welcome');
    for (const frame of this.#conversation.greet()) this.#socket.write(frame);
  }

  #hear(news: ReturnType<BundleConversation['replyTo']>[number]): void {
    if (this.#state === 'closed') return;
    switch (news.kind) {
      case 'welcomed':
        this.#state = 'open';
        this.#quiet();
        return this.#welcomed(news);
      case 'ended': {
        const slab = this.#out.get(news.ticket);
        if (slab === undefined) return;
        this.#out.delete(news.ticket);
        this.#quiet();
        return this.#listener.ended(news.ticket, slab, news.end);
      }
      case 'ponged':
        return this.#quiet();
      case 'goodbye':
        this.#state = 'leaving';
        this.#listener.leaving();
        return this.#quiet();
      case 'refused':
        return this.#end({kind: 'refused', refusal: news.refusal});
    }
  }

  /** What is waited for now: the next bytes of a bundle; or, with none out, nothing but a sign of life at times. */
  #quiet(): void {
    if (this.#out.size > 0) return this.#arm(ANSWER_TIMEOUT_MS, 'no answer');
    if (this.#state === 'leaving') return this.#lose('the server is shutting down');
    const {clock} = this.#ports;
    clock.clearTimeout(this.#deadline);
    this.#deadline = clock.setTimeout(() => {
      this.#socket.write(this.#conversation.ping());
      this.#arm(ANSWER_TIMEOUT_MS, 'no sign of life');
    }, PING_INTERVAL_MS);
  }

  #received(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    const foreign = this.#hasHeard ? null : foreignProtocol(bytes);
    this.#hasHeard = true;
    if (foreign !== null) {
      const reason = `that port speaks ${foreign}, not fdl`;
      return this.#end({kind: 'lost', cause: 'not-fdl', reason});
    }
    try {
      this.#intake.feed(bytes);
    } catch (error) {
      if (!(error instanceof FdlError)) throw error;
      return this.#end({kind: 'violated', detail: error.message});
    }
    this.#restFor(bytes.length);
  }

  /** Slows reading down to the limit. */
  #restFor(bytes: number): void {
    const {limit, clock} = this.#ports;
    const waitMs = limit?.reserve(bytes) ?? 0;
    if (waitMs <= 0 || this.#state === 'closed') return;
    this.#socket.pause();
    clock.clearTimeout(this.#deadline);
    this.#rest = clock.setTimeout(() => {
      if (this.#out.size > 0) this.#arm(STALL_TIMEOUT_MS, 'no byte');
      else this.#quiet();
      this.#socket.resume();
    }, waitMs);
  }

  #arm(afterMs: number, what: string): void {
    const {clock} = this.#ports;
    clock.clearTimeout(this.#deadline);
    this.#deadline = clock.setTimeout(() => this.#lose(`${what} within ${afterMs / 1_000} s`), afterMs);
  }

  #lose(reason: string): void {
    this.#end({kind: 'lost', cause: this.#state === 'leaving' ? 'goodbye' : 'failed', reason});
  }

  #end(loss: BundleLoss): void {
    if (this.#state === 'closed') return;
    this.close();
    this.#listener.closed(loss);
  }
}
