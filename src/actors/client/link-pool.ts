/**
 * Connections between two uses: a link whose conversation has come to rest when its file ends leaves its socket here,
 * and the next file's link to that server goes on with it, without another dial and another hello.
 */

import {ACTIVE_MAX, LINK_REST_MS} from '../../limits.js';
import type {Address} from '../../model.js';
import {formatAddress} from '../../protocol/servers-file.js';
import type {Clock} from '../clock.js';
import type {Dial, OpenSocket, SocketListener} from './dial.js';

/** What was agreed on when a connection was opened, and how far its ids have come. */
export interface Greeted {
  readonly instanceId: string;
  readonly features: readonly string[];
  readonly lastId: number;
}

/** A socket that can be handed on, with what its next user has to know of it. */
export interface RestingLink {
  readonly socket: HandedSocket;
  readonly greeted: Greeted;
}

/** What comes on a connection that nobody uses is a goodbye at best: it is not used again. */
const IDLE_BYTES = 64;

/** A socket whose listener can be exchanged. */
export class HandedSocket implements OpenSocket {
  readonly #socket: OpenSocket;
  #listener: SocketListener;
  /** Where the next bytes land: given before the listener that is told of them may have come. */
  #memory: Uint8Array = new Uint8Array(0);
  #owner: SocketListener;

  constructor(dial: Dial, address: Address, listener: SocketListener) {
    this.#listener = listener;
    this.#owner = listener;
    this.#socket = dial(address, {
      memory: () => {
        this.#owner = this.#listener;
        this.#memory = this.#listener.memory();
        return this.#memory;
      },
      received: (count) => this.#received(count),
      opened: () => this.#listener.opened(),
      closed: (reason) => this.#listener.closed(reason),
    });
  }

  /** From here on this one is asked and told. */
  attach(listener: SocketListener): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The first bytes after a change of listeners lie in the memory of the one before. */
  #received(count: number): void {
    const listener = this.#listener;
    if (this.#owner === listener) return listener.received(count);
    this.#owner = listener;
    let rest: Uint8Array = this.#memory.slice(0, count);
    while (rest.length > 0) {
      const target = listener.memory();
      const part = rest.subarray(0, target.length);
      target.set(part);
      rest = rest.subarray(part.length);
      listener.received(part.length);
    }
  }
}

/** A link at rest, and what ends its rest. */
interface Rest {
  readonly link: RestingLink;
  readonly timer: unknown;
}

export class LinkPool {
  readonly #dial: Dial;
  readonly #clock: Clock;
  /** By address, the one that has rested longest first. */
  readonly #resting = new Map<string, Rest[]>();
  #count = 0;
  #isClosed = false;

  constructor(dial: Dial, clock: Clock) {
    this.#dial = dial;
    this.#clock = clock;
  }

  /** Opens a socket that can be given later. */
  dial(address: Address, listener: SocketListener): HandedSocket {
    return new HandedSocket(this.#dial, address, listener);
  }

  /** A connection to this server that is at rest, now the caller's; null when there is none: dial. */
  take(address: Address): RestingLink | null {
    const rest = this.#resting.get(formatAddress(address))?.pop();
    if (rest === undefined) return null;
    this.#count--;
    this.#clock.clearTimeout(rest.timer);
    return rest.link;
  }

  /**
   * Leaves a connection on which nothing is asked and nothing is coming, for LINK_REST_MS: what the server might close
   * at any moment is handed to nobody, nor is what it has closed or said something on.
   */
  give(address: Address, link: RestingLink): void {
    const {socket} = link;
    if (this.#isClosed || this.#count >= ACTIVE_MAX) return socket.destroy();
    const key = formatAddress(address);
    const drop = (): void => {
      this.#forget(key, rest);
      socket.destroy();
    };
    const rest: Rest = {link, timer: this.#clock.setTimeout(drop, LINK_REST_MS)};
    this.#resting.set(key, [...(this.#resting.get(key) ?? []), rest]);
    this.#count++;
    const memory = new Uint8Array(IDLE_BYTES);
    socket.attach({memory: () => memory, received: drop, opened: () => {}, closed: drop});
    socket.resume();
  }

  /** Closes what is at rest; what is given from now on is closed at once. */
  close(): void {
    this.#isClosed = true;
    const rests = [...this.#resting.values()].flat();
    this.#resting.clear();
    this.#count = 0;
    for (const {link, timer} of rests) {
      this.#clock.clearTimeout(timer);
      link.socket.destroy();
    }
  }

  #forget(key: string, rest: Rest): void {
    const rests = this.#resting.get(key) ?? [];
    if (!rests.includes(rest)) return;
    this.#clock.clearTimeout(rest.timer);
    this.#resting.set(
      key,
      rests.filter((other) => other !== rest),
    );
    this.#count--;
  }
}
