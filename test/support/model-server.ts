/**
 * A server as numbers: a rate, a round trip, faults at given times. It speaks to the connection machine as a link
 * would; bytes are only counted.
 */

import {blockLength, fragmentCount} from '../../src/geometry.js';
import type {BlockReceived, DatedManifest} from '../../src/machines/events.js';
import type {LinkCommand, LinkEvent} from '../../src/machines/link-events.js';
import type {Geometry, RefusalCode, Run} from '../../src/model.js';
import type {VirtualClock} from './virtual-clock.js';

/** From and to, in milliseconds of virtual time. */
export type Period = readonly [fromMs: number, toMs: number];

export interface ModelServer {
  /** Bytes per second at a time; 0 is a frozen server. */
  readonly rate: number | ((atMs: number) => number);
  /** All its connections together have the rate; each has it for itself unless given. */
  readonly isShared?: boolean;
  /** While it sends nothing, and keeps its connections. */
  readonly frozen?: readonly Period[];
  readonly rttMs?: number;
  /** While it refuses fetches, naming `retryAfterMs`. */
  readonly busy?: readonly Period[];
  readonly retryAfterMs?: number;
  /** Every n-th block it sends is wrong. */
  readonly wrongEvery?: number;
  /** Its connections are cut at these times. */
  readonly cutsAtMs?: readonly number[];
  /** While it cannot be reached. */
  readonly down?: readonly Period[];
  /** It says goodbye at these times, finishes what was asked, and is there again. */
  readonly goodbyesAtMs?: readonly number[];
  /** It breaks the protocol then. */
  readonly violatesAtMs?: number;
  /** From then on it has another version of the file. */
  readonly replacedAtMs?: number;
  /** It is still cutting the file until then. */
  readonly indexedAtMs?: number;
  /** Answers the question for the file with this. */
  readonly refuses?: RefusalCode;
  /** Something else listens there. */
  readonly isForeign?: boolean;
  /** Its fragment digests, or those of blocks, do not make up what they should. */
  readonly wrongDigests?: 'fragments' | 'blocks';
  /** Fragments it holds; all unless given. */
  readonly holds?: readonly number[];
  /** Fragments it says it holds and then refuses. */
  readonly lacks?: readonly number[];
  readonly root?: string;
  /** Servers of one instance are one. */
  readonly instance?: string;
}

export interface ModelLinkOptions {
  readonly server: ModelServer;
  readonly clock: VirtualClock;
  readonly meter: {count(bytes: number): void};
  readonly geometry: Geometry;
  readonly manifest: DatedManifest;
  readonly instanceId: string;
  readonly notify: (event: LinkEvent) => void;
  readonly onReceived: (block: Omit<BlockReceived, 'type' | 'connection'>) => void;
  readonly onFetch: (run: Run) => void;
  readonly onRefused: (retryAfterMs: number) => void;
  readonly onViolated: () => void;
  /** How many connections of this server are sending, all together. */
  readonly senders: {count: number};
  /** A block left; returns how many blocks the server has sent by now. */
  readonly onBlock: () => number;
}

/** The slab number of a block that hashes wrong. */
export const WRONG_SLAB = 1;
/** First byte of digests that prove nothing. */
export const WRONG_DIGEST = 0xff;
const CHUNK_MS = 20;
/** A frozen server is looked at this often. */
const FROZEN_MS = 100;
const ANOTHER_ROOT = 'e'.repeat(64);

interface Queued {
  readonly ticket: number;
  readonly run: Run;
  next: number;
  isCancelled: boolean;
}

type Untimed<Event> = Event extends LinkEvent ? Omit<Event, 'atMs'> : never;

/** One connection to a model server. */
export class ModelLink {
  readonly #o: ModelLinkOptions;
  readonly #queue: Queued[] = [];
  #sentOfBlock = 0;
  #isSending = false;
  #isClosed = false;
  #isLeaving = false;

  constructor(options: ModelLinkOptions) {
    this.#o = options;
    const {server} = options;
    if (isWithin(server.down, options.clock.now())) {
      this.#later(() => this.#lose('failed', 'connection refused'), 1);
      return;
    }
    this.#later(() => this.#say({type: 'link.opened'}), this.#rttMs);
    this.#at(server.cutsAtMs ?? [], () => this.#lose('failed', 'connection reset'));
    this.#at(
      (server.down ?? []).map(([fromMs]) => fromMs),
      () => this.#lose('failed', 'connection reset'),
    );
    this.#at(server.goodbyesAtMs ?? [], () => {
      this.#isLeaving = true;
      this.#say({type: 'link.goodbye'});
    });
    this.#at(server.violatesAtMs === undefined ? [] : [server.violatesAtMs], () => this.#violate());
  }

  get #rttMs(): number {
    return this.#o.server.rttMs ?? 1;
  }

  close(): void {
    this.#isClosed = true;
    this.#setSending(false);
  }

  command(command: LinkCommand): void {
    const {server} = this.#o;
    switch (command.type) {
      case 'link.greet':
        return this.#greet();
      case 'link.survey':
        return this.#answer({
          type: 'link.surveyed',
          first: command.first,
          bitmap: bitmapOf(server.holds ?? [], command),
        });
      case 'link.askFragmentDigests': {
        const digests = digestsOf(command.count, server.wrongDigests === 'fragments');
        return this.#answer({type: 'link.fragmentDigests', first: command.first, digests});
      }
      case 'link.askBlockDigests': {
        const {fragment, blocks} = command;
        if (server.lacks?.includes(fragment)) return this.#refuseDigests(fragment);
        const digests = digestsOf(blocks, server.wrongDigests === 'blocks');
        return this.#answer({type: 'link.blockDigests', fragment, digests});
      }
      case 'link.ping':
        return this.#answer({type: 'link.ponged'});
      case 'link.abandon':
        return this.#lose(this.#isLeaving ? 'goodbye' : 'failed', command.reason);
      case 'link.cancel':
        for (const queued of this.#queue) if (queued.ticket === command.ticket) queued.isCancelled = true;
        return;
      case 'link.fetch':
        return this.#fetch(command.ticket, command.run);
      case 'link.complain':
        return;
    }
  }

  #greet(): void {
    const {clock, server, manifest, geometry, instanceId} = this.#o;
    if (server.isForeign === true) {
      return this.#later(() => this.#lose('not-fdl', 'that port speaks HTTP, not fdl'), this.#rttMs);
    }
    this.#answer({type: 'link.welcomed', instanceId});
    const refusal =
      clock.now() < (server.indexedAtMs ?? 0)
        ? {code: 'indexing' as const, message: '', progressPermille: 500}
        : server.refuses === undefined
          ? null
          : {code: server.refuses, message: '', progressPermille: null};
    if (refusal !== null) return this.#answer({type: 'link.refused', refusal});
    const fragmentsHere = server.holds?.length ?? fragmentCount(manifest.size, geometry);
    const isReplaced = clock.now() >= (server.replacedAtMs ?? Number.POSITIVE_INFINITY);
    const offered = isReplaced ? {...manifest, root: ANOTHER_ROOT} : manifest;
    this.#answer({type: 'link.manifested', manifest: offered, fragmentsHere});
  }

  #refuseDigests(fragment: number): void {
    const refusal = {code: 'fragment-not-here' as const, message: '', progressPermille: null};
    this.#answer({type: 'link.digestsRefused', fragment, refusal});
  }

  #fetch(ticket: number, run: Run): void {
    this.#o.onFetch(run);
    this.#later(() => this.#accept(ticket, run), this.#rttMs);
  }

  #accept(ticket: number, run: Run): void {
    const {clock, server, onRefused} = this.#o;
    if (isWithin(server.busy, clock.now())) {
      const retryAfterMs = server.retryAfterMs ?? 1_000;
      onRefused(retryAfterMs);
      return this.#say({type: 'link.ended', ticket, end: {kind: 'busy', retryAfterMs}});
    }
    const code = this.#refusalOf(run);
    if (code !== null) {
      const refusal = {code, message: '', progressPermille: null};
      return this.#say({type: 'link.ended', ticket, end: {kind: 'refused', refusal}});
    }
    this.#queue.push({ticket, run, next: run.first, isCancelled: false});
    if (!this.#isSending) this.#send();
  }

  #refusalOf({fragment}: Run): RefusalCode | null {
    const {clock, server} = this.#o;
    if (this.#isLeaving) return 'draining';
    if (clock.now() >= (server.replacedAtMs ?? Number.POSITIVE_INFINITY)) return 'stale-root';
    return server.lacks?.includes(fragment) === true ? 'fragment-not-here' : null;
  }

  #send(): void {
    const {clock, server, meter, manifest, geometry} = this.#o;
    const [current] = this.#queue;
    this.#setSending(current !== undefined && !this.#isClosed);
    if (current === undefined || this.#isClosed) return;
    if (current.isCancelled && this.#sentOfBlock === 0) return this.#end(current, 'cancelled');
    const rate = rateAt(server, clock.now()) / (server.isShared === true ? this.#o.senders.count : 1);
    if (rate === 0) return this.#later(() => this.#send(), FROZEN_MS);
    const left = blockLength(manifest.size, geometry, current.run.fragment, current.next) - this.#sentOfBlock;
    const bytes = Math.min(left, Math.max(1, Math.floor((rate * CHUNK_MS) / 1000)));
    this.#later(
      () => {
        meter.count(bytes);
        this.#sentOfBlock += bytes;
        if (bytes === left) this.#endBlock(current);
        this.#send();
      },
      (bytes / rate) * 1000,
    );
  }

  #setSending(isSending: boolean): void {
    if (isSending !== this.#isSending) this.#o.senders.count += isSending ? 1 : -1;
    this.#isSending = isSending;
  }

  #endBlock(current: Queued): void {
    const {server, onBlock} = this.#o;
    const sent = onBlock();
    const isWrong = server.wrongEvery !== undefined && sent % server.wrongEvery === 0;
    const block = current.next++;
    const length = this.#sentOfBlock;
    this.#sentOfBlock = 0;
    const {ticket, run} = current;
    const slab = isWrong ? WRONG_SLAB : 0;
    const place = {ticket, fragment: run.fragment, block, slab, length};
    if (!this.#isClosed) this.#o.onReceived({atMs: this.#o.clock.now(), ...place});
    if (current.next === run.end) this.#end(current, 'ok');
  }

  #end(current: Queued, kind: 'ok' | 'cancelled'): void {
    this.#queue.shift();
    this.#say({type: 'link.ended', ticket: current.ticket, end: {kind}});
    if (kind === 'cancelled') this.#send();
  }

  #violate(): void {
    this.#o.onViolated();
    this.#say({type: 'link.violated', detail: 'a block out of order'});
    this.#isClosed = true;
  }

  #lose(cause: 'failed' | 'goodbye' | 'not-fdl', reason: string): void {
    this.#say({type: 'link.lost', cause, reason});
    this.#isClosed = true;
  }

  #answer(event: Untimed<LinkEvent>): void {
    this.#later(() => this.#say(event), this.#rttMs);
  }

  #say(event: Untimed<LinkEvent>): void {
    if (!this.#isClosed) this.#o.notify({...event, atMs: this.#o.clock.now()} as LinkEvent);
  }

  #at(times: readonly number[], act: () => void): void {
    const nowMs = this.#o.clock.now();
    for (const atMs of times) if (atMs > nowMs) this.#later(act, atMs - nowMs);
  }

  #later(act: () => void, ms: number): void {
    this.#o.clock.setTimeout(() => {
      if (!this.#isClosed) act();
    }, ms);
  }
}

function rateAt({rate, frozen}: ModelServer, atMs: number): number {
  if (isWithin(frozen, atMs)) return 0;
  return typeof rate === 'function' ? rate(atMs) : rate;
}

function isWithin(periods: readonly Period[] | undefined, atMs: number): boolean {
  return periods?.some(([fromMs, toMs]) => atMs >= fromMs && atMs < toMs) ?? false;
}

function digestsOf(count: number, isWrong: boolean): Uint8Array {
  const digests = new Uint8Array(32 * count);
  if (isWrong) digests[0] = WRONG_DIGEST;
  return digests;
}

function bitmapOf(holds: readonly number[], {first, count}: {first: number; count: number}): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(count / 8));
  for (const fragment of holds) {
    const bit = fragment - first;
    if (bit >= 0 && bit < count) bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return bitmap;
}
