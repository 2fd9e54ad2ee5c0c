/** Random fleets of model servers, and the time that no policy could beat with them. Pure: a seed gives one fleet. */

import {FDL1_GEOMETRY} from '../../src/geometry.js';
import {ACTIVE_MAX} from '../../src/limits.js';
import type {ModelServer} from '../../test/support/model-server.js';
import {seededRandom} from '../../test/support/random.js';

/** From a drip to a good home line: three decades. */
const RATE_MIN = 20_000;
const RATE_DECADES = 3;
const RTT_MIN_MS = 1;
const RTT_MAX_MS = 20;

export interface FleetBounds {
  readonly serversMax: number;
  readonly fragmentsMax: number;
  /**
   * A file that would take longer is drawn smaller: its middle only repeats itself, and each second of it costs real
   * time. Short downloads are the hard ones.
   */
  readonly secondsMax: number;
}

export interface RandomFleet {
  readonly seed: number;
  readonly servers: readonly ModelServer[];
  /** Bytes per second of each. */
  readonly rates: readonly number[];
  readonly fragments: number;
  readonly size: number;
  /** What the best servers that may be active at once bring together, in bytes per second. */
  readonly fluidRate: number;
  /** The further randomness of this run. */
  readonly random: () => number;
}

/** Numbers of servers, rates and fragments are even over their decades. */
export function drawFleet(seed: number, {serversMax, fragmentsMax, secondsMax}: FleetBounds): RandomFleet {
  const random = seededRandom(seed);
  const rates = Array.from({length: Math.round(serversMax ** random())}, () =>
    Math.round(RATE_MIN * 10 ** (RATE_DECADES * random())),
  );
  const {fragmentBytes} = FDL1_GEOMETRY;
  const fluidRate = rateOfBest(rates);
  const affordable = Math.floor((fluidRate * secondsMax) / fragmentBytes);
  const fragments = Math.max(1, Math.min(affordable, Math.round(fragmentsMax ** random())));
  return {
    seed,
    rates,
    servers: rates.map((rate) => ({rate, rttMs: RTT_MIN_MS + (RTT_MAX_MS - RTT_MIN_MS) * random()})),
    fragments,
    // The last fragment is seldom a whole one.
    size: Math.ceil((fragments - random()) * fragmentBytes),
    fluidRate,
    random,
  };
}

/** The fluid optimum's rate: more than ACTIVE_MAX servers may not transfer at once, so it has the best of them. */
export function rateOfBest(rates: readonly number[]): number {
  return [...rates]
    .sort((left, right) => right - left)
    .slice(0, ACTIVE_MAX)
    .reduce((sum, rate) => sum + rate, 0);
}
