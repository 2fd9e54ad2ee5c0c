/** How fast links may read: all of a download together, and those to one server together. */

import type {ServerEntry} from '../../model.js';
import type {Clock} from '../clock.js';
import {RateLimit} from '../rate-limit.js';

/** One rate, or several that must all be kept. */
export type ReadLimit = Pick<RateLimit, 'pieceBytes' | 'reserve'>;

/**
 * The limit of a link by the index of its server; null: none. `totalBytesPerSecond` is over all servers, theirs stand in
 * their entries.
 */
export function readLimits(
  servers: readonly ServerEntry[],
  totalBytesPerSecond: number | undefined,
  clock: Clock,
): (server: number) => ReadLimit | null {
  const limitOf = (rate: number | undefined) => (rate === undefined ? null : new RateLimit(rate, clock));
  const total = limitOf(totalBytesPerSecond);
  const limits = servers.map(({limitBytesPerSecond}) => both(total, limitOf(limitBytesPerSecond)));
  return (server) => limits[server] ?? total;
}

/** What passes takes its part of both rates, and waits for the slower one. */
function both(a: RateLimit | null, b: RateLimit | null): ReadLimit | null {
  if (a === null || b === null) return a ?? b;
  return {
    pieceBytes: Math.min(a.pieceBytes, b.pieceBytes),
    reserve: (bytes) => Math.max(a.reserve(bytes), b.reserve(bytes)),
  };
}
