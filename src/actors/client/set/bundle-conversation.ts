/**
 * The client's side of a connection that fetches bundles: which are out, and whether what comes fits one of them.
 * Pure: requests become frames, frames become what they say. What fits nothing is FdlError `protocol-violation`.
 */

import {FdlError} from '../../../errors.js';
import {BUSY_MAX_MS, BUSY_MIN_MS} from '../../../limits.js';
import type {Refusal, RefusalCode} from '../../../model.js';
import {decodeServer, encodeClient} from '../../../protocol/codec.js';
import {
  BUNDLE_FEATURE,
  type BundleFile,
  type BundleOutcome,
  type EndStatus,
  type FrameHeader,
  MAGIC,
  type ServerMessage,
  VERSION,
} from '../../../protocol/messages.js';

/** A file of a bundle that came: its place in the request, and where its bytes lie in the bundle's memory. */
export interface ArrivedFile {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
  readonly modifiedMs: number;
}

/** How a bundle ended; files that came before another end than `delivered` do not count. */
export type BundleEnd =
  | {
      readonly kind: 'delivered';
      readonly files: readonly ArrivedFile[];
      readonly refused: readonly {readonly index: number; readonly code: RefusalCode}[];
    }
  | {readonly kind: 'cancelled'}
  | {readonly kind: 'busy'; readonly retryAfterMs: number}
  | {readonly kind: 'refused'; readonly refusal: Refusal};

/** What a frame says. */
export type BundleNews =
  | {readonly kind: 'welcomed'; readonly instanceId: string; readonly features: readonly string[]}
  | {readonly kind: 'ended'; readonly ticket: number; readonly end: BundleEnd}
  | {readonly kind: 'ponged'}
  | {readonly kind: 'goodbye'}
  /** The connection as a whole. */
  | {readonly kind: 'refused'; readonly refusal: Refusal};

/** Where the payload of a data frame belongs: so many bytes behind the start of its bundle's memory. */
export interface FilePlace {
  readonly ticket: number;
  readonly offset: number;
  readonly length: number;
}

interface OpenBundle {
  readonly ticket: number;
  readonly files: readonly BundleFile[];
  /** Place of each file that came; null: it did not fit. */
  readonly arrived: Map<number, {readonly offset: number; readonly length: number} | null>;
  /** Bytes taken. */
  filled: number;
  last: number;
  isCancelled: boolean;
}

export class BundleConversation {
  readonly #capacity: number;
  readonly #open = new Map<number, OpenBundle>();
  readonly #pings = new Set<number>();
  #lastId: number;
  #isWelcomed: boolean;

  /** `capacity`: bytes of a bundle's memory. `lastId`: of a connection that was greeted before; null: a new one. */
  constructor(capacity: number, lastId: number | null) {
    this.#capacity = capacity;
    this.#lastId = lastId ?? 0;
    this.#isWelcomed = lastId !== null;
  }

  /** Nothing is out: the connection may be used for something else, with ids above `lastId`. */
  get isQuiet(): boolean {
    return this.#isWelcomed && this.#open.size === 0 && this.#pings.size === 0;
  }

  get lastId(): number {
    return this.#lastId;
  }

  greet(): Uint8Array[] {
    const versions = {minVersion: VERSION, maxVersion: VERSION};
    const features = [BUNDLE_FEATURE];
    return [MAGIC, encodeClient({type: 'hello', id: 0, ...versions, features, credentials: null})];
  }

  ask(ticket: number, files: readonly BundleFile[]): Uint8Array {
    const id = this.#nextId();
    this.#open.set(id, {ticket, files, arrived: new Map(), filled: 0, last: -1, isCancelled: false});
    return encodeClient({type: 'bundle', id, files});
  }

  /** The frames that end a bundle early; none when it has ended. */
  cancel(ticket: number): Uint8Array[] {
    for (const [id, bundle] of this.#open) {
      if (bundle.ticket !== ticket || bundle.isCancelled) continue;
      bundle.isCancelled = true;
      return [encodeClient({type: 'cancel', id})];
    }
    return [];
  }

  ping(): Uint8Array {
    const id = this.#nextId();
    this.#pings.add(id);
    return encodeClient({type: 'ping', id});
  }

  /** Where a data frame's payload goes; null: nowhere, it is thrown away. */
  placeOf({id, index, length}: FrameHeader): FilePlace | null {
    const bundle = this.#open.get(id);
    if (bundle === undefined) throw violation('data for a bundle that is not open');
    if (index <= bundle.last || index >= bundle.files.length) throw violation('a file out of order');
    bundle.last = index;
    if (bundle.isCancelled) return null;
    const offset = bundle.filled;
    // Sizes come from listings, which prove nothing: a file that is larger than was said may still be the right one.
    const fits = offset + length <= this.#capacity;
    bundle.arrived.set(index, fits ? {offset, length} : null);
    if (!fits) return null;
    bundle.filled += length;
    return {ticket: bundle.ticket, offset, length};
  }

  /** What a control frame says. */
  replyTo(header: FrameHeader, payload: Uint8Array): BundleNews[] {
    const message = decodeServer(header, payload);
    switch (message.type) {
      case 'welcome':
        return [this.#welcome(message)];
      case 'error':
        if (message.id !== 0) throw violation('an error for a request that is not open');
        return [{kind: 'refused', refusal: message.refusal}];
      case 'goodbye':
        return this.#goodbye(message.lastId);
      case 'end':
        return [this.#end(message.id, message.status)];
      case 'pong':
        if (!this.#pings.delete(message.id)) throw violation('a pong nobody asked for');
        return [{kind: 'ponged'}];
      default:
        throw violation(`a ${message.type} nobody asked for`);
    }
  }

  #welcome(message: ServerMessage & {readonly type: 'welcome'}): BundleNews {
    if (this.#isWelcomed) throw violation('a second welcome');
    if (message.version !== VERSION) throw violation(`a welcome to version ${message.version}`);
    this.#isWelcomed = true;
    return {kind: 'welcomed', instanceId: message.instanceId, features: message.features};
  }

  /** What was asked after its last id will not be served. */
  #goodbye(lastId: number): BundleNews[] {
    const news: BundleNews[] = [];
    const refusal: Refusal = {code: 'draining', message: '', progressPermille: null};
    for (const [id, {ticket}] of this.#open) {
      if (id <= lastId) continue;
      this.#open.delete(id);
      news.push({kind: 'ended', ticket, end: {kind: 'refused', refusal}});
    }
    return [...news, {kind: 'goodbye'}];
  }

  #end(id: number, status: EndStatus): BundleNews {
    const bundle = this.#open.get(id);
    if (bundle === undefined) throw violation('an end of a bundle that is not open');
    this.#open.delete(id);
    return {kind: 'ended', ticket: bundle.ticket, end: endOf(status, bundle)};
  }

  #nextId(): number {
    this.#lastId++;
    return this.#lastId;
  }
}

function endOf(status: EndStatus, bundle: OpenBundle): BundleEnd {
  switch (status.kind) {
    case 'delivered':
      return bundle.isCancelled ? {kind: 'cancelled'} : delivered(status.outcomes, bundle);
    case 'busy':
      return {
        kind: 'busy',
        retryAfterMs: Math.min(BUSY_MAX_MS, Math.max(BUSY_MIN_MS, status.retryAfterMs)),
      };
    case 'error':
      return {kind: 'refused', refusal: status.refusal};
    case 'cancelled':
      if (!bundle.isCancelled) throw violation('a bundle ended as cancelled that was not');
      return {kind: 'cancelled'};
    default:
      throw violation(`a bundle that ended as ${status.kind}`);
  }
}

/** The outcomes must fit the frames that came: a file that is sent and not there can only be an empty one. */
function delivered(outcomes: readonly BundleOutcome[], {files, arrived, filled}: OpenBundle): BundleEnd {
  if (outcomes.length !== files.length) throw violation('too few or too many outcomes');
  const came: ArrivedFile[] = [];
  const refused: {index: number; code: RefusalCode}[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const place = arrived.get(index);
    if (outcome.kind === 'refused') {
      if (place !== undefined) throw violation('a file that came and was refused');
      refused.push({index, code: outcome.code});
    } else if (place === null) refused.push({index, code: 'bad-request'});
    else came.push({index, ...(place ?? {offset: filled, length: 0}), modifiedMs: outcome.modifiedMs});
  }
  return {kind: 'delivered', files: came, refused};
}

function violation(detail: string): FdlError {
  return new FdlError('protocol-violation', detail);
}
