/**
 * Questions to one server, outside of a download: what it offers, in which version, what it holds, and single blocks.
 * Every wait has a deadline, every reply is checked for fitting its question; whether its content is true is for the
 * caller to prove (proofs.ts).
 */

import {FdlError} from '../../errors.js';
import {blockLength} from '../../geometry.js';
import {BUSY_MAX_MS, BUSY_MIN_MS, FILES_MAX, PAGE_ITEMS_MAX} from '../../limits.js';
import type {DatedManifest} from '../../machines/events.js';
import {compareNames} from '../../machines/name-order.js';
import type {Address, HexDigest, Refusal} from '../../model.js';
import {DIGEST_BYTES} from '../../protocol/digests.js';
import {type ListingEntry, PENDING_FEATURE} from '../../protocol/messages.js';
import {nameProblem} from '../../protocol/names.js';
import {Exchange, type ExchangePorts, type Welcome} from './exchange.js';
import type {Answered, WantedBlock} from './open-requests.js';

/** The version of a file that a server names, and how many of its fragments are there. */
export interface ServedManifest {
  readonly manifest: DatedManifest;
  readonly fragmentsHere: number;
}

/** What a listing does not have yet. */
export interface PendingFiles {
  /** The server has looked through its folder: before, it does not know what there is. */
  readonly scanned: boolean;
  /** Files that it is indexing, or will index. */
  readonly files: number;
}

/** How the fetch of a block ended. The bytes are not verified. */
export type FetchedBlock =
  | {readonly kind: 'block'; readonly bytes: Uint8Array}
  /** No slot: not to be asked again for `retryAfterMs`. */
  | {
      readonly kind: 'busy';
      readonly retryAfterMs: number;
      readonly slots: number;
      readonly slotsInUse: number;
    }
  | {readonly kind: 'refused'; readonly refusal: Refusal};

/** What a block is asked for by. */
export interface BlockRequest extends Pick<WantedBlock, 'fragment' | 'block' | 'onBytes'> {
  /** Name of the file on the server. */
  readonly name: string;
  readonly manifest: DatedManifest;
}

/**
 * An open connection. Each question rejects with FdlError `no-server-reachable` (lost, silent, leaving; the message is
 * the reason alone), `protocol-violation` (a reply that does not fit), or `interrupted`.
 */
export interface Inquiry {
  readonly address: Address;
  /** The same id at two addresses is one server. */
  readonly instanceId: string;
  /** Version of the protocol, and what the server can beyond it. */
  readonly protocolVersion: number;
  readonly features: readonly string[];
  /** All files that it offers and that may travel, in code point order. */
  list(): Promise<Answered<readonly ListingEntry[]>>;
  /** What its listing does not have yet; null: it does not tell. */
  pending(): Promise<PendingFiles | null>;
  manifest(name: string): Promise<Answered<ServedManifest>>;
  /** Digests of `count` fragments from `first` (from 1), 32 bytes each; at most PAGE_ITEMS_MAX. Unproved. */
  fragmentDigests(root: HexDigest, first: number, count: number): Promise<Answered<Uint8Array>>;
  /** Digests of all `blocks` blocks of a fragment, 32 bytes each. Unproved. */
  blockDigests(root: HexDigest, fragment: number, blocks: number): Promise<Answered<Uint8Array>>;
  /** Bit i, least significant first: it holds fragment `first + i`; at most PAGE_ITEMS_MAX. */
  have(root: HexDigest, first: number, count: number): Promise<Answered<Uint8Array>>;
  /** One block. At most FETCHES_OUT_MAX at a time; its time is not bounded while bytes come, so close when it is too long. */
  fetchBlock(request: BlockRequest): Promise<FetchedBlock>;
  /** Tells the server, after the proof, that a block it sent is wrong. */
  report(root: HexDigest, fragment: number, block: number): void;
  /** A round trip in milliseconds. */
  ping(): Promise<number>;
  /** Ends the connection; what is still open rejects with `interrupted`. */
  close(): void;
}

/**
 * Opens a connection and greets. Rejects as the questions do; an abort of `signal` rejects with its reason when that
 * is an FdlError, else `interrupted`, and closes an inquiry that is open.
 */
export async function openInquiry(
  address: Address,
  ports: ExchangePorts,
  signal?: AbortSignal,
): Promise<Inquiry> {
  throwIfAborted(signal);
  const exchange = new Exchange(address, ports);
  const onAbort = () => exchange.close(abortErrorOf(signal));
  signal?.addEventListener('abort', onAbort, {once: true});
  const close = (error: FdlError) => {
    signal?.removeEventListener('abort', onAbort);
    exchange.close(error);
  };
  try {
    return new OpenInquiry(address, exchange, ports, await exchange.opened, close);
  } catch (error) {
    signal?.removeEventListener('abort', onAbort);
    throw error;
  }
}

/** Throws what `openInquiry` rejects with after an abort. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortErrorOf(signal);
}

function abortErrorOf(signal: AbortSignal | undefined): FdlError {
  const reason: unknown = signal?.reason;
  return reason instanceof FdlError ? reason : new FdlError('interrupted', 'before all servers had answered');
}

class OpenInquiry implements Inquiry {
  readonly address: Address;
  readonly instanceId: string;
  readonly protocolVersion: number;
  readonly features: readonly string[];
  readonly #exchange: Exchange;
  readonly #ports: ExchangePorts;
  readonly #close: (error: FdlError) => void;

  constructor(
    address: Address,
    exchange: Exchange,
    ports: ExchangePorts,
    {instanceId, version, features}: Welcome,
    close: (error: FdlError) => void,
  ) {
    this.address = address;
    this.instanceId = instanceId;
    this.protocolVersion = version;
    this.features = features;
    this.#exchange = exchange;
    this.#ports = ports;
    this.#close = close;
  }

  async list(): Promise<Answered<readonly ListingEntry[]>> {
    const found: ListingEntry[] = [];
    for (;;) {
      const after = found.at(-1)?.name ?? '';
      const page = await this.#exchange.ask(
        (id) => ({type: 'list', id, after, limit: PAGE_ITEMS_MAX}),
        'listing',
        ({entries, more}) => pageProblem(entries, more, after, FILES_MAX - found.length),
      );
      if (page.kind === 'refused') return page;
      found.push(...page.value.entries);
      if (!page.value.more) return {kind: 'answered', value: found};
    }
  }

  async pending(): Promise<PendingFiles | null> {
    if (!this.features.includes(PENDING_FEATURE)) return null;
    const reply = await this.#exchange.ask((id) => ({type: 'pending', id}), 'pendingReply');
    if (reply.kind === 'refused') return null;
    const {scanned, files} = reply.value;
    return {scanned, files};
  }

  async manifest(name: string): Promise<Answered<ServedManifest>> {
    const {geometry} = this.#ports;
    const reply = await this.#exchange.ask(
      (id) => ({type: 'manifest', id, name}),
      'manifestReply',
      ({blockBytes, fragmentBytes}) =>
        blockBytes === geometry.blockBytes && fragmentBytes === geometry.fragmentBytes
          ? null
          : 'a geometry that fdl/1 does not have',
    );
    return mapped(reply, ({size, sha256, root, modifiedMs, fragmentsHere}) => ({
      manifest: {size, sha256, root, modifiedMs, geometry},
      fragmentsHere,
    }));
  }

  async fragmentDigests(root: HexDigest, first: number, count: number): Promise<Answered<Uint8Array>> {
    const reply = await this.#exchange.ask(
      (id) => ({type: 'digests', id, root, first, count}),
      'digestsReply',
      ({digests}) => (digests.length === count * DIGEST_BYTES ? null : 'too few or too many digests'),
    );
    return mapped(reply, ({digests}) => digests);
  }

  async blockDigests(root: HexDigest, fragment: number, blocks: number): Promise<Answered<Uint8Array>> {
    const reply = await this.#exchange.ask(
      (id) => ({type: 'blockDigests', id, root, fragment}),
      'blockDigestsReply',
      ({digests}) => (digests.length === blocks * DIGEST_BYTES ? null : 'too few or too many block digests'),
    );
    return mapped(reply, ({digests}) => digests);
  }

  async have(root: HexDigest, first: number, count: number): Promise<Answered<Uint8Array>> {
    const reply = await this.#exchange.ask(
      (id) => ({type: 'have', id, root, first, count}),
      'haveReply',
      ({bitmap}) => (bitmap.length === Math.ceil(count / 8) ? null : 'a bitmap of a wrong length'),
    );
    return mapped(reply, ({bitmap}) => bitmap);
  }

  async fetchBlock({name, manifest, fragment, block, onBytes}: BlockRequest): Promise<FetchedBlock> {
    const {root, size, geometry} = manifest;
    const length = blockLength(size, geometry, fragment, block);
    const {status, bytes} = await this.#exchange.fetch(
      (id) => ({type: 'fetch', id, name, root, fragment, firstBlock: block, count: 1}),
      {fragment, block, length, ...(onBytes !== undefined && {onBytes})},
    );
    if (status.kind === 'busy') {
      const retryAfterMs = Math.min(BUSY_MAX_MS, Math.max(BUSY_MIN_MS, status.retryAfterMs));
      return {...status, retryAfterMs};
    }
    return status.kind === 'error' ? {kind: 'refused', refusal: status.refusal} : {kind: 'block', bytes};
  }

  report(root: HexDigest, fragment: number, block: number): void {
    this.#exchange.tell({type: 'report', id: 0, root, fragment, block});
  }

  async ping(): Promise<number> {
    const {clock} = this.#ports;
    const askedAtMs = clock.now();
    await this.#exchange.ask((id) => ({type: 'ping', id}), 'pong');
    return clock.now() - askedAtMs;
  }

  close(): void {
    this.#close(new FdlError('interrupted', 'the inquiry was closed'));
  }
}

function mapped<From, To>(answer: Answered<From>, change: (value: From) => To): Answered<To> {
  return answer.kind === 'refused' ? answer : {kind: 'answered', value: change(answer.value)};
}

/** What no honest page of a listing is: out of order, without end, or with names that may not travel. */
function pageProblem(
  entries: readonly ListingEntry[],
  more: boolean,
  after: string,
  room: number,
): string | null {
  if (more && entries.length === 0) return 'an empty page of a listing that goes on';
  if (entries.length > room) return `a listing of more than ${FILES_MAX} files`;
  let previous = after;
  for (const {name} of entries) {
    if (nameProblem(name) !== null) return 'a listing with a name that may not travel';
    if (compareNames(previous, name) >= 0) return 'a listing out of order';
    previous = name;
  }
  return null;
}
