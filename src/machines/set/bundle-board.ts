/** What each server does and has done for the small files of a set. Pure: times come in with the calls. */

import type {Evidence} from '../../model.js';
import type {ServerActivity, ServerProgress, ServerReport} from '../../report.js';
import {RateMeter} from '../plan/rate.js';

interface Row {
  readonly address: string;
  readonly meter: RateMeter;
  connections: number;
  bytes: number;
  /** Files, each of which is one block. */
  blocks: number;
  busyReplies: number;
  errors: number;
  busyUntilMs: number;
  lostReason: string | null;
  banned: Evidence | null;
  sampledBytes: number;
}

export class BundleBoard {
  readonly #rows: readonly Row[];
  #sampledAtMs: number;

  constructor(addresses: readonly string[], startedAtMs: number) {
    this.#sampledAtMs = startedAtMs;
    this.#rows = addresses.map((address) => ({
      address,
      meter: new RateMeter(),
      connections: 0,
      bytes: 0,
      blocks: 0,
      busyReplies: 0,
      errors: 0,
      busyUntilMs: Number.NEGATIVE_INFINITY,
      lostReason: null,
      banned: null,
      sampledBytes: 0,
    }));
  }

  received(server: number, bytes: number): void {
    this.#row(server).bytes += bytes;
  }

  stored(server: number): void {
    this.#row(server).blocks++;
  }

  connections(server: number, count: number): void {
    const row = this.#row(server);
    row.connections = count;
    if (count > 0) row.lostReason = null;
  }

  busy(server: number, untilMs: number): void {
    const row = this.#row(server);
    row.busyReplies++;
    row.busyUntilMs = untilMs;
  }

  lost(server: number, reason: string): void {
    const row = this.#row(server);
    row.errors++;
    row.lostReason = reason;
  }

  banned(server: number, evidence: Evidence): void {
    const row = this.#row(server);
    row.errors++;
    row.banned = evidence;
  }

  /** A picture of all servers. Rates are right when one is taken several times a second. */
  progress(nowMs: number): ServerProgress[] {
    const ms = nowMs - this.#sampledAtMs;
    this.#sampledAtMs = nowMs;
    return this.#rows.map((row) => {
      row.meter.sample(row.bytes - row.sampledBytes, ms);
      row.sampledBytes = row.bytes;
      const {address, connections, bytes, blocks, busyReplies, errors} = row;
      const bytesPerSecond = connections > 0 ? (row.meter.bytesPerSecond ?? 0) : 0;
      return {
        address,
        activity: activityOf(row, nowMs),
        connections,
        bytesPerSecond,
        bytes,
        blocks,
        busyReplies,
        errors,
      };
    });
  }

  reports(): ServerReport[] {
    return this.#rows.map(({address, bytes, blocks, busyReplies, errors, banned}) => {
      return {address, bytes, blocks, busyReplies, errors, banned, otherVersion: null};
    });
  }

  #row(server: number): Row {
    const row = this.#rows[server];
    if (row === undefined) throw new Error(`there is no server ${server}`);
    return row;
  }
}

function activityOf({banned, busyUntilMs, lostReason, connections}: Row, nowMs: number): ServerActivity {
  if (banned !== null) return {kind: 'banned', evidence: banned};
  if (busyUntilMs > nowMs) return {kind: 'busy', untilMs: busyUntilMs};
  if (connections > 0) return {kind: 'transferring'};
  return lostReason === null ? {kind: 'idle'} : {kind: 'lost', retryAtMs: null, reason: lostReason};
}
