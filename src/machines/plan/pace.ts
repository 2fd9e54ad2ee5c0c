/**
 * How fast a download is, as people see it: by the clock on the wall, over all connections of a server together.
 * The policy's own rates (rate.ts) are per connection and count only the time in which bytes were due, so their sum
 * overshoots whenever a connection is tried and given up again.
 */

import {RATE_HALF_LIFE_MS, REMAINING_HALF_LIFE_MS, TICK_LATE_MS, TICK_MS} from '../../limits.js';
import type {Plan} from './plan.js';

/** An exponentially weighted mean; both sums fade alike, so it is right from its first sample on. */
interface Mean {
  readonly amount: number;
  readonly ms: number;
}

/** Null: no byte has come yet. */
type Rate = Mean | null;

/** Learns from every tick of a plan; must be asked at least once a tick to be exact. */
export class Pace {
  #tickedAtMs: number;
  #received: Rate = null;
  /** The same, fading more slowly. */
  #usual: Rate = null;
  readonly #servers: {bytes: number; rate: Rate}[];

  constructor(plan: Plan) {
    this.#tickedAtMs = plan.options.startedAtMs;
    this.#servers = plan.fleet.servers.map(() => ({bytes: 0, rate: null}));
  }

  /** Bytes of payload a second, all servers together; 0 while nothing is known. */
  get bytesPerSecond(): number {
    return perSecond(this.#received);
  }

  /** Bytes a second of one server; 0 while nothing is known of it. */
  ofServer(index: number): number {
    return perSecond(this.#servers[index]?.rate ?? null);
  }

  /** Milliseconds until `bytes` more have come, from a slower mean than the rates; null while unknown. */
  timeFor(bytes: number): number | null {
    const rate = perSecond(this.#usual);
    return rate === 0 ? null : (bytes / rate) * 1000;
  }

  /** Takes over what the plan has counted since its last tick. */
  update(plan: Plan): void {
    const ms = plan.tickedAtMs - this.#tickedAtMs;
    if (ms <= 0) return;
    this.#tickedAtMs = plan.tickedAtMs;
    // After a sleep of this process the time says nothing: only the counts are taken over.
    const counted = ms > TICK_MS + TICK_LATE_MS ? 0 : ms;
    let received = 0;
    for (const [index, known] of this.#servers.entries()) {
      const server = plan.fleet.servers[index];
      if (server === undefined) continue;
      const bytes = server.bytes - known.bytes;
      known.bytes = server.bytes;
      received += bytes;
      const isAsked = bytes > 0 || server.connections.some(({fetches}) => fetches.length > 0);
      // Time in which nothing was asked is no slowness: the next transfer begins anew.
      known.rate = isAsked ? sampled(known.rate, bytes, counted, RATE_HALF_LIFE_MS) : null;
    }
    this.#received = sampled(this.#received, received, counted, RATE_HALF_LIFE_MS);
    this.#usual = sampled(this.#usual, received, counted, REMAINING_HALF_LIFE_MS);
  }
}

function sampled(rate: Rate, more: number, duringMs: number, halfLifeMs: number): Rate {
  // Silence before the first byte is latency, not rate; and the first bytes came in only a part of their tick.
  if (rate === null) return more === 0 ? null : {amount: 0, ms: 0};
  if (duringMs === 0) return rate;
  const keep = 0.5 ** (duringMs / halfLifeMs);
  return {amount: rate.amount * keep + more, ms: rate.ms * keep + duringMs};
}

function perSecond(rate: Rate): number {
  return rate === null || rate.ms === 0 ? 0 : (rate.amount / rate.ms) * 1000;
}
