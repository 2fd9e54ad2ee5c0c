/** Reads and writes test/vectors: JSON in which bytes are `{"hex": "..."}`, long ones a list of repeated parts. */

import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Geometry} from '../../src/model.js';
import type {ClientMessage, FrameHeader, ServerMessage} from '../../src/protocol/messages.js';

/** Bytes written as parts, each repeated. */
export type Parts = readonly {readonly hex: string; readonly times: number}[];

export type Sample =
  | {readonly name: string; readonly from: 'client'; readonly message: ClientMessage}
  | {readonly name: string; readonly from: 'server'; readonly message: ServerMessage};

/** `fields` is the msgpack array that the payload holds; `frame` the whole frame in hex. */
export type ControlVector = Sample & {readonly fields: readonly unknown[]; readonly frame: string};

export interface FrameVectors {
  readonly magic: string;
  readonly control: readonly ControlVector[];
  readonly data: readonly {
    readonly name: string;
    readonly header: FrameHeader;
    readonly payload: string;
    readonly frame: string;
  }[];
  readonly conversation: readonly {
    readonly from: 'client' | 'server';
    readonly says: string;
    readonly bytes: string;
  }[];
}

export interface DigestVector {
  readonly name: string;
  readonly content: Parts;
  readonly size: number;
  readonly geometry: Geometry;
  readonly sha256: string;
  /** One list a fragment. */
  readonly blockDigests: readonly (readonly string[])[];
  readonly fragmentDigests: readonly string[];
  readonly root: string;
}

export interface BombVectors {
  /** Payloads that no message type may accept. */
  readonly payloads: readonly {readonly name: string; readonly payload: Parts}[];
  /** Payloads for one type, named as in FRAME_TYPES. */
  readonly messages: readonly {readonly name: string; readonly type: string; readonly payload: Parts}[];
  /** Headers to be refused before anything is allocated. */
  readonly headers: readonly {readonly name: string; readonly header: string}[];
}

export function bytesOf(parts: Parts): Buffer {
  return Buffer.concat(
    parts.map(({hex, times}) => {
      const part = Buffer.from(hex, 'hex');
      return Buffer.alloc(part.length * times, part);
    }),
  );
}

/** A vectors file with its bytes as Uint8Array. */
export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(vectorsPath(name), 'utf8'), (_key, value: unknown) =>
    isHex(value) ? new Uint8Array(Buffer.from(value.hex, 'hex')) : value,
  ) as T;
}

export function writeVectors(name: string, vectors: object): void {
  writeFileSync(vectorsPath(name), `${JSON.stringify(vectors, hexForBytes, 2)}\n`);
}

/** For JSON.stringify, which hands over Buffers in a JSON form of their own: the value itself is in `this`. */
function hexForBytes(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key];
  return original instanceof Uint8Array ? {hex: Buffer.from(original).toString('hex')} : value;
}

function isHex(value: unknown): value is {hex: string} {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === 'hex' && 'hex' in value;
}

function vectorsPath(name: string): string {
  return repositoryPath('test', 'vectors', name);
}

/** A text file of the repository, by the parts of its path. */
export function readRepositoryFile(...parts: readonly string[]): string {
  return readFileSync(repositoryPath(...parts), 'utf8');
}

/** Tests run from a build folder somewhere below the repository: look upwards. */
function repositoryPath(...parts: readonly string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, ...parts);
}
