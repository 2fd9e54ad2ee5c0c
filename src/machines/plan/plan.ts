/**
 * The plan of one download: which block is where, what every server is doing, and how far the whole has come.
 * One mutable structure. It changes by what happened (`apply`, in apply-*.ts) and by the steps that next-step.ts
 * names (`take-step.ts`); it does nothing itself. No I/O, no clock: events and steps bring the time.
 */

import type {FdlError} from '../../errors.js';
import {ACTIVE_MAX, DIALS_MAX} from '../../limits.js';
import type {Geometry, HexDigest, Run, ServerRole} from '../../model.js';
import type {Notice} from '../../report.js';
import type {DatedManifest, Leftover} from '../events.js';
import type {Offer, Pin} from './agreement.js';
import {BlockTable, type FragmentPhase, MISSING, RECEIVED, STORED} from './blocks.js';
import {type ConnectionRow, Fleet, outstandingRuns, type ServerRow} from './fleet.js';

export interface PlanOptions {
  readonly file: string;
  /** As the user wrote them, in the order of the list. */
  readonly addresses: readonly string[];
  /** What the list says of each, in the same order, preferred ones first and backups last; all are usual unless given. */
  readonly roles?: readonly ServerRole[];
  readonly pin: Pin;
  readonly geometry: Geometry;
  /** Most connections to one server. */
  readonly connectionsMax: number;
  /** Ends the download after so long without a new block; null: only when servers are lost, not when they are busy. */
  readonly giveUpAfterMs: number | null;
  /** Numbers in [0, 1) for jitter; seeded in the simulation. */
  readonly random: () => number;
  readonly startedAtMs: number;
}

/** How far the download has come. What is known only from a stage on lives in the plan beside it. */
export type Stage =
  /** The store looks at what earlier runs left. */
  | {readonly kind: 'preparing'}
  /** Servers are asked for their version of the file. */
  | {readonly kind: 'asking'; readonly firstOfferAtMs: number | null}
  /**
   * A root is fixed. One server after the other is taken at its word: the fragment digests that it sends, page by page,
   * and the size and SHA-256 that it named must make up the root. `claimant`: whose word that is, by its index.
   */
  | {
      readonly kind: 'proving';
      readonly claimant: number | null;
      readonly page: DigestPage | null;
      readonly received: number;
      readonly isChecking: boolean;
    }
  /** The version is proved, so nothing a server made up decides about files; the store opens its part. */
  | {readonly kind: 'opening'; readonly isAsked: boolean}
  | {readonly kind: 'fetching'}
  | {readonly kind: 'finishing'}
  | {readonly kind: 'done'; readonly output: string; readonly sha256Verified: boolean}
  | {readonly kind: 'failed'; readonly error: FdlError};

/** A block that hashed wrong: its server is told, so that it can look at its disk. */
export interface Complaint {
  readonly root: HexDigest;
  readonly fragment: number;
  readonly block: number;
}

export interface Dismissal {
  readonly connection: number;
  readonly complaint: Complaint | null;
}

/** A trial under way: does one more connection to this server pay? */
export type Growth =
  | {readonly kind: 'watching'; readonly sinceMs: number}
  | {
      readonly kind: 'trying';
      readonly server: ServerRow;
      readonly sinceMs: number;
      readonly serverRate: number;
      readonly fleetRate: number;
    };

/** Fragment digests asked of a connection. */
interface DigestPage {
  readonly connection: number;
  readonly first: number;
  readonly count: number;
}

/** Where the block digests of a fragment are. */
export type DigestState =
  | {readonly kind: 'recalled'}
  | {readonly kind: 'asked'; readonly connection: number}
  | {readonly kind: 'checking'}
  | {readonly kind: 'proved'};

/** Where the story stands; follows from the stage and the last step. */
export type Chapter =
  | 'asking'
  | 'opening'
  | 'proving'
  | 'fetching'
  | 'waiting'
  | 'finishing'
  | 'done'
  | 'failed';

/** Nobody was asked for digests yet. */
export const PROVING: Stage = {kind: 'proving', claimant: null, page: null, received: 0, isChecking: false};

export class Plan {
  readonly options: PlanOptions;
  readonly fleet: Fleet;
  stage: Stage = {kind: 'preparing'};
  chapter: Chapter | null = null;
  readonly offers: Offer[] = [];
  leftovers: readonly Leftover[] = [];
  /** The version; until it is proved, as the server says whose digests are being asked for. */
  manifest: DatedManifest | null = null;
  isProved = false;
  /** 32 bytes a fragment, filled while proving; emptied when the store has them. */
  fragmentDigests = new Uint8Array(0);
  readonly digests = new Map<number, DigestState>();
  /** Fragments whose block digests the log does not know; null: there is no log of an earlier run. */
  unrecallable: Set<number> | null = null;
  /** Servers before this were dialled at least once. */
  unasked = 0;
  readonly standby: ServerRow[] = [];
  readonly instances = new Map<string, ServerRow>();
  /** Server that was given fresh work last. */
  cursor = -1;
  /** When the clock was asked to ring; null: not at all. */
  ringsAtMs: number | null = null;
  tickets = 0;
  /** Connections to be told: dismissed for good, or silent for too long. Taken by the next steps. */
  readonly dismissals: Dismissal[] = [];
  readonly stalled: number[] = [];
  readonly cancellations: {readonly connection: number; readonly ticket: number}[] = [];
  /** Fragments whose counts changed since they were last taken. */
  readonly touched = new Set<number>();
  /** Fragments that have an actor, and what it was told last. */
  readonly watched = new Map<number, FragmentPhase>();
  readonly notices: Notice[] = [];
  /** When the meters were read last. */
  tickedAtMs: number;
  /** When people were told last that every server is busy. */
  toldWaitingAtMs: number | null = null;
  growth: Growth;
  /** Blocks that came, or had begun to come, when another connection had brought them. */
  vainBlocks = 0;
  resumedBytes = 0;
  /** Found on disk, and with the workers. */
  uncheckedBytes = 0;
  /** The store waits for room. */
  isDiskFull = false;
  /** How far the whole file is hashed. */
  hashedBytes = 0;
  storedBytes = 0;
  /** Payload that was received for nothing, as far as it is known while running. */
  wastedBytes = 0;
  lastBlockAtMs: number | null = null;
  /** When a block came last, or when fetching began. */
  progressAtMs: number;
  #blocks: BlockTable | null = null;

  constructor(options: PlanOptions) {
    this.options = options;
    this.fleet = new Fleet(options.addresses, options.roles);
    this.progressAtMs = options.startedAtMs;
    this.tickedAtMs = options.startedAtMs;
    this.growth = {kind: 'watching', sinceMs: options.startedAtMs};
  }

  /** The blocks of the agreed version; asking before the store has opened it is a mistake. */
  get blocks(): BlockTable {
    if (this.#blocks === null) throw new Error('no version is open');
    return this.#blocks;
  }

  get hasBlocks(): boolean {
    return this.#blocks !== null;
  }

  /** More sockets than can ever be at work: those that only wait are closed and dialled anew in time. */
  get isCrowded(): boolean {
    return this.fleet.connectionCount > ACTIVE_MAX + DIALS_MAX;
  }

  get root(): HexDigest | null {
    return this.manifest?.root ?? null;
  }

  /** The part is open: `trusted` blocks count, `unchecked` ones belong to the workers. */
  openBlocks(manifest: DatedManifest, trusted: readonly Run[], unchecked: readonly Run[]): void {
    const blocks = new BlockTable(manifest.size, manifest.geometry);
    this.#blocks = blocks;
    forEachBlock(trusted, (fragment, block) => blocks.set(fragment, block, STORED));
    this.resumedBytes = blocks.storedBytes;
    this.lookAt(unchecked);
  }

  /** The workers look at what was found on disk of these blocks, as far as nobody else has them. */
  lookAt(runs: readonly Run[]): void {
    forEachBlock(runs, (fragment, block) => {
      if (this.blocks.stateOf(fragment, block) !== MISSING) return;
      this.blocks.set(fragment, block, RECEIVED);
      this.uncheckedBytes += this.blocks.lengthOf(fragment, block);
    });
  }

  /** Takes from a connection all it was given; what nobody else has is missing again. */
  release(row: ConnectionRow): void {
    for (const run of outstandingRuns(row)) this.releaseRun(run);
    row.lease = null;
    row.fetches.length = 0;
    for (const fragment of row.asked) {
      const state = this.digests.get(fragment);
      if (state?.kind === 'asked' && state.connection === row.id) this.digests.delete(fragment);
    }
    row.asked.clear();
    const {stage} = this;
    // A proof under way needs nobody any more: its outcome is awaited.
    if (stage.kind === 'proving' && stage.page?.connection === row.id && !stage.isChecking)
      this.stage = PROVING;
  }

  /** Takes back what a connection was given and has not asked for. */
  releaseLease(row: ConnectionRow): void {
    if (row.lease === null) return;
    this.releaseRun({fragment: row.lease.fragment, first: row.lease.next, end: row.lease.end});
    row.lease = null;
  }

  releaseRun(run: Run): void {
    this.blocks.release(run);
    this.touched.add(run.fragment);
  }

  /** Ends a connection for good: nothing more is asked of it. `complaint` names a block it sent wrong. */
  dismiss(row: ConnectionRow, complaint: Complaint | null = null): void {
    this.release(row);
    this.fleet.close(row);
    this.dismissals.push({connection: row.id, complaint});
  }

  /** Ends one of a server's connections when it has brought what it was asked for: cut, that would be fetched again. */
  retire(row: ConnectionRow): void {
    if (row.fetches.length === 0) return this.dismiss(row);
    row.state = 'retiring';
    this.releaseLease(row);
  }

  dismissAll(server: ServerRow, complaint: Complaint | null = null): void {
    for (const row of [...server.connections]) this.dismiss(row, complaint);
  }

  /** Enough others are at work: it steps in when one of them is lost, or much slower. */
  standDown(server: ServerRow): void {
    this.dismissAll(server);
    this.fleet.enter(server, {kind: 'standby'});
    this.standby.push(server);
  }

  fail(error: FdlError): void {
    if (this.stage.kind !== 'done' && this.stage.kind !== 'failed') this.stage = {kind: 'failed', error};
  }
}

export function forEachBlock(runs: readonly Run[], visit: (fragment: number, block: number) => void): void {
  for (const {fragment, first, end} of runs) {
    for (let block = first; block < end; block++) visit(fragment, block);
  }
}
