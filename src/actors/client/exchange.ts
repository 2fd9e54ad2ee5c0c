/**
 * One socket to a server on which questions are asked and answered, outside of a download. Whatever does not fit, a
 * silence or a cut ends it, and with it every question that is open. What to ask is the business of inquiry.ts.
 */

import {FdlError} from '../../errors.js';
import {CONNECT_TIMEOUT_MS, PARKING_BYTES, WELCOME_TIMEOUT_MS} from '../../limits.js';
import type {Address, Geometry, Refusal} from '../../model.js';
import {decodeServer, encodeClient} from '../../protocol/codec.js';
import {foreignProtocol} from '../../protocol/foreign.js';
import {
  BUNDLE_FEATURE,
  type ClientMessage,
  MAGIC,
  PENDING_FEATURE,
  type ServerMessage,
  VERSION,
} from '../../protocol/messages.js';
import {REFUSAL_WORDS} from '../../report.js';
import type {Clock} from '../clock.js';
import type {Dial, OpenSocket} from './dial.js';
import {FrameIntake} from './frame-intake.js';
import {
  type Answered,
  type BlockEnd,
  OpenRequests,
  type ReplyType,
  type Request,
  type WantedBlock,
} from './open-requests.js';

/** The outside world of a question. */
export interface ExchangePorts {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly geometry: Geometry;
}

export type Welcome = Extract<ServerMessage, {readonly type: 'welcome'}>;
type Reply<Type extends ReplyType> = Extract<ServerMessage, {readonly type: Type}>;

type State =
  | {readonly kind: 'dialling' | 'greeting' | 'open'}
  | {readonly kind: 'closed'; readonly error: FdlError};

/** One connection. `opened` settles first; then questions may be asked until `close`, or until it ends by itself. */
export class Exchange {
  readonly #ports: ExchangePorts;
  readonly #socket: OpenSocket;
  readonly #intake: FrameIntake;
  readonly #requests: OpenRequests;
  readonly #memory = new Uint8Array(PARKING_BYTES);
  readonly #welcomed: {settle(welcome: Welcome): void; fail(error: FdlError): void};
  #state: State = {kind: 'dialling'};
  /** Rings when the connection or the welcome does not come. */
  #timer: unknown;
  #hasHeard = false;
  /** Something without an answer was said: it must have left before the socket goes. */
  #hasTold = false;
  /** The server's welcome. Rejects with FdlError `no-server-reachable`, `protocol-violation`, or what `close` was given. */
  readonly opened: Promise<Welcome>;

  constructor(address: Address, ports: ExchangePorts) {
    this.#ports = ports;
    const {promise, resolve, reject} = promiseOf<Welcome>();
    this.opened = promise;
    this.#welcomed = {settle: resolve, fail: reject};
    this.#requests = new OpenRequests(ports.clock, (what) => this.close(unreachable(what)));
    this.#intake = this.#createIntake();
    this.#timer = this.#deadline(CONNECT_TIMEOUT_MS, 'no connection');
    this.#socket = ports.dial(address, {
      memory: () => this.#memory,
      received: (count) => this.#received(this.#memory.subarray(0, count)),
      opened: () => this.#greet(),
      closed: (reason) => this.close(unreachable(reason)),
    });
  }

  /** Asks one question; the answer has the type `expects` and no problem, or is a refusal. */
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
    });
    return promise;
  }

  /** Fetches one block. Silence is bounded, the time of the whole is not: close when it takes too long. */
  fetch(message: (id: number) => ClientMessage, wanted: WantedBlock): Promise<BlockEnd> {
    const {promise, resolve, reject} = promiseOf<BlockEnd>();
    this.#send(message, {kind: 'fetch', wanted, settle: resolve, fail: reject});
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
    this.#requests.failAll(error);
  }

  #send(message: (id: number) => ClientMessage, request: Request): void {
    if (this.#state.kind === 'closed') return request.fail(this.#state.error);
    this.#socket.write(encodeClient(message(this.#requests.add(request))));
  }

  #greet(): void {
    if (this.#state.kind !== 'dialling') return;
    this.#state = {kind: 'greeting'};
    this.#ports.clock.clearTimeout(this.#timer);
    this.#timer = this.#deadline(WELCOME_TIMEOUT_MS, 'no welcome');
    const versions = {minVersion: VERSION, maxVersion: VERSION};
    this.#socket.write(MAGIC);
    // Named so that the server's answer tells whether it has it.
    const features = [BUNDLE_FEATURE, PENDING_FEATURE];
    this.#socket.write(encodeClient({type: 'hello', id: 0, ...versions, features, credentials: null}));
  }

  /** Blocks get memory of their own, at most FETCHES_OUT_MAX of them: there are no slabs outside of a download. */
  #createIntake(): FrameIntake {
    return new FrameIntake({
      takeSlab: () => 0,
      slabView: (_, length) => this.#requests.memoryFor(length),
      giveSlab: () => {},
      placeOf: (header) => this.#requests.placeOf(header),
      onControl: (header, payload) => this.#heard(decodeServer(header, payload)),
      onBlock: () => {},
      onPayload: (bytes) => this.#requests.progressed(bytes),
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

  #heard(message: ServerMessage): void {
    if (message.type === 'error') return this.#refused(message.id, message.refusal);
    if (message.type === 'goodbye') return this.close(unreachable('it is shutting down'));
    if (message.type === 'welcome') return this.#welcome(message);
    if (this.#state.kind !== 'open') throw violation('a reply before the welcome');
    if (message.type === 'end') return this.#requests.end(message.id, message.status);
    this.#requests.answer(message.id, message.type, {kind: 'answered', value: message});
  }

  #welcome(welcome: Welcome): void {
    if (this.#state.kind !== 'greeting') throw violation('a second welcome');
    if (welcome.version !== VERSION) throw violation(`a welcome to version ${welcome.version}`);
    this.#ports.clock.clearTimeout(this.#timer);
    this.#state = {kind: 'open'};
    this.#welcomed.settle(welcome);
  }

  /** An error frame: id 0 refuses the connection, another one a question. */
  #refused(id: number, refusal: Refusal): void {
    if (id !== 0) return this.#requests.answer(id, null, {kind: 'refused', refusal});
    const words = refusal.code === 'draining' ? 'it is shutting down' : REFUSAL_WORDS[refusal.code];
    this.close(unreachable(words ?? refusal.code, refusal));
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
