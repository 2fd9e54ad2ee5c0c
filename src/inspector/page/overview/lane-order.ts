/** Which servers are shown first when there are many. Pure. */

import type {Doing} from '../model/moment.js';

/** What the order looks at. */
export interface Ranked {
  readonly doing: Doing;
  readonly bytes: number;
  readonly errors: number;
  readonly busyReplies: number;
}

/**
 * The most interesting ones first, those alike by their number. What counts are facts that change once or twice in the life of
 * a server (it brought something, something was wrong with it), so that lanes do not jump about while one looks.
 */
export function byInterest<Server extends Ranked>(servers: readonly Server[]): Server[] {
  const ranked = servers.map((server, index) => ({server, index, rank: rankOf(server)}));
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return ranked.map(({server}) => server);
}

/** Lanes that the worker answers with at most. */
const LANES_MAX = 200;

/** The numbers of the most interesting servers, in order; undefined: there are not too many for all of them. */
export function laneIds(servers: readonly (Ranked & {readonly server: number})[]): number[] | undefined {
  if (servers.length <= LANES_MAX) return undefined;
  const first = byInterest(servers).slice(0, LANES_MAX);
  return first.map(({server}) => server).sort((a, b) => a - b);
}

function rankOf({doing, bytes, errors, busyReplies}: Ranked): number {
  if (bytes > 0) return 0;
  if (errors > 0 || doing === 'out' || doing === 'lost') return 1;
  if (busyReplies > 0) return 2;
  return doing === 'unasked' || doing === 'standby' ? 4 : 3;
}
