/** The fetches and bundles of one session, one after the other: slot, file, blocks, and how each ended. */

import {BUSY_MIN_MS, SLOT_IDLE_MS} from '../../limits.js';
import type {RefusalCode} from '../../model.js';
import type {ClientMessage, EndStatus} from '../../protocol/messages.js';
import type {Clock} from '../clock.js';
import type {FetchWatch} from '../trace/fetch-watch.js';
import type {ServeTrace} from '../trace/serve-trace.js';
import {type BufferShelf, SessionBuffers} from './block-buffers.js';
import type {FragmentStore, Located} from './fragment-store.js';
import type {FrameWriter} from './frame-writer.js';
import {OpenFragments} from './open-fragments.js';
import {sendBundle} from './send-bundle.js';
import {type SendingPorts, sendRun} from './send-run.js';
import type {Slots} from './slots.js';
import type {Tally} from './tally.js';

export type Fetch = Extract<ClientMessage, {readonly type: 'fetch' | 'bundle'}>;

export interface FetchLanePorts {
  readonly store: FragmentStore;
  readonly slots: Slots;
  readonly shelf: BufferShelf;
  readonly clock: Clock;
  readonly tally: Tally;
  readonly writer: FrameWriter;
  readonly trace: ServeTrace | null;
  /** Number of the connection and where it comes from, for the slots. */
  readonly connection: number;
  readonly address: string;
  /** Called once for each fetch, in order, when its last block was given to the socket. */
  readonly onEnd: (id: number, status: EndStatus) => void;
}

type BlocksFetch = Extract<Fetch, {readonly type: 'fetch'}>;
type Bundle = Extract<Fetch, {readonly type: 'bundle'}>;
type Here = Extract<Located, {readonly kind: 'here'}>;

interface QueuedFetch {
  readonly message: Fetch;
  readonly arrivedMs: number;
  cancelled: boolean;
  /** Measures it, from its turn on, when the server is traced. */
  watch: FetchWatch | null;
}

export class FetchLane {
  readonly #ports: FetchLanePorts;
  readonly #buffers: SessionBuffers;
  readonly #files: OpenFragments;
  readonly #queue: QueuedFetch[] = [];
  #running = false;
  #closed = false;
  /** Fetches that came before this were sent without knowledge of a busy reply. */
  #refusedUntilMs = Number.NEGATIVE_INFINITY;
  #idleTimer: unknown = null;
  #bytes = 0;
  #busyReplies = 0;

  constructor(ports: FetchLanePorts) {
    this.#ports = ports;
    this.#buffers = new SessionBuffers(ports.shelf);
    this.#files = new OpenFragments(ports.store);
  }

  /** Payload given to the socket so far. */
  get bytes(): number {
    return this.#bytes;
  }

  get busyReplies(): number {
    return this.#busyReplies;
  }

  push(message: Fetch): void {
    this.#queue.push({message, arrivedMs: this.#ports.clock.now(), cancelled: false, watch: null});
    if (!this.#running) void this.#run();
  }

  /** Ends a fetch between two blocks; an id that is not there has ended already. */
  cancel(id: number): void {
    for (const fetch of this.#queue) if (fetch.message.id === id) fetch.cancelled = true;
  }

  /** Nothing is told any more; what is being read is let go as soon as it can be. */
  close(): void {
    this.#closed = true;
    this.#ports.clock.clearTimeout(this.#idleTimer);
    this.#ports.slots.closed(this.#ports.connection, this.#ports.clock.now());
    this.#buffers.close();
    if (!this.#running) this.#files.close();
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#ports.clock.clearTimeout(this.#idleTimer);
    for (let fetch = this.#queue[0]; fetch !== undefined && !this.#closed; fetch = this.#queue[0]) {
      const {trace, connection} = this.#ports;
      fetch.watch = trace?.fetch(connection, fetch.message, fetch.arrivedMs) ?? null;
      // The store reports what it meets; anything thrown here is a mistake, and costs this fetch alone.
      const status = await this.#serve(fetch).catch(() => refusal('io-error', 'the server failed'));
      this.#queue.shift();
      fetch.watch?.ended(status);
      if (!this.#closed) this.#ports.onEnd(fetch.message.id, status);
    }
    this.#running = false;
    if (this.#closed) return this.#files.close();
    this.#idleTimer = this.#ports.clock.setTimeout(() => this.#files.release(), SLOT_IDLE_MS);
  }

  async #serve(fetch: QueuedFetch): Promise<EndStatus> {
    const {message} = fetch;
    if (fetch.cancelled) return {kind: 'cancelled'};
    if (message.type === 'bundle') return this.#inSlot(fetch, () => this.#sendBundle(fetch, message));
    const {name, root, fragment, firstBlock, count} = message;
    const located = this.#ports.store.locate(name, root, fragment);
    if (located.kind === 'refused') return {kind: 'error', refusal: located.refusal};
    const {value} = located;
    if (value.kind === 'beyond') return {kind: 'complete'};
    if (firstBlock + count > value.blocks) return refusal('bad-request', 'the fragment has fewer blocks');
    return this.#inSlot(fetch, () => this.#send(fetch, message, value));
  }

  async #inSlot(fetch: QueuedFetch, send: () => Promise<EndStatus>): Promise<EndStatus> {
    const busy = this.#askSlot(fetch);
    if (busy !== null) return busy;
    try {
      return await send();
    } finally {
      this.#ports.slots.ended(this.#ports.connection, this.#ports.clock.now());
    }
  }

  #sendBundle(fetch: QueuedFetch, {id, files}: Bundle): Promise<EndStatus> {
    return sendBundle({id, files}, {store: this.#ports.store, ...this.#sending(fetch)});
  }

  async #send(fetch: QueuedFetch, message: BlocksFetch, located: Here): Promise<EndStatus> {
    const {name, root, fragment, firstBlock, count, id} = message;
    const {length, blockBytes, revision} = located;
    const opened = await this.#files.get(name, root, fragment, revision);
    if (opened.kind === 'refused') return {kind: 'error', refusal: opened.refusal};
    const run = {id, fragment: opened.value, length, blockBytes, firstBlock, count};
    const status = await sendRun(run, this.#sending(fetch));
    if (status.kind === 'error') this.#files.drop(opened.value);
    return status;
  }

  #sending(fetch: QueuedFetch): SendingPorts {
    return {
      buffers: fetch.watch?.timed(this.#buffers) ?? this.#buffers,
      writer: this.#ports.writer,
      isCancelled: () => fetch.cancelled || this.#closed,
      sent: (bytes) => {
        this.#bytes += bytes;
        this.#ports.tally.sent(bytes);
        fetch.watch?.sent(bytes);
        this.#ports.slots.sent(this.#ports.connection, bytes);
      },
    };
  }

  #askSlot(fetch: QueuedFetch): EndStatus | null {
    const {slots, clock, connection, address} = this.#ports;
    const now = clock.now();
    if (fetch.arrivedMs < this.#refusedUntilMs) {
      this.#busyReplies += 1;
      const retryAfterMs = Math.max(BUSY_MIN_MS, Math.ceil(this.#refusedUntilMs - now));
      return {kind: 'busy', retryAfterMs, slots: slots.count, slotsInUse: slots.inUse};
    }
    const slot = slots.ask(connection, address, now);
    this.#ports.trace?.slot(connection, slot, slots.inUse);
    if (slot.kind === 'granted') return null;
    this.#busyReplies += 1;
    this.#refusedUntilMs = now + slot.retryAfterMs;
    return slot;
  }
}

function refusal(code: RefusalCode, message: string): EndStatus {
  return {kind: 'error', refusal: {code, message, progressPermille: null}};
}
