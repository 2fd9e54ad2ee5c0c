/**
 * The client's side of one connection's conversation: which requests are out, and whether a reply fits one of them.
 * Pure: commands become frames, frames become events. A reply that fits nothing is FdlError `protocol-violation`.
 */

import {FdlError} from '../../errors.js';
import {blockCount, blockLength} from '../../geometry.js';
import type {DatedManifest} from '../../machines/events.js';
import type {LinkCommand, LinkEvent} from '../../machines/link-events.js';
import type {Geometry, Refusal, Run} from '../../model.js';
import {decodeServer, encodeClient} from '../../protocol/codec.js';
import {DIGEST_BYTES} from '../../protocol/digests.js';
import {
  BUNDLE_FEATURE,
  type ClientMessage,
  type EndStatus,
  type FrameHeader,
  MAGIC,
  type ServerMessage,
  VERSION,
} from '../../protocol/messages.js';
import {endOf} from './fetch-end.js';
import type {Greeted} from './link-pool.js';

/** A link event without its time: the caller stamps it. */
export type Said = LinkEvent extends infer Event
  ? Event extends LinkEvent
    ? Omit<Event, 'atMs'>
    : never
  : never;

/** Where the payload of a data frame belongs. */
export interface BlockPlace {
  readonly ticket: number;
  readonly fragment: number;
  readonly block: number;
  readonly length: number;
}

interface OpenFetch {
  readonly kind: 'fetch';
  readonly ticket: number;
  readonly run: Run;
  next: number;
  isCancelled: boolean;
}

type OpenRequest =
  | {readonly kind: 'manifest'}
  | {readonly kind: 'have'; readonly first: number; readonly count: number}
  | {readonly kind: 'digests'; readonly first: number; readonly count: number}
  | {readonly kind: 'blockDigests'; readonly fragment: number; readonly blocks: number}
  | {readonly kind: 'ping'}
  | OpenFetch;

/** What a server may say before it has welcomed us. */
const BEFORE_WELCOME: ReadonlySet<ServerMessage['type']> = new Set(['welcome', 'error', 'goodbye']);

export class Conversation {
  readonly #geometry: Geometry;
  readonly #open = new Map<number, OpenRequest>();
  #greeted: Greeted | null;
  #lastId: number;
  #file = '';
  #isWelcomed: boolean;
  #manifest: DatedManifest | null = null;
  /** The server said goodbye. */
  hasGoodbye = false;

  /** `greeted`: of a connection that was used before; null: a new one. */
  constructor(geometry: Geometry, greeted: Greeted | null = null) {
    this.#geometry = geometry;
    this.#greeted = greeted;
    this.#lastId = greeted?.lastId ?? 0;
    this.#isWelcomed = greeted !== null;
  }

  /** What the next user of the connection has to know; null while something is still out, or it is over. */
  get atRest(): Greeted | null {
    if (this.#greeted === null || this.#open.size > 0 || this.hasGoodbye) return null;
    return {...this.#greeted, lastId: this.#lastId};
  }

  /** The frames that carry out a command; none where it has become pointless. */
  framesFor(command: Exclude<LinkCommand, {readonly type: 'link.abandon'}>): Uint8Array[] {
    switch (command.type) {
      case 'link.greet':
        return this.#greet(command.file);
      case 'link.survey': {
        const {root, first, count} = command;
        return [this.#ask({kind: 'have', first, count}, (id) => ({type: 'have', id, root, first, count}))];
      }
      case 'link.askFragmentDigests': {
        const {root, first, count} = command;
        return [
          this.#ask({kind: 'digests', first, count}, (id) => ({type: 'digests', id, root, first, count})),
        ];
      }
      case 'link.askBlockDigests': {
        const {root, fragment, blocks} = command;
        return [
          this.#ask({kind: 'blockDigests', fragment, blocks}, (id) => ({
            type: 'blockDigests',
            id,
            root,
            fragment,
          })),
        ];
      }
      case 'link.fetch':
        return [this.#fetch(command.ticket, command.run)];
      case 'link.cancel':
        return this.#cancel(command.ticket);
      case 'link.complain': {
        const {root, fragment, block} = command;
        return [encodeClient({type: 'report', id: 0, root, fragment, block})];
      }
      case 'link.ping':
        return [this.#ask({kind: 'ping'}, (id) => ({type: 'ping', id}))];
    }
  }

  /** Where a data frame's payload goes; null: it belongs to a cancelled fetch and is thrown away. */
  placeOf({id, index, length}: FrameHeader): BlockPlace | null {
    const fetch = this.#open.get(id);
    if (fetch?.kind !== 'fetch') throw violation('data for a fetch that is not open');
    const {fragment} = fetch.run;
    if (index !== fetch.next || index >= fetch.run.end) throw violation('a block out of order');
    if (length !== this.#lengthOf(fragment, index)) throw violation('a block of a wrong length');
    fetch.next++;
    return fetch.isCancelled ? null : {ticket: fetch.ticket, fragment, block: index, length};
  }

  /** What a control frame says. */
  replyTo(header: FrameHeader, payload: Uint8Array): Said[] {
    const message = decodeServer(header, payload);
    if (!this.#isWelcomed && !BEFORE_WELCOME.has(message.type)) throw violation('a reply before the welcome');
    switch (message.type) {
      case 'welcome':
        return this.#welcome(message);
      case 'manifestReply':
        return this.#manifestReply(message);
      case 'haveReply': {
        const {first, count} = this.#close(message.id, 'have');
        if (message.bitmap.length !== Math.ceil(count / 8)) throw violation('a bitmap of a wrong length');
        return [{type: 'link.surveyed', first, bitmap: message.bitmap}];
      }
      case 'digestsReply': {
        const {first, count} = this.#close(message.id, 'digests');
        if (message.digests.length !== count * DIGEST_BYTES) throw violation('too few or too many digests');
        return [{type: 'link.fragmentDigests', first, digests: message.digests}];
      }
      case 'blockDigestsReply': {
        const {fragment, blocks} = this.#close(message.id, 'blockDigests');
        if (message.digests.length !== blocks * DIGEST_BYTES)
          throw violation('too few or too many block digests');
        return [{type: 'link.blockDigests', fragment, digests: message.digests}];
      }
      case 'end':
        return this.#end(message.id, message.status);
      case 'pong':
        this.#close(message.id, 'ping');
        return [{type: 'link.ponged'}];
      case 'goodbye':
        return this.#goodbye(message.lastId);
      case 'error':
        return this.#refused(message.id, message.refusal);
      default:
        throw violation(`a ${message.type} nobody asked for`);
    }
  }

  #greet(file: string): Uint8Array[] {
    this.#file = file;
    const manifest = this.#ask({kind: 'manifest'}, (id) => ({type: 'manifest', id, name: file}));
    if (this.#greeted !== null) return [manifest];
    const versions = {minVersion: VERSION, maxVersion: VERSION};
    // Whoever uses the connection after us may want it.
    const features = [BUNDLE_FEATURE];
    const hello = encodeClient({type: 'hello', id: 0, ...versions, features, credentials: null});
    return [MAGIC, hello, manifest];
  }

  #fetch(ticket: number, run: Run): Uint8Array {
    const {fragment, first, end} = run;
    const root = this.#manifest?.root ?? '';
    return this.#ask({kind: 'fetch', ticket, run, next: first, isCancelled: false}, (id) => ({
      type: 'fetch',
      id,
      name: this.#file,
      root,
      fragment,
      firstBlock: first,
      count: end - first,
    }));
  }

  #cancel(ticket: number): Uint8Array[] {
    for (const [id, request] of this.#open) {
      if (request.kind !== 'fetch' || request.ticket !== ticket || request.isCancelled) continue;
      request.isCancelled = true;
      return [encodeClient({type: 'cancel', id})];
    }
    return [];
  }

  #welcome(message: ServerMessage & {readonly type: 'welcome'}): Said[] {
    if (this.#isWelcomed) throw violation('a second welcome');
    this.#isWelcomed = true;
    if (message.version !== VERSION) throw violation(`a welcome to version ${message.version}`);
    const {instanceId, features} = message;
    this.#greeted = {instanceId, features, lastId: 0};
    return [{type: 'link.welcomed', instanceId}];
  }

  #manifestReply(message: ServerMessage & {readonly type: 'manifestReply'}): Said[] {
    this.#close(message.id, 'manifest');
    const {size, sha256, root, modifiedMs, blockBytes, fragmentBytes, fragmentsHere} = message;
    if (blockBytes !== this.#geometry.blockBytes || fragmentBytes !== this.#geometry.fragmentBytes) {
      throw violation('a geometry that fdl/1 does not have');
    }
    const manifest = {size, sha256, root, modifiedMs, geometry: this.#geometry};
    this.#manifest = manifest;
    return [{type: 'link.manifested', manifest, fragmentsHere}];
  }

  #end(id: number, status: EndStatus): Said[] {
    const {ticket, run, next, isCancelled} = this.#close(id, 'fetch');
    return [{type: 'link.ended', ticket, end: endOf(status, next === run.end, isCancelled)}];
  }

  /** What was asked after its last id will not be served. */
  #goodbye(lastId: number): Said[] {
    this.hasGoodbye = true;
    const said: Said[] = [];
    const refusal: Refusal = {code: 'draining', message: '', progressPermille: null};
    for (const [id, request] of this.#open) {
      if (id <= lastId || request.kind !== 'fetch') continue;
      this.#open.delete(id);
      said.push({type: 'link.ended', ticket: request.ticket, end: {kind: 'refused', refusal}});
    }
    said.push({type: 'link.goodbye'});
    return said;
  }

  /** An error frame: id 0 refuses the connection, another one a request. */
  #refused(id: number, refusal: Refusal): Said[] {
    if (id === 0) return [{type: 'link.refused', refusal}];
    const request = this.#open.get(id);
    this.#open.delete(id);
    switch (request?.kind) {
      case 'manifest':
      case 'have':
        return [{type: 'link.refused', refusal}];
      case 'digests':
        return [{type: 'link.digestsRefused', fragment: null, refusal}];
      case 'blockDigests':
        return [{type: 'link.digestsRefused', fragment: request.fragment, refusal}];
      default:
        throw violation('an error for a request that is not open');
    }
  }

  #ask(request: OpenRequest, messageFor: (id: number) => ClientMessage): Uint8Array {
    const id = this.#nextId();
    this.#open.set(id, request);
    return encodeClient(messageFor(id));
  }

  #nextId(): number {
    this.#lastId++;
    return this.#lastId;
  }

  #close<Kind extends OpenRequest['kind']>(id: number, kind: Kind): OpenRequest & {readonly kind: Kind} {
    const request = this.#open.get(id);
    if (request?.kind !== kind) throw violation('a reply that fits no open request');
    this.#open.delete(id);
    return request as OpenRequest & {readonly kind: Kind};
  }

  #lengthOf(fragment: number, block: number): number {
    const {size = 0} = this.#manifest ?? {};
    if (block >= blockCount(size, this.#geometry, fragment)) throw violation('a block beyond the end');
    return blockLength(size, this.#geometry, fragment, block);
  }
}

function violation(detail: string): FdlError {
  return new FdlError('protocol-violation', detail);
}
