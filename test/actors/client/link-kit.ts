/** A link on a socket that does what it is told, and a server's replies as bytes. */

import {createActor, sendTo, setup} from 'xstate';
import type {SocketListener} from '../../../src/actors/client/dial.js';
import {linkLogic} from '../../../src/actors/client/link.js';
import {Meters} from '../../../src/actors/client/meters.js';
import {Slabs} from '../../../src/actors/slabs.js';
import type {BlockReceived} from '../../../src/machines/events.js';
import type {LinkCommand, LinkEvent} from '../../../src/machines/link-events.js';
import type {Geometry} from '../../../src/model.js';
import {encodeServer} from '../../../src/protocol/codec.js';
import {writeHeader} from '../../../src/protocol/frame-reader.js';
import {FRAME_TYPES, type ServerMessage} from '../../../src/protocol/messages.js';
import {VirtualClock} from '../../support/virtual-clock.js';

/** Fragments of four blocks of a KiB; the third one has two, the last of which is short. */
export const GEOMETRY: Geometry = {blockBytes: 1_024, fragmentBytes: 4 * 1_024};
const SIZE = 2 * GEOMETRY.fragmentBytes + 1_500;
export const ROOT = 'ab'.repeat(32);

export const WELCOME: ServerMessage = {
  type: 'welcome',
  id: 0,
  version: 1,
  features: [],
  instanceId: '0f'.repeat(16),
};
export const MANIFEST = {
  size: SIZE,
  sha256: 'cd'.repeat(32),
  root: ROOT,
  modifiedMs: 1_700_000_000_000,
  ...GEOMETRY,
  fragmentsHere: 3,
};

/** The answer to the question for the manifest, which a greeting asks under id 1. */
export function manifestReply(changes: Partial<typeof MANIFEST> = {}): Buffer {
  return encodeServer({type: 'manifestReply', id: 1, ...MANIFEST, ...changes});
}

/** A data frame with a block of bytes that tell where it belongs. */
export function dataFrame(id: number, index: number, length: number = GEOMETRY.blockBytes): Buffer {
  const frame = Buffer.alloc(16 + length, (id * 16 + index) % 251);
  writeHeader(frame, {type: FRAME_TYPES.data, length, id, index});
  return frame;
}

/**
 * Reads as node's sockets do: memory is asked for at the dial and after each `received`, also when that paused, and
 * not on `resume`.
 */
class ModelSocket {
  readonly #listener: SocketListener;
  #memory: Uint8Array;
  isPaused = false;
  isDestroyed = false;
  readonly written: Uint8Array[] = [];

  constructor(listener: SocketListener) {
    this.#listener = listener;
    this.#memory = listener.memory();
  }

  /** Lets as many bytes land as fit in the memory given; returns how many. */
  deliver(bytes: Uint8Array): number {
    if (this.isPaused || this.isDestroyed) return 0;
    const count = Math.min(bytes.length, this.#memory.length);
    this.#memory.set(bytes.subarray(0, count));
    this.#listener.received(count);
    this.#memory = this.#listener.memory();
    return count;
  }

  open(): void {
    this.#listener.opened();
  }

  /** The other side has closed. */
  end(): void {
    this.isDestroyed = true;
    this.#listener.closed('connection closed');
  }

  get port() {
    return {
      write: (bytes: Uint8Array) => void this.written.push(bytes),
      pause: () => {
        this.isPaused = true;
      },
      resume: () => {
        this.isPaused = false;
      },
      end: () => {
        this.isDestroyed = true;
      },
      destroy: () => {
        this.isDestroyed = true;
      },
    };
  }
}

/** What a link said, with the bytes of a block in the place of its slab, and without time. */
export type Heard = Record<string, unknown> & {readonly type: string};

export interface StartedLink {
  readonly socket: ModelSocket;
  readonly slabs: Slabs;
  readonly meters: Meters;
  readonly clock: VirtualClock;
  readonly heard: readonly Heard[];
  /** Slabs of blocks that came and were not given back yet, oldest first. */
  readonly held: number[];
  tell(...commands: readonly LinkCommand[]): void;
  stop(): void;
}

export interface LinkOptions {
  readonly slabs?: number;
  /** Shared with other links. */
  readonly sharedSlabs?: Slabs;
  /** Most blocks held before the link is told that there is no room. */
  readonly room?: number;
  /** Called with each event, in place of a connection machine. */
  readonly onHeard?: (heard: Heard, link: StartedLink) => void;
}

/** Starts a link; its events are collected. */
export function startLink(options: LinkOptions = {}): StartedLink {
  const {slabs: count = 8, room = count, sharedSlabs, onHeard} = options;
  const clock = new VirtualClock();
  const slabs = sharedSlabs ?? new Slabs(count, GEOMETRY.blockBytes);
  const meters = new Meters();
  const held: number[] = [];
  const heard: Heard[] = [];
  let socket: ModelSocket | null = null;
  const link = linkLogic({
    addresses: [{host: 'localhost', port: 1}],
    geometry: GEOMETRY,
    dial: (_, listener) => {
      socket = new ModelSocket(listener);
      return socket.port;
    },
    clock,
    slabs,
    meters,
    hasRoom: () => held.length < room,
    limitFor: () => null,
    pool: null,
  });
  type Events = LinkEvent | {readonly type: 'test.tell'; readonly command: LinkCommand};
  const host = setup({types: {events: {} as Events}, actors: {link}}).createMachine({
    invoke: {
      id: 'link',
      src: 'link',
      input: {connection: 7, server: 0, download: {send: (event) => note(event)}},
    },
    on: {
      'test.tell': {actions: sendTo('link', ({event}) => event.command)},
      '*': {actions: ({event}) => note(event as LinkEvent)},
    },
  });
  const actor = createActor(host).start();
  if (socket === null) throw new Error('nothing was dialled');
  const started: StartedLink = {
    socket,
    slabs,
    meters,
    clock,
    heard,
    held,
    tell: (...commands) => {
      for (const command of commands) actor.send({type: 'test.tell', command});
    },
    stop: () => void actor.stop(),
  };
  return started;

  function note({atMs: _, ...said}: LinkEvent | BlockReceived): void {
    if (said.type !== 'block.received') heard.push({...said});
    else {
      const {slab, connection: _, ...block} = said;
      held.push(slab);
      heard.push({...block, bytes: Buffer.from(slabs.view(slab, block.length)).toString('hex')});
    }
    const last = heard.at(-1);
    if (last !== undefined) onHeard?.(last, started);
  }
}

/** Gives the oldest block back, as the store does when it is written. Returns false when there is none. */
export function giveBack({held, slabs}: StartedLink): boolean {
  const slab = held.shift();
  if (slab === undefined) return false;
  slabs.give(slab);
  return true;
}
