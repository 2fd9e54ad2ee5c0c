/** One client's connection: bytes in become events of the session machine, its actions become frames. */

import {type ActorRefFrom, createActor} from 'xstate';
import {FdlError} from '../../errors.js';
import {CONTROL_BYTES_MAX, REQUESTS_WAITING_MAX} from '../../limits.js';
import {type SessionCommand, type SessionEvent, sessionMachine} from '../../machines/session.js';
import type {RefusalCode} from '../../model.js';
import {decodeClient, encodeServer} from '../../protocol/codec.js';
import {type ControlFrame, ControlReader} from '../../protocol/frame-reader.js';
import {type ClientMessage, MAGIC, type ServerMessage, VERSION} from '../../protocol/messages.js';
import type {Clock} from '../clock.js';
import type {RateLimit} from '../rate-limit.js';
import type {ServeTrace} from '../trace/serve-trace.js';
import {answerTo} from './answers.js';
import type {BufferShelf} from './block-buffers.js';
import type {Duplex} from './duplex.js';
import {FetchLane} from './fetch-lane.js';
import type {FragmentStore} from './fragment-store.js';
import {FrameWriter} from './frame-writer.js';
import {commonFeatures, eventOf, featureOf, type Hello, refusal, versionProblem} from './session-words.js';
import type {Slots} from './slots.js';
import type {Tally} from './tally.js';

/** What all sessions of a server share. */
export interface SessionHouse {
  readonly store: FragmentStore;
  readonly slots: Slots;
  readonly shelf: BufferShelf;
  readonly limit: RateLimit | null;
  readonly tally: Tally;
  /** Null: nothing is traced. */
  readonly trace: ServeTrace | null;
  readonly clock: Clock;
  /** 16 random bytes of this server process, hex. */
  readonly instanceId: string;
}

/** How a session went, for the log. */
export interface SessionSummary {
  readonly reason: string;
  /** Payload given to the socket. */
  readonly bytes: number;
  readonly busyReplies: number;
}

export interface SessionOptions {
  /** Number of this connection, never used twice by a server. */
  readonly connection: number;
  readonly onClosed: (summary: SessionSummary) => void;
}

export interface Session {
  /** Says goodbye, finishes what is under way, then closes. */
  drain(): void;
  /** Closes at once. */
  cut(): void;
}

/** Serves one client until either side ends. */
export function startSession(socket: Duplex, house: SessionHouse, options: SessionOptions): Session {
  return new ClientSession(socket, house, options);
}

class ClientSession implements Session {
  readonly #socket: Duplex;
  readonly #house: SessionHouse;
  readonly #options: SessionOptions;
  readonly #machine: ActorRefFrom<typeof sessionMachine>;
  readonly #writer: FrameWriter;
  #fetches: FetchLane | null = null;
  readonly #reader = new ControlReader();
  /** What both sides speak beyond the version itself. */
  #features: readonly string[] = [];
  /** Magic bytes seen so far. */
  #magic = 0;
  /** The message an event is about, while the machine decides. */
  #current: ClientMessage | null = null;
  /** Questions to be answered, in order, beside the transfer. */
  readonly #questions: ClientMessage[] = [];
  #answering = false;
  #closed = false;

  constructor(socket: Duplex, house: SessionHouse, options: SessionOptions) {
    this.#socket = socket;
    this.#house = house;
    this.#options = options;
    this.#writer = new FrameWriter(socket, house.clock, house.limit, () =>
      this.#lost('the client did not read'),
    );
    const inspect = house.trace?.inspector(options.connection);
    this.#machine = createActor(sessionMachine, {clock: house.clock, ...(inspect && {inspect})});
    this.#machine.on('*', (command) => this.#carryOut(command));
    this.#machine.subscribe({error: (error) => this.#close(`unexpected: ${String(error)}`)});
    this.#machine.start();
    this.#listen();
  }

  drain(): void {
    this.#tell({type: 'session.drain'});
  }

  cut(): void {
    this.#tell({type: 'session.cut'});
  }

  /** What the machine decided. A mistake in here must cost this client and nobody else. */
  #carryOut(command: SessionCommand): void {
    try {
      this.#do(command);
    } catch (error) {
      this.#close(`unexpected: ${String(error)}`);
    }
  }

  #do(command: SessionCommand): void {
    switch (command.type) {
      case 'welcome.send': {
        const {instanceId} = this.#house;
        if (this.#current?.type === 'hello') this.#features = commonFeatures(this.#current);
        const features = this.#features;
        void this.#send({type: 'welcome', id: command.id, version: VERSION, features, instanceId});
        break;
      }
      case 'request.answer':
        this.#question();
        break;
      case 'fetch.start':
        if (this.#current?.type === 'fetch' || this.#current?.type === 'bundle')
          this.#fetchLane().push(this.#current);
        break;
      case 'fetch.refuse': {
        const {id, code, detail} = command;
        void this.#send({type: 'end', id, status: {kind: 'error', refusal: refusal(code, detail)}});
        break;
      }
      case 'fetch.cancel':
        this.#fetches?.cancel(command.id);
        break;
      case 'report.note':
        this.#report();
        break;
      case 'goodbye.send':
        void this.#send({type: 'goodbye', id: 0, lastId: command.lastId});
        break;
      case 'session.refuse':
        this.#refuseAll(command.code, command.detail);
        break;
      case 'link.halfClose':
        this.#questions.length = 0;
        this.#writer.end();
        break;
      case 'link.close':
        this.#close(command.reason);
    }
  }

  /** Made with the first fetch: thousands of clients may be connected and only ask. */
  #fetchLane(): FetchLane {
    this.#fetches ??= new FetchLane({
      ...this.#house,
      writer: this.#writer,
      connection: this.#options.connection,
      address: this.#socket.remoteAddress ?? '',
      onEnd: (id, status) => {
        this.#house.tally.ended(status);
        this.#writer.afterData(encodeServer({type: 'end', id, status}));
        this.#tell({type: 'fetch.ended', id});
      },
    });
    return this.#fetches;
  }

  #listen(): void {
    this.#socket.on('data', (bytes) => {
      try {
        this.#receive(bytes);
      } catch (error) {
        if (error instanceof FdlError && error.code === 'protocol-violation') {
          this.#tell({type: 'peer.violated', code: 'bad-request', detail: error.message});
        } else {
          this.#lost(`unexpected: ${String(error)}`);
        }
      }
    });
    this.#socket.on('end', () => this.#tell({type: 'peer.ended'}));
    this.#socket.on('error', (error) =>
      this.#lost((error as NodeJS.ErrnoException).code ?? 'the socket failed'),
    );
    this.#socket.on('close', () => this.#lost('the connection was lost'));
  }

  /** To the machine, unless it has ended. */
  #tell(event: SessionEvent): void {
    if (!this.#closed) this.#machine.send(event);
  }

  #lost(reason: string): void {
    this.#tell({type: 'link.lost', reason});
  }

  #receive(bytes: Buffer): void {
    const rest = this.#takeMagic(bytes);
    // After a violation or a goodbye, what still comes is read and forgotten.
    if (rest === null || this.#isOver()) return;
    for (const frame of this.#reader.push(rest)) {
      this.#take(frame);
      if (this.#isOver()) return;
    }
  }

  /** What follows the magic bytes; null while there is nothing. Other bytes are another protocol: no answer to that. */
  #takeMagic(bytes: Buffer): Buffer | null {
    let at = 0;
    for (; this.#magic < MAGIC.length && at < bytes.length; at++, this.#magic++) {
      if (bytes[at] === MAGIC[this.#magic]) continue;
      this.#lost('another protocol was spoken');
      return null;
    }
    return at < bytes.length ? bytes.subarray(at) : null;
  }

  #isOver(): boolean {
    return this.#closed || this.#machine.getSnapshot().matches('leaving');
  }

  #take({header, payload}: ControlFrame): void {
    const message = decodeClient(header, payload);
    const feature = featureOf(message);
    if (feature !== null && !this.#features.includes(feature))
      throw new FdlError('protocol-violation', `a ${message.type} without its feature`);
    this.#current = message;
    this.#tell(eventOf(message));
    this.#current = null;
  }

  #send(message: ServerMessage): Promise<boolean> {
    this.#house.tally.said(message);
    return this.#writer.control(encodeServer(message));
  }

  #refuseAll(code: RefusalCode, detail: string): void {
    const isVersion = code === 'unsupported-version' && this.#current?.type === 'hello';
    const text = isVersion ? versionProblem(this.#current as Hello) : detail;
    void this.#send({type: 'error', id: 0, refusal: refusal(code, text)});
  }

  #report(): void {
    const message = this.#current;
    if (message?.type !== 'report') return;
    this.#house.tally.blockReports += 1;
    this.#house.store.report(message.root, message.fragment, message.block);
  }

  #question(): void {
    if (this.#current !== null) this.#questions.push(this.#current);
    if (this.#questions.length > REQUESTS_WAITING_MAX) {
      // The machine is in the middle of a decision: this one follows it.
      const detail = 'too many requests at once';
      queueMicrotask(() => this.#tell({type: 'peer.violated', code: 'too-many-requests', detail}));
    } else if (!this.#answering) {
      this.#answerAll().catch((error) => this.#lost(`unexpected: ${String(error)}`));
    }
  }

  async #answerAll(): Promise<void> {
    this.#answering = true;
    for (let next = this.#questions.shift(); next !== undefined; next = this.#questions.shift()) {
      const sent = this.#send(await answerTo(next, this.#house.store));
      // One who asks and does not read waits here, and then has too many questions waiting.
      if (this.#writer.controlBytes > CONTROL_BYTES_MAX) await sent;
    }
    this.#answering = false;
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#questions.length = 0;
    this.#writer.close();
    this.#fetches?.close();
    this.#socket.destroy();
    const {bytes = 0, busyReplies = 0} = this.#fetches ?? {};
    this.#options.onClosed({reason, bytes, busyReplies});
  }
}
