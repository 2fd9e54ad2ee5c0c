/** What to expect of a connection that has brought nothing yet. Pure. */

import {RATE_UNKNOWN_BYTES_PER_SECOND, RATE_UNTRIED_MIN_BYTES_PER_SECOND} from '../../limits.js';
import type {ConnectionRow} from './fleet.js';
import type {Plan} from './plan.js';

/**
 * Bytes per second: an average one of those at work, but no slow one. Else a list that begins with slow servers would
 * never get beyond them, and a fast one among many that drip would never be asked for its first block.
 */
export function untriedRate(plan: Plan): number {
  let sum = 0;
  let known = 0;
  for (const row of plan.fleet.connections) {
    if (row.rate.bytesPerSecond === null) continue;
    sum += rateOf(row);
    known++;
  }
  return known === 0
    ? RATE_UNKNOWN_BYTES_PER_SECOND
    : Math.max(RATE_UNTRIED_MIN_BYTES_PER_SECOND, sum / known);
}

/** Bytes per second as measured; 0 for one that has fallen silent, or has brought nothing yet. */
export function rateOf(row: ConnectionRow): number {
  return row.suspect ? 0 : (row.rate.bytesPerSecond ?? 0);
}
