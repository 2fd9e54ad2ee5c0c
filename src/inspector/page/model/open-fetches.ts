/** Requests that are out, of blocks and of bundles. Copied with the state that they belong to. */

import type {BlockMap} from './block-map.js';
import type {Fleet} from './fleet.js';

/** A request that is out; one for a bundle is of no blocks. */
export interface Fetch {
  readonly connection: number;
  readonly fragment: number;
  readonly first: number;
  readonly end: number;
}

/** Bundles are numbered by themselves: below the tickets of fetches. */
export function ticketOf({bundle}: {readonly bundle: number}): number {
  return -1 - bundle;
}

export class OpenFetches {
  readonly #fetches: Map<number, Fetch>;

  constructor(fetches: ReadonlyMap<number, Fetch> = new Map()) {
    this.#fetches = new Map(fetches);
  }

  clone(): OpenFetches {
    return new OpenFetches(this.#fetches);
  }

  add(ticket: number, fetch: Fetch): void {
    this.#fetches.set(ticket, fetch);
  }

  /** Ends some: what of them has not come is missing, unless somebody else was asked for it too. */
  end(isOver: (fetch: Fetch, ticket: number) => boolean, fleet: Fleet, map: BlockMap | null): void {
    for (const [ticket, fetch] of this.#fetches) {
      if (!isOver(fetch, ticket)) continue;
      this.#fetches.delete(ticket);
      const link = fleet.linkOf(fetch.connection);
      const server = fleet.serverOf(fetch.connection);
      if (link === undefined || server === undefined) continue;
      link.fetches = Math.max(0, link.fetches - 1);
      server.fetches = Math.max(0, server.fetches - 1);
      if (map !== null) this.#release(fetch, server.server, fleet, map);
    }
  }

  #release({fragment, first, end}: Fetch, server: number, fleet: Fleet, map: BlockMap): void {
    for (let block = first; block < Math.min(end, map.blocksPerFragment); block++) {
      if (map.stateOf(fragment, block) !== 'asked' || map.serverOf(fragment, block) !== server) continue;
      const other = this.#askedFor(fragment, block, fleet);
      map.set(fragment, block, other === null ? 'missing' : 'asked', other);
    }
  }

  /** A server that is still asked for a block. */
  #askedFor(fragment: number, block: number, fleet: Fleet): number | null {
    for (const fetch of this.#fetches.values())
      if (fetch.fragment === fragment && fetch.first <= block && block < fetch.end)
        return fleet.linkOf(fetch.connection)?.server ?? null;
    return null;
  }
}
