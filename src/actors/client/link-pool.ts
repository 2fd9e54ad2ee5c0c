/**
 * Connections between two uses: a link whose conversation has come to rest when its file ends leaves its socket here,
 * and the next file's link to that server goes on with it, without another dial and another hello.
 */

import {ACTIVE_MAX} from '../../limits.js';
import type {Address} from '../../model.js';
import {formatAddress} from '../../protocol/servers-file.js';
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

export class LinkPool {
  readonly #dial: Dial;
  /** Sockets at rest by address, the last one given first. */
  readonly #resting = new Map<string, RestingLink[]>();
  #count = 0;
  #isClosed = false;

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  /** Opens a socket that can be given later. */
  dial(address: Address, listener: SocketListener): HandedSocket {
    return new HandedSocket(this.#dial, address, listener);
  }

  /** A connection to this server that is at rest, now the caller's; null when there is none: dial. */
  take(address: Address): RestingLink | null {
    const resting = this.#resting.get(formatAddress(address))?.pop() ?? null;
    if (resting !== null) this.#count--;
    return resting;
  }

  /** Leaves a connection on which nothing is asked and nothing is coming. */
  give(address: Address, link: RestingLink): void {
    const {socket} = link;
    if (this.#isClosed || this.#count >= ACTIVE_MAX) return socket.destroy();
    const key = formatAddress(address);
    const known = this.#resting.get(key) ?? [];
    this.#resting.set(key, [...known, link]);
    this.#count++;
    const drop = (): void => {
      this.#forget(key, link);
      socket.destroy();
    };
    const memory = new Uint8Array(IDLE_BYTES);
    socket.attach({memory: () => memory, received: drop, opened: () => {}, closed: drop});
    socket.resume();
  }

  /** Closes what is at rest; what is given from now on is closed at once. */
  close(): void {
    this.#isClosed = true;
    for (const links of this.#resting.values()) for (const {socket} of links) socket.destroy();
    this.#resting.clear();
    this.#count = 0;
  }

  #forget(key: string, link: RestingLink): void {
    const links = this.#resting.get(key) ?? [];
    if (!links.includes(link)) return;
    this.#resting.set(
      key,
      links.filter((other) => other !== link),
    );
    this.#count--;
  }
}
