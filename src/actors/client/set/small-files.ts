/** Fetches the small files of a set in bundles, verifies and stores them: takes the steps that its plan names. */

import {BundlePlan, type BundleStep} from '../../../machines/set/bundle-plan.js';
import type {SmallFile} from '../../../machines/set/file-queue.js';
import type {Geometry, ServerEntry} from '../../../model.js';
import {BUNDLE_FEATURE} from '../../../protocol/messages.js';
import type {Workers} from '../../../workers/pool.js';
import type {StoredFile} from '../../../workers/store-files.js';
import type {Clock} from '../../clock.js';
import type {Slabs} from '../../slabs.js';
import type {LinkPool} from '../link-pool.js';
import type {ReadLimit} from '../read-limits.js';
import type {BundleEnd} from './bundle-conversation.js';
import {takeFiles} from './bundle-files.js';
import {BundleLink, type BundleLoss} from './bundle-link.js';
import {type Arrival, BundleStore} from './bundle-store.js';
import type {BundleWatch} from './bundle-watch.js';
import {OpenLinks} from './open-links.js';
import {storeError} from './set-errors.js';
import type {SmallFilesLedger} from './small-files-ledger.js';

export interface SmallFilesOptions {
  readonly files: readonly SmallFile[];
  readonly servers: readonly ServerEntry[];
  /** Absolute path of each file by its number in the set. */
  readonly pathOf: (index: number) => string;
  readonly connectionsMax: number;
  readonly force: boolean;
  readonly diskWaitMs: number;
  readonly giveUpAfterMs: number;
  readonly ledger: SmallFilesLedger;
  /** Null: nobody looks on. */
  readonly watch: BundleWatch | null;
}

export interface SmallFilesPorts {
  readonly geometry: Geometry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pool: LinkPool;
  readonly workers: Workers;
  readonly slabs: Slabs;
  readonly limitFor: (server: number) => ReadLimit | null;
}

export class SmallFiles {
  readonly #options: SmallFilesOptions;
  readonly #ports: SmallFilesPorts;
  readonly #plan: BundlePlan;
  readonly #store: BundleStore;
  readonly #links: OpenLinks;
  #timer: unknown = null;
  #cancelWait: (() => void) | null = null;
  #isOver = false;
  #finish: () => void = () => {};
  readonly #finished: Promise<void>;

  constructor(options: SmallFilesOptions, ports: SmallFilesPorts) {
    this.#options = options;
    this.#ports = ports;
    const {files, connectionsMax, giveUpAfterMs, ledger} = options;
    const {clock, slabs, random} = ports;
    this.#links = new OpenLinks((server, count) => ledger.connections(server, count));
    this.#plan = new BundlePlan({
      files,
      servers: options.servers.length,
      backups: new Set([...options.servers.keys()].filter((at) => options.servers[at]?.role === 'backup')),
      connectionsMax,
      bundleBytes: slabs.bytes,
      giveUpAfterMs,
      startedAtMs: clock.now(),
      random,
    });
    this.#store = new BundleStore({
      ...ports,
      force: options.force,
      diskWaitMs: options.diskWaitMs,
      pathOf: options.pathOf,
      pinOf: (file) => ledger.pinOf(file),
      onFull: () => {
        options.watch?.disk('full');
        ledger.diskFull();
      },
      onResumed: () => options.watch?.disk('room'),
      onBroken: (error) => ledger.broken(error),
      onRoom: () => {
        if (this.#isOver && this.#store.storing === 0) this.#finish();
        this.#advance();
      },
    });
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Bundles that wait for a thread, or are with one. */
  get storing(): number {
    return this.#store.storing;
  }

  /** Resolves when every file was settled or handed over, or after `stop`, once no worker is at it any more. */
  async run(): Promise<void> {
    this.#advance();
    await this.#finished;
  }

  /** Ends it: nothing more is asked for. What is at the workers is stored. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelWait?.();
    this.#ports.clock.clearTimeout(this.#timer);
    this.#store.end();
    this.#links.leaveAll();
    if (this.#store.storing === 0) this.#finish();
  }

  /** Steps until there is nothing to do but wait. */
  #advance(): void {
    while (!this.#isOver) {
      const step = this.#plan.next(this.#ports.clock.now(), this.#hasMemory());
      if (step.kind === 'over') return this.stop();
      if (step.kind === 'wait') return this.#wait(step.untilMs);
      this.#take(step);
    }
  }

  #hasMemory(): boolean {
    return this.#ports.slabs.free > 0 && !this.#store.isFull;
  }

  #wait(untilMs: number): void {
    const {clock, slabs} = this.#ports;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => this.#advance(), Math.max(1, Math.ceil(untilMs - clock.now())));
    if (slabs.free > 0 || this.#cancelWait !== null) return;
    this.#cancelWait = slabs.whenFree(() => {
      this.#cancelWait = null;
      this.#advance();
    });
  }

  #take(step: Exclude<BundleStep, {readonly kind: 'wait' | 'over'}>): void {
    switch (step.kind) {
      case 'dial':
        return this.#dial(step.connection, step.server);
      case 'ask': {
        const slab = this.#ports.slabs.take();
        const open = this.#links.get(step.connection);
        if (slab === null || open === undefined) throw new Error('a bundle without memory or link');
        open.bundles.set(step.ticket, step.files);
        this.#options.ledger.asked(step.files);
        this.#options.watch?.asked(step.connection, step.ticket, step.files, step.isSecond);
        return open.link.ask(step.ticket, step.files, slab);
      }
      case 'cancel':
        return this.#links.get(step.connection)?.link.cancel(step.ticket);
      case 'leave':
        this.#options.watch?.left(step.connection);
        return this.#links.drop(step.connection)?.leave();
      case 'hand-over':
        return this.#options.ledger.handedOver(step.files);
    }
  }

  #dial(connection: number, server: number): void {
    const {clock} = this.#ports;
    const address = this.#options.servers[server];
    if (address === undefined) throw new Error(`there is no server ${server}`);
    const {ledger, watch} = this.#options;
    const limit = this.#ports.limitFor(server);
    const link = new BundleLink(
      address,
      {...this.#ports, limit},
      {
        welcomed: (instanceId, features) => {
          if (this.#plan.welcomed(connection, instanceId, features.includes(BUNDLE_FEATURE)))
            watch?.opened(connection);
          else this.#close(connection);
          this.#advance();
        },
        received: (bytes) => {
          this.#plan.heard(connection, clock.now());
          ledger.received(server, bytes);
          watch?.received(connection, bytes);
        },
        ended: (ticket, slab, end) => {
          this.#ended(connection, ticket, slab, end);
          this.#advance();
        },
        leaving: () => {
          this.#plan.leaving(connection);
          this.#advance();
        },
        closed: (loss) => {
          this.#links.drop(connection);
          this.#lost(connection, server, loss, clock.now());
          this.#advance();
        },
      },
    );
    this.#links.add(connection, {server, link, bundles: new Map()});
    watch?.dialled(connection, server);
  }

  #lost(connection: number, server: number, loss: BundleLoss, atMs: number): void {
    const {ledger, watch} = this.#options;
    if (loss.kind === 'violated') {
      watch?.left(connection);
      return this.#ban(server, {kind: 'protocol', detail: loss.detail});
    }
    const cause = loss.kind === 'lost' ? loss.cause : 'failed';
    const reason = loss.kind === 'lost' ? loss.reason : loss.refusal.code;
    this.#plan.closed(connection, cause, atMs);
    ledger.lost(server, reason);
    watch?.lost(connection, reason, this.#plan.retryAtMs(server));
  }

  #ended(connection: number, ticket: number, slab: number, end: BundleEnd): void {
    const open = this.#links.get(connection);
    const files = open?.bundles.get(ticket);
    if (open === undefined || files === undefined) return this.#ports.slabs.give(slab);
    open.bundles.delete(ticket);
    this.#plan.ended(connection, ticket);
    const nowMs = this.#ports.clock.now();
    const arrivals = takeFiles(this.#plan, open.server, files, end, nowMs);
    this.#options.watch?.ended(connection, ticket, end, arrivals);
    if (end.kind === 'delivered') return this.#put(open.server, arrivals, slab);
    this.#ports.slabs.give(slab);
    if (end.kind === 'busy') {
      this.#plan.busy(connection, nowMs + end.retryAfterMs);
      this.#options.ledger.busy(open.server, nowMs + end.retryAfterMs);
    }
  }

  #put(server: number, arrivals: readonly Arrival[], slab: number): void {
    if (arrivals.length === 0) return this.#ports.slabs.give(slab);
    this.#store.put(arrivals, slab, (arrival, stored) => this.#stored(server, arrival, stored));
  }

  /** What became of a file at the worker. */
  #stored(server: number, {file, length}: Arrival, stored: StoredFile | undefined): void {
    const {ledger, pathOf} = this.#options;
    switch (stored?.kind) {
      case 'stored':
      case 'there-already':
        this.#plan.settled(file.index);
        return ledger.stored(server, file, length, stored.sha256, stored.kind === 'stored');
      case 'wrong': {
        this.#plan.missed(file.index, server);
        const {name, root: expected} = file;
        return this.#ban(server, {kind: 'wrong-file', file: name, expected, received: stored.received});
      }
      case 'disk':
        this.#plan.settled(file.index);
        return ledger.failed(file, storeError(stored.code, pathOf(file.index)));
      default:
        this.#plan.settled(file.index);
        if (stored?.kind === 'unwanted') ledger.unwanted(file);
        else ledger.exists(file, pathOf(file.index));
    }
  }

  #ban(server: number, evidence: Parameters<SmallFilesLedger['banned']>[1]): void {
    if (!this.#plan.isOut(server)) this.#options.ledger.banned(server, evidence);
    for (const connection of this.#plan.excluded(server)) this.#close(connection);
  }

  #close(connection: number): void {
    this.#options.watch?.left(connection);
    this.#links.drop(connection)?.close();
  }
}
