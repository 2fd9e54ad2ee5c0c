/** A client that speaks `fdl/1` frame by frame and does only what a test tells it. */

import assert from 'node:assert/strict';
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {HEADER_BYTES} from '../../src/limits.js';
import {decodeServer, encodeClient} from '../../src/protocol/codec.js';
import {parseHeader} from '../../src/protocol/frame-reader.js';
import {
  type ClientMessage,
  type EndStatus,
  FRAME_TYPES,
  MAGIC,
  type ServerMessage,
} from '../../src/protocol/messages.js';
import type {Cleanup} from './files.js';
import {within} from './wait.js';

const DEADLINE_MS = 10_000;

/** One frame as it came. */
export type Received =
  | {readonly kind: 'message'; readonly message: ServerMessage}
  | {readonly kind: 'data'; readonly id: number; readonly block: number; readonly bytes: Buffer}
  /** The server closed its side. */
  | {readonly kind: 'end'};

export type Fetch = Extract<ClientMessage, {readonly type: 'fetch'}>;

export interface Fetched {
  readonly blocks: readonly number[];
  readonly bytes: Buffer;
  readonly status: EndStatus;
}

export class RawClient {
  readonly socket: Socket;
  readonly #frames: Received[] = [];
  #wake: (() => void) | null = null;
  #bytes = Buffer.alloc(0);
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#push(chunk));
    const end = () => {
      if (this.#ended) return;
      this.#ended = true;
      this.#frames.push({kind: 'end'});
      this.#wake?.();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', () => {});
  }

  /** Connects and says nothing. */
  static async connect(t: Cleanup, port: number, localAddress?: string): Promise<RawClient> {
    const socket = connect({
      port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      ...(localAddress && {localAddress}),
    });
    t.after(() => void socket.destroy());
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Connects and greets; the first request may have the id 1. */
  static async greeted(t: Cleanup, port: number, localAddress?: string): Promise<RawClient> {
    const client = await RawClient.connect(t, port, localAddress);
    const welcome = await client.greet();
    assert.equal(welcome.type, 'welcome');
    return client;
  }

  /** Magic bytes and hello; the reply. */
  async greet(
    minVersion = 1,
    maxVersion = minVersion,
    features: readonly string[] = [],
  ): Promise<ServerMessage> {
    this.socket.write(MAGIC);
    this.send({type: 'hello', id: 0, minVersion, maxVersion, features, credentials: null});
    return this.message();
  }

  send(message: ClientMessage): void {
    this.socket.write(encodeClient(message));
  }

  /** Sends a question and waits for the message that comes next. */
  ask(message: ClientMessage): Promise<ServerMessage> {
    this.send(message);
    return this.message();
  }

  /** The next frame. */
  async next(): Promise<Received> {
    await within('the next frame of the server', DEADLINE_MS, this.#some());
    const frame = this.#frames.shift();
    assert.ok(frame !== undefined);
    if (frame.kind === 'end') this.#frames.push(frame);
    return frame;
  }

  /** The next frame, which must be a message. */
  async message(): Promise<ServerMessage> {
    const frame = await this.next();
    assert.equal(frame.kind, 'message');
    return frame.kind === 'message' ? frame.message : assert.fail();
  }

  /** Resolves when the server has closed its side; what came before is dropped. */
  async closed(): Promise<void> {
    while ((await this.next()).kind !== 'end');
  }

  /** Sends a fetch and reads to its end. */
  fetch(fetch: Omit<Fetch, 'type'>): Promise<Fetched> {
    this.send({type: 'fetch', ...fetch});
    return this.fetched(fetch.id);
  }

  /** Reads the answer to a fetch. */
  async fetched(id: number): Promise<Fetched> {
    const blocks: number[] = [];
    const parts: Buffer[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.kind === 'end') assert.fail(`the server closed before the end of fetch ${id}`);
      if (frame.kind === 'data') {
        assert.equal(frame.id, id);
        blocks.push(frame.block);
        parts.push(frame.bytes);
        continue;
      }
      assert.ok(frame.message.type === 'end' && frame.message.id === id, JSON.stringify(frame.message));
      return {blocks, bytes: Buffer.concat(parts), status: frame.message.status};
    }
  }

  #some(): Promise<void> {
    if (this.#frames.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= HEADER_BYTES) {
      const header = parseHeader(this.#bytes);
      const end = HEADER_BYTES + header.length;
      if (this.#bytes.length < end) return;
      const payload = Buffer.from(this.#bytes.subarray(HEADER_BYTES, end));
      this.#bytes = this.#bytes.subarray(end);
      this.#frames.push(
        header.type === FRAME_TYPES.data
          ? {kind: 'data', id: header.id, block: header.index, bytes: payload}
          : {kind: 'message', message: decodeServer(header, payload)},
      );
      this.#wake?.();
    }
  }
}
