/**
 * One socket to a server on which questions are asked and answered, outside of a download. Knows which replies fit;
 * whatever does not, a silence or a cut ends it, and with it every question that is open. What to ask is the
 * business of inquiry.ts.
 */

import {FdlError} from '../../errors.js';
import {ANSWER_TIMEOUT_MS, CONNECT_TIMEOUT_MS, PARKING_BYTES, WELCOME_TIMEOUT_MS} from '../../limits.js';
import type {Address, Geometry, Refusal} from '../../model.js';
import {decodeServer, encodeClient} from '../../protocol/codec.js';
import {foreignProtocol} from '../../protocol/foreign.js';
import {
  type ClientMessage,
  type EndStatus,
  type FrameHeader,
  MAGIC,
  type ServerMessage,
  VERSION,
} from '../../protocol/messages.js';
import {REFUSAL_WORDS} from '../../report.js';
import type {Clock} from '../clock.js';
import type {BlockPlace} from './conversation.js';
import type {Dial, OpenSocket} from './dial.js';
import {FrameIntake} from './frame-intake.js';

/** The outside world of a question. */
export interface ExchangePorts {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly geometry: Geometry;
}

/** What a server answers, or why it does not. */
export type Answered<T> =
  | {readonly kind: 'answered'; readonly value: T}
  | {readonly kind: 'refused'; readonly refusal: Refusal};

export type Welcome = Extract<ServerMessage, {readonly type: 'welcome'}>;
/** Replies that answer a question by themselves; a fetch ends with `end`. */
type ReplyType = 'listing' | 'manifestReply' | 'digestsReply' | 'blockDigestsReply' | 'haveReply' | 'pong';
type Reply<Type extends ReplyType> = Extract<ServerMessage, {readonly type: Type}>;

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
  /** What is wrong with a reply; null: nothing. */
  readonly settle: (answer: Answered<ServerMessage>) => string | null;
  readonly fail: (error: FdlError) => void;
  timer: unknown;
}

interface Fetch {
  readonly kind: 'fetch';
  readonly wanted: WantedBlock;
  readonly settle: (end: BlockEnd) => void;
  readonly fail: (error: FdlError) => void;
  bytes: Uint8Array | null;
  timer: unknown;
}

type State =
  | {readonly kind: 'dialling' | 'greeting'}
  | {readonly kind: 'open'}
  | {readonly kind: 'closed'; readonly error: FdlError};

/** One connection. `opened` settles first; then questions may be asked until `close`, or until it ends by itself. */
export class Exchange {
  readonly #ports: ExchangePorts;
  readonly #socket: OpenSocket;
  readonly #intake: FrameIntake;
  readonly #memory = new Uint8Array(PARKING_BYTES);
  readonly #open = new Map<number, Question | Fetch>();
  readonly #welcomed: {settle(welcome: Welcome): void; fail(error: FdlError): void};
  #state: State = {kind: 'dialling'};
  #timer: unknown;
  #hasHeard = false;
  /** Something without an answer was said: it must have left before the socket goes. */
  #hasTold = false;
  #lastId = 0;
  /** The fetch whose data is coming. */
  #current: Fetch | null = null;
  /** The server's welcome. Rejects with FdlError `no-server-reachable`, `protocol-violation`, or what `close` was given. */
  readonly opened: Promise<Welcome>;

  constructor(address: Address, ports: ExchangePorts) {
    this.#ports = ports;
    const {promise, resolve, reject} = promiseOf<Welcome>();
    this.opened = promise;
    this.#welcomed = {settle: resolve, fail: reject};
    this.#intake = this.#createIntake();
    this.#timer = this.#deadline(CONNECT_TIMEOUT_MS, 'no connection');
    this.#socket = ports.dial(address, {
      memory: () => this.#memory,
      received: (count) => this.#received(this.#memory.subarray(0, count)),
      opened: () => this.#greet(),
      closed: (reason) => this.close(unreachable(reason)),
    });
  }

  /** Asks one question; the answer has the type `expects` and passed `problemOf`, or is a refusal. */
  ask<Type extends ReplyType>(
    message: (id: number) => ClientMessage,
    expects: Type,
    problemOf: (reply: Reply<Type>) => string | null = () => null,
  ): Promise<Answered<Reply<Type>>> {
    const {promise, resolve, reject} = promiseOf<Answered<Reply<Type>>>();
    this.#send(message, {
      kind: 'question',
      expects,
      settle: (answer) => {
        const problem = answer.kind === 'answered' ? problemOf(answer.value as Reply<Type>) : null;
        if (problem === null) resolve(answer as Answered<Reply<Type>>);
        return problem;
      },
      fail: reject,
      timer: this.#deadline(ANSWER_TIMEOUT_MS, 'no answer'),
    });
    return promise;
  }

  /** Fetches one block. Silence is bounded, the time of the whole is not: close when it takes too long. */
  fetch(message: (id: number) => ClientMessage, wanted: WantedBlock): Promise<BlockEnd> {
    const {promise, resolve, reject} = promiseOf<BlockEnd>();
    const timer = this.#deadline(ANSWER_TIMEOUT_MS, 'no answer');
    this.#send(message, {kind: 'fetch', wanted, settle: resolve, fail: reject, bytes: null, timer});
    return promise;
  }

  /** Says something that has no answer. */
  tell(message: ClientMessage): void {
    if (this.#state.kind !== 'open') return;
    this.#hasTold = true;
    this.#socket.write(encodeClient(message));
  }

  /** Ends it: whatever is open, and whatever is asked from now on, fails with `error`. What was told still leaves. */
  close(error: FdlError): void {
    if (this.#state.kind === 'closed') return;
    this.#state = {kind: 'closed', error};
    this.#ports.clock.clearTimeout(this.#timer);
    this.#intake.close();
    if (this.#hasTold) this.#socket.end();
    else this.#socket.destroy();
    this.#welcomed.fail(error);
    for (const request of this.#open.values()) {
      this.#ports.clock.clearTimeout(request.timer);
      request.fail(error);
    }
    this.#open.clear();
  }

  #send(message: (id: number) => ClientMessage, request: Question | Fetch): void {
    if (this.#state.kind === 'closed') {
      this.#ports.clock.clearTimeout(request.timer);
      return request.fail(this.#state.error);
    }
    this.#lastId++;
    this.#open.set(this.#lastId, request);
    this.#socket.write(encodeClient(message(this.#lastId)));
  }

  #greet(): void {
    if (this.#state.kind !== 'dialling') return;
    this.#state = {kind: 'greeting'};
    this.#ports.clock.clearTimeout(this.#timer);
    this.#timer = this.#deadline(WELCOME_TIMEOUT_MS, 'no welcome');
    const versions = {minVersion: VERSION, maxVersion: VERSION};
    this.#socket.write(MAGIC);
    this.#socket.write(encodeClient({type: 'hello', id: 0, ...versions, features: [], credentials: null}));
  }

  #createIntake(): FrameIntake {
    return new FrameIntake({
      takeSlab: () => 0,
      slabView: (_, length) => {
        const bytes = new Uint8Array(length);
        if (this.#current !== null) this.#current.bytes = bytes;
        return bytes;
      },
      giveSlab: () => {},
      placeOf: (header) => this.#placeOf(header),
      onControl: (header, payload) => this.#heard(decodeServer(header, payload)),
      onBlock: () => {},
      onPayload: (bytes) => this.#progressed(bytes),
    });
  }

  #received(bytes: Uint8Array): void {
    if (this.#state.kind === 'closed') return;
    const foreign = this.#hasHeard ? null : foreignProtocol(bytes);
    this.#hasHeard = true;
    if (foreign !== null) return this.close(unreachable(`that port speaks ${foreign}, not fdl`));
    try {
      this.#intake.feed(bytes);
    } catch (error) {
      if (!(error instanceof FdlError)) throw error;
      this.close(error);
    }
  }

  #placeOf({id, index, length}: FrameHeader): BlockPlace {
    const fetch = this.#open.get(id);
    if (fetch?.kind !== 'fetch') throw violation('data for a fetch that is not open');
    const {fragment, block} = fetch.wanted;
    if (fetch.bytes !== null || index !== block) throw violation('a block that was not asked for');
    if (length !== fetch.wanted.length) throw violation('a block of a wrong length');
    this.#current = fetch;
    return {ticket: id, fragment, block, length};
  }

  #progressed(bytes: number): void {
    const fetch = this.#current;
    if (fetch === null) return;
    this.#ports.clock.clearTimeout(fetch.timer);
    fetch.timer = this.#deadline(ANSWER_TIMEOUT_MS, 'no byte');
    fetch.wanted.onBytes?.(bytes);
  }

  #heard(message: ServerMessage): void {
    if (message.type === 'error') return this.#refused(message.id, message.refusal);
    if (message.type === 'goodbye') return this.close(unreachable('it is shutting down'));
    if (message.type === 'welcome') return this.#welcome(message);
    if (this.#state.kind !== 'open') throw violation('a reply before the welcome');
    if (message.type === 'end') return this.#end(message.id, message.status);
    this.#answer(message.id, message.type, {kind: 'answered', value: message});
  }

  #welcome(welcome: Welcome): void {
    if (this.#state.kind !== 'greeting') throw violation('a second welcome');
    if (welcome.version !== VERSION) throw violation(`a welcome to version ${welcome.version}`);
    this.#ports.clock.clearTimeout(this.#timer);
    this.#state = {kind: 'open'};
    this.#welcomed.settle(welcome);
  }

  #answer(id: number, type: ServerMessage['type'] | null, answer: Answered<ServerMessage>): void {
    const question = this.#open.get(id);
    if (question?.kind !== 'question' || (type !== null && question.expects !== type))
      throw violation('a reply that fits no open request');
    const problem = question.settle(answer);
    if (problem !== null) throw violation(problem);
    this.#forget(id, question);
  }

  #end(id: number, status: EndStatus): void {
    const fetch = this.#open.get(id);
    if (fetch?.kind !== 'fetch') throw violation('an end of a fetch that is not open');
    if (status.kind === 'ok' && fetch.bytes === null)
      throw violation('a fetch that ended before its last block');
    if (status.kind === 'cancelled' || status.kind === 'complete' || status.kind === 'delivered')
      throw violation(`a fetch ended as ${status.kind} that was not`);
    this.#forget(id, fetch);
    fetch.settle({status, bytes: fetch.bytes ?? new Uint8Array(0)});
  }

  /** An error frame: id 0 refuses the connection, another one a question. */
  #refused(id: number, refusal: Refusal): void {
    if (id !== 0) return this.#answer(id, null, {kind: 'refused', refusal});
    const words = refusal.code === 'draining' ? 'it is shutting down' : REFUSAL_WORDS[refusal.code];
    this.close(unreachable(words ?? refusal.code, refusal));
  }

  #forget(id: number, request: Question | Fetch): void {
    this.#ports.clock.clearTimeout(request.timer);
    this.#open.delete(id);
  }

  #deadline(afterMs: number, what: string): unknown {
    return this.#ports.clock.setTimeout(
      () => this.close(unreachable(`${what} within ${afterMs / 1_000} s`)),
      afterMs,
    );
  }
}

/** A promise with its two ends in hand. */
function promiseOf<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: FdlError) => void = () => {};
  const promise = new Promise<T>((...ends) => {
    [resolve, reject] = ends;
  });
  return {promise, resolve, reject};
}

/** The message is the reason alone, in a few words: who asks knows whom. */
function unreachable(reason: string, refusal?: Refusal): FdlError {
  return new FdlError('no-server-reachable', reason, {
    hint: 'Check that the server runs and that its address is right.',
    cause: refusal,
  });
}

function violation(detail: string): FdlError {
  return new FdlError('protocol-violation', detail);
}
