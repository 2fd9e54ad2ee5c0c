/** What each server does for a set and has done, over the downloads of single files and the bundles. Pure. */

import {REDIAL_MAX_MS} from '../../limits.js';
import type {Evidence} from '../../model.js';
import type {Notice, ServerActivity, ServerProgress, ServerReport} from '../../report.js';

interface Totals {
  bytes: number;
  blocks: number;
  busyReplies: number;
  errors: number;
  banned: Evidence | null;
}

/** Shown of several activities at once: the first of these. */
const TELLING: readonly ServerActivity['kind'][] = [
  'banned',
  'transferring',
  'suspect',
  'busy',
  'connecting',
  'indexing',
  'idle',
  'standby',
  'lost',
  'other-version',
  'absent',
  'alias',
  'unasked',
];

export class ServerBoard {
  readonly #addresses: readonly string[];
  /** Of what has ended. */
  readonly #totals: readonly Totals[];
  /** Servers that could not be reached, and until when files do without them. */
  readonly #dead = new Map<string, {readonly untilMs: number; readonly reason: string}>();
  /** Addresses of servers that have another one as well, as far as told. */
  readonly #aliases = new Set<string>();
  /** Of servers that nothing is under way with. */
  #resting: ServerActivity = {kind: 'connecting'};
  /** The latest picture of each thing that is under way, by address. */
  readonly #live = new Map<object, ReadonlyMap<string, ServerProgress>>();

  /** `addresses`: of all servers, as the user wrote them. */
  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
    this.#totals = addresses.map(() => ({bytes: 0, blocks: 0, busyReplies: 0, errors: 0, banned: null}));
  }

  /** The picture that something under way has of its servers; it replaces the one before. */
  shows(source: object, servers: readonly ServerProgress[]): void {
    this.#live.set(source, new Map(servers.map((server) => [server.address, server])));
  }

  /** Something has ended: its picture goes, its numbers stay. Without `reports` those of its last picture count. */
  ends(source: object, reports?: readonly ServerReport[]): void {
    const last = this.#live.get(source);
    this.#live.delete(source);
    const counted = reports ?? [...(last?.values() ?? [])].map((shown) => ({...shown, banned: null}));
    for (const {address, bytes, blocks, busyReplies, errors, banned} of counted) {
      const totals = this.#totals[this.#addresses.indexOf(address)];
      if (totals === undefined) continue;
      totals.bytes += bytes;
      totals.blocks += blocks;
      totals.busyReplies += busyReplies;
      totals.errors += errors;
      totals.banned ??= banned;
    }
  }

  /** Every server was asked what it offers. */
  asked(): void {
    this.#resting = {kind: 'idle'};
  }

  /** What one download finds out about a server is known to the whole set: proof for good, a loss for a while. */
  notice(notice: Notice, atMs: number): void {
    if (notice.kind === 'server-lost')
      this.#dead.set(notice.address, {untilMs: atMs + REDIAL_MAX_MS, reason: notice.reason});
    if (notice.kind === 'server-back') this.#dead.delete(notice.address);
    if (notice.kind !== 'server-banned') return;
    const totals = this.#totals[this.#addresses.indexOf(notice.address)];
    if (totals !== undefined) totals.banned ??= notice.evidence;
  }

  /** Whether it is worth telling: every file finds out anew that two addresses are one server. */
  isNews(notice: Notice): boolean {
    if (notice.kind !== 'server-alias') return true;
    const isNew = !this.#aliases.has(notice.address);
    this.#aliases.add(notice.address);
    return isNew;
  }

  /** Those of the addresses that may be asked for another file: not the banned, nor, if others are left, the lost. */
  able(addresses: readonly string[], nowMs: number): string[] {
    const honest = addresses.filter((address) => this.#isHonest(address));
    const alive = honest.filter((address) => !this.#isDead(address, nowMs));
    return alive.length > 0 ? alive : honest;
  }

  /** Nobody could be reached lately. */
  isDeserted(nowMs: number): boolean {
    return this.#addresses.every((address) => this.#isDead(address, nowMs));
  }

  #isHonest(address: string): boolean {
    const {banned = null} = this.#totals[this.#addresses.indexOf(address)] ?? {};
    return banned === null;
  }

  #isDead(address: string, nowMs: number): boolean {
    return (this.#dead.get(address)?.untilMs ?? Number.NEGATIVE_INFINITY) > nowMs;
  }

  progress(): ServerProgress[] {
    return this.#addresses.map((address, index) => {
      const shown = [...this.#live.values()].flatMap((live) => live.get(address) ?? []);
      const totals = this.#totals[index];
      const sum = (of: (server: ServerProgress) => number) => shown.reduce((total, it) => total + of(it), 0);
      return {
        address,
        activity: this.#activityOf(address, shown, totals?.banned ?? null),
        connections: sum(({connections}) => connections),
        bytesPerSecond: sum(({bytesPerSecond}) => bytesPerSecond),
        bytes: (totals?.bytes ?? 0) + sum(({bytes}) => bytes),
        blocks: (totals?.blocks ?? 0) + sum(({blocks}) => blocks),
        busyReplies: (totals?.busyReplies ?? 0) + sum(({busyReplies}) => busyReplies),
        errors: (totals?.errors ?? 0) + sum(({errors}) => errors),
      };
    });
  }

  /** When everything has ended. */
  reports(): ServerReport[] {
    return this.#addresses.map((address, index) => {
      const {bytes = 0, blocks = 0, busyReplies = 0, errors = 0, banned = null} = this.#totals[index] ?? {};
      return {address, bytes, blocks, busyReplies, errors, banned, otherVersion: null};
    });
  }

  #activityOf(address: string, shown: readonly ServerProgress[], banned: Evidence | null): ServerActivity {
    if (banned !== null) return {kind: 'banned', evidence: banned};
    const rank = ({activity}: ServerProgress) => TELLING.indexOf(activity.kind);
    const [first] = shown.toSorted((a, b) => rank(a) - rank(b));
    const dead = this.#dead.get(address);
    const resting =
      dead === undefined
        ? this.#resting
        : ({kind: 'lost', retryAtMs: dead.untilMs, reason: dead.reason} as const);
    if (first === undefined || (dead !== undefined && first.activity.kind === 'idle')) return resting;
    return first.activity;
  }
}
