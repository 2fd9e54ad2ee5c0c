/**
 * Many clients in one process: `node crowd.js PORT FILE NAME CLIENTS`. Each has one socket, fetches the whole file (one
 * fragment of it), compares every byte with the original, and comes back when it is told that the server is busy. Prints
 * one line of JSON: seconds and busy replies of each client.
 */

import {readFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';

import {BLOCK_BYTES, FETCH_BLOCKS_MAX, HEADER_BYTES} from '../../src/limits.js';
import {decodeServer, encodeClient} from '../../src/protocol/codec.js';
import {parseHeader} from '../../src/protocol/frame-reader.js';
import {FRAME_TYPES, type FrameHeader, MAGIC, type ServerMessage} from '../../src/protocol/messages.js';

/** What became of one client of the crowd. */
export interface CrowdClient {
  /** From dialling to the last byte, waiting for a slot included. */
  readonly seconds: number;
  readonly busyReplies: number;
}

/** What all sockets read into: they are read one after the other. */
const INBOX = Buffer.allocUnsafe(64 * 1_024);
const [port = '0', file = '', name = '', clients = '0'] = process.argv.slice(2);
const original = readFileSync(file);
const blocks = Math.ceil(original.length / BLOCK_BYTES);

async function download(): Promise<CrowdClient> {
  const start = performance.now();
  const link = new Link(Number(port));
  link.socket.write(MAGIC);
  link.socket.write(
    encodeClient({type: 'hello', id: 0, minVersion: 1, maxVersion: 1, features: [], credentials: null}),
  );
  await link.message();
  link.socket.write(encodeClient({type: 'manifest', id: 1, name}));
  const manifest = await link.message();
  if (manifest.type !== 'manifestReply') throw new Error(`no manifest: ${JSON.stringify(manifest)}`);
  let busyReplies = 0;
  for (let [id, firstBlock] = [2, 0]; firstBlock < blocks; id++) {
    const count = Math.min(FETCH_BLOCKS_MAX, blocks - firstBlock);
    const {root} = manifest;
    link.socket.write(encodeClient({type: 'fetch', id, name, root, fragment: 1, firstBlock, count}));
    const end = await link.message();
    if (end.type !== 'end') throw new Error(`a fetch ended with ${JSON.stringify(end)}`);
    if (end.status.kind === 'ok') firstBlock += count;
    else if (end.status.kind === 'busy') {
      busyReplies++;
      await sleep(end.status.retryAfterMs);
    } else throw new Error(`a fetch ended ${end.status.kind}`);
  }
  link.socket.destroy();
  if (link.bytes !== original.length) throw new Error(`${link.bytes} bytes came`);
  return {seconds: (performance.now() - start) / 1_000, busyReplies};
}

/** A promise of the next message, with its ends: Node 20 has no Promise.withResolvers. */
class Waiting {
  resolve: (message: ServerMessage) => void = () => {};
  reject: (error: Error) => void = () => {};
  readonly promise = new Promise<ServerMessage>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** One socket: payload is compared as it comes, messages are handed over one by one. */
class Link {
  readonly socket: Socket;
  bytes = 0;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #frame: {readonly header: FrameHeader; readonly payload: Buffer | null; taken: number} | null = null;
  #waiting = new Waiting();

  constructor(to: number) {
    const callback = (count: number): boolean => {
      this.#read(INBOX.subarray(0, count));
      return true;
    };
    this.socket = connect({port: to, host: '127.0.0.1', onread: {buffer: INBOX, callback}});
    this.socket.on('error', (error) => this.#waiting.reject(error));
    this.socket.on('close', () => this.#waiting.reject(new Error('the server closed')));
  }

  /** The next message; there is one out at a time. */
  async message(): Promise<ServerMessage> {
    const message = await this.#waiting.promise;
    this.#waiting = new Waiting();
    // The socket may close when nobody waits any more.
    this.#waiting.promise.catch(() => {});
    return message;
  }

  #read(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0; ) rest = rest.subarray(this.#take(rest));
  }

  #take(bytes: Buffer): number {
    if (this.#frame === null) return this.#takeHeader(bytes);
    const {header, payload, taken} = this.#frame;
    const part = bytes.subarray(0, header.length - taken);
    if (payload === null) this.#compare(header.index * BLOCK_BYTES + taken, part);
    else part.copy(payload, taken);
    this.#frame.taken += part.length;
    if (this.#frame.taken === header.length) {
      this.#frame = null;
      if (payload !== null) this.#waiting.resolve(decodeServer(header, payload));
    }
    return part.length;
  }

  #takeHeader(bytes: Buffer): number {
    const count = bytes.copy(this.#header, this.#headerBytes, 0, HEADER_BYTES - this.#headerBytes);
    this.#headerBytes += count;
    if (this.#headerBytes === HEADER_BYTES) {
      const header = parseHeader(this.#header);
      const payload = header.type === FRAME_TYPES.data ? null : Buffer.alloc(header.length);
      this.#frame = {header, payload, taken: 0};
      this.#headerBytes = 0;
    }
    return count;
  }

  #compare(at: number, part: Buffer): void {
    if (original.compare(part, 0, part.length, at, at + part.length) !== 0) throw new Error('wrong bytes');
    this.bytes += part.length;
  }
}

// Last: classes do not exist before their lines have run.
console.log(JSON.stringify(await Promise.all(Array.from({length: Number(clients)}, download))));
