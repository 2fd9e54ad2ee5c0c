/** The questions and fetches that are open on one connection, and whether a reply fits one of them. */

import {FdlError} from '../../errors.js';
import {ANSWER_TIMEOUT_MS} from '../../limits.js';
import type {Refusal} from '../../model.js';
import type {EndStatus, FrameHeader, ServerMessage} from '../../protocol/messages.js';
import type {Clock} from '../clock.js';
import type {BlockPlace} from './conversation.js';

/** What a server answers, or why it does not. */
export type Answered<T> =
  | {readonly kind: 'answered'; readonly value: T}
  | {readonly kind: 'refused'; readonly refusal: Refusal};

/** Replies that answer a question by themselves; a fetch ends with `end`. */
export type ReplyType =
  | 'listing'
  | 'pendingReply'
  | 'manifestReply'
  | 'digestsReply'
  | 'blockDigestsReply'
  | 'haveReply'
  | 'pong';

/** One block that is wanted; `length` in bytes. */
export interface WantedBlock {
  readonly fragment: number;
  readonly block: number;
  readonly length: number;
  /** Called with the number of payload bytes that have just come. */
  readonly onBytes?: (bytes: number) => void;
}

/** How the fetch of one block ended, in the server's words; `bytes` are all there with `ok` alone. */
export interface BlockEnd {
  readonly status: EndStatus;
  readonly bytes: Uint8Array;
}

interface Question {
  readonly kind: 'question';
  readonly expects: ReplyType;
  /** Takes the answer, or returns what is wrong with it. */
  readonly settle: (answer: Answered<ServerMessage>) => string | null;
  readonly fail: (error: FdlError) => void;
}

interface Fetch {
  readonly kind: 'fetch';
  readonly wanted: WantedBlock;
  readonly settle: (end: BlockEnd) => void;
  readonly fail: (error: FdlError) => void;
}

export type Request = Question | Fetch;

interface OpenRequest<R extends Request = Request> {
  readonly request: R;
  timer: unknown;
  /** The block of a fetch, once its data has begun to come. */
  bytes: Uint8Array | null;
}

/** Ends of a fetch of one block that we did not cancel. */
const FITTING_ENDS: ReadonlySet<EndStatus['kind']> = new Set(['ok', 'busy', 'error']);

export class OpenRequests {
  readonly #clock: Clock;
  readonly #onSilence: (what: string) => void;
  readonly #open = new Map<number, OpenRequest>();
  #lastId = 0;
  /** The fetch whose data is coming. */
  #current: OpenRequest<Fetch> | null = null;

  /** `onSilence` is called when an answer, or the next byte of one, does not come within ANSWER_TIMEOUT_MS. */
  constructor(clock: Clock, onSilence: (what: string) => void) {
    this.#clock = clock;
    this.#onSilence = onSilence;
  }

  /** Notes a request that is sent now; returns its id. */
  add(request: Request): number {
    this.#lastId++;
    const timer = this.#deadline('no answer');
    this.#open.set(this.#lastId, {request, timer, bytes: null});
    return this.#lastId;
  }

  /** Where the payload of a data frame belongs. Throws FdlError `protocol-violation`. */
  placeOf({id, index, length}: FrameHeader): BlockPlace {
    const open = this.#open.get(id);
    if (!isFetch(open)) throw violation('data for a fetch that is not open');
    const {wanted} = open.request;
    if (open.bytes !== null || index !== wanted.block) throw violation('a block that was not asked for');
    if (length !== wanted.length) throw violation('a block of a wrong length');
    this.#current = open;
    return {ticket: id, fragment: wanted.fragment, block: wanted.block, length};
  }

  /** Memory for the block whose place was asked for last. */
  memoryFor(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (this.#current !== null) this.#current.bytes = bytes;
    return bytes;
  }

  /** So many bytes of that block have come. */
  progressed(bytes: number): void {
    const open = this.#current;
    if (open === null) return;
    this.#clock.clearTimeout(open.timer);
    open.timer = this.#deadline('no byte');
    open.request.wanted.onBytes?.(bytes);
  }

  /** `type` null: a refusal, which fits every question. Throws FdlError `protocol-violation`. */
  answer(id: number, type: ServerMessage['type'] | null, answer: Answered<ServerMessage>): void {
    const open = this.#open.get(id);
    if (open?.request.kind !== 'question' || (type !== null && open.request.expects !== type))
      throw violation('a reply that fits no open request');
    const problem = open.request.settle(answer);
    if (problem !== null) throw violation(problem);
    this.#forget(id, open);
  }

  /** The end of a fetch. Throws FdlError `protocol-violation`. */
  end(id: number, status: EndStatus): void {
    const open = this.#open.get(id);
    if (!isFetch(open)) throw violation('an end of a fetch that is not open');
    if (!FITTING_ENDS.has(status.kind)) throw violation(`a fetch ended as ${status.kind} that was not`);
    if (status.kind === 'ok' && open.bytes === null)
      throw violation('a fetch that ended before its last block');
    this.#forget(id, open);
    open.request.settle({status, bytes: open.bytes ?? new Uint8Array(0)});
  }

  failAll(error: FdlError): void {
    for (const [id, open] of [...this.#open]) {
      this.#forget(id, open);
      open.request.fail(error);
    }
  }

  #forget(id: number, open: OpenRequest): void {
    this.#clock.clearTimeout(open.timer);
    this.#open.delete(id);
  }

  #deadline(what: string): unknown {
    return this.#clock.setTimeout(
      () => this.#onSilence(`${what} within ${ANSWER_TIMEOUT_MS / 1_000} s`),
      ANSWER_TIMEOUT_MS,
    );
  }
}

function isFetch(open: OpenRequest | undefined): open is OpenRequest<Fetch> {
  return open?.request.kind === 'fetch';
}

function violation(detail: string): FdlError {
  return new FdlError('protocol-violation', detail);
}
