/**
 * Where every block of a file stands. A copy costs next to nothing: it shares the fragments with the original until
 * either of them changes one, so that many moments of a long trace can be kept.
 */

import {BLOCK_STATES, type BlockState, type FragmentMap, NO_SERVER} from './moment.js';

/** One fragment. */
interface Page {
  /** The map that may change it. */
  readonly owner: number;
  readonly blocks: Uint8Array;
  readonly servers: Uint16Array;
}

const NUMBER_OF = Object.fromEntries(BLOCK_STATES.map((state, index) => [state, index])) as Readonly<
  Record<BlockState, number>
>;
const MISSING = NUMBER_OF.missing;
/** The state of a block that is known no better. */
const FIRST_STATE: BlockState = 'missing';
/** Beyond this a trace is no trace of ours: 100 TB. */
const FRAGMENTS_MAX = 1_000_000;
/** Counts of one fragment are 16 bits wide. */
const BLOCKS_PER_FRAGMENT_MAX = 0xffff;

let owners = 0;

export class BlockMap {
  readonly blocksPerFragment: number;
  #owner = owners++;
  #pages: (Page | undefined)[] = [];

  private constructor(blocksPerFragment: number) {
    this.blocksPerFragment = blocksPerFragment;
  }

  /** Null: fragments of so many blocks are not ours. */
  static of(blocksPerFragment: number): BlockMap | null {
    const isFine = Number.isInteger(blocksPerFragment) && blocksPerFragment > 0;
    return isFine && blocksPerFragment <= BLOCKS_PER_FRAGMENT_MAX ? new BlockMap(blocksPerFragment) : null;
  }

  stateOf(fragment: number, block: number): BlockState {
    return BLOCK_STATES[this.#pages[fragment]?.blocks[block] ?? MISSING] ?? FIRST_STATE;
  }

  serverOf(fragment: number, block: number): number {
    return this.#pages[fragment]?.servers[block] ?? NO_SERVER;
  }

  /** Blocks beyond the fragment, and fragments beyond all sense, are passed over. */
  set(fragment: number, block: number, state: BlockState, server: number | null): void {
    const page = this.#ownPage(fragment);
    if (page === null || block >= this.blocksPerFragment) return;
    page.blocks[block] = NUMBER_OF[state];
    page.servers[block] = server ?? NO_SERVER;
  }

  clone(): BlockMap {
    const copy = new BlockMap(this.blocksPerFragment);
    copy.#pages = this.#pages.slice();
    // From here on neither may change what both have.
    this.#owner = owners++;
    return copy;
  }

  /** For a file of so many fragments and blocks; the arrays are new. */
  view(fragments: number, blocksTotal: number): FragmentMap {
    const size = this.blocksPerFragment;
    const states = BLOCK_STATES.length;
    const map: FragmentMap = {
      fragments,
      blocksPerFragment: size,
      blocksTotal,
      blocks: new Uint8Array(blocksTotal),
      servers: new Uint16Array(blocksTotal).fill(NO_SERVER),
      counts: new Uint16Array(fragments * states),
      leaders: new Uint16Array(fragments).fill(NO_SERVER),
    };
    const votes = new Votes();
    for (let index = 0; index < fragments; index++) {
      const from = index * size;
      const length = Math.min(size, blocksTotal - from);
      const page = this.#pages[index + 1];
      if (page === undefined) {
        map.counts[index * states + MISSING] = length;
        continue;
      }
      map.blocks.set(page.blocks.subarray(0, length), from);
      map.servers.set(page.servers.subarray(0, length), from);
      countPage(page, length, map.counts.subarray(index * states, (index + 1) * states), votes);
      map.leaders[index] = votes.take();
    }
    return map;
  }

  #ownPage(fragment: number): Page | null {
    const page = this.#pages[fragment];
    if (page !== undefined && page.owner === this.#owner) return page;
    if (fragment < 1 || fragment > FRAGMENTS_MAX) return null;
    const owner = this.#owner;
    const own =
      page === undefined
        ? {
            owner,
            blocks: new Uint8Array(this.blocksPerFragment),
            servers: new Uint16Array(this.blocksPerFragment).fill(NO_SERVER),
          }
        : {owner, blocks: page.blocks.slice(), servers: page.servers.slice()};
    this.#pages[fragment] = own;
    return own;
  }
}

/** Counts a fragment's states, and who brought what is here. */
function countPage({blocks, servers}: Page, length: number, counts: Uint16Array, votes: Votes): void {
  for (let block = 0; block < length; block++) {
    const state = blocks[block] ?? MISSING;
    counts[state] = (counts[state] ?? 0) + 1;
    const server = servers[block] ?? NO_SERVER;
    if (server !== NO_SERVER && (state === NUMBER_OF.stored || state === NUMBER_OF.received))
      votes.add(server);
  }
}

/** Which server was named most often. */
class Votes {
  readonly #counts = new Map<number, number>();

  add(server: number): void {
    this.#counts.set(server, (this.#counts.get(server) ?? 0) + 1);
  }

  /** The winner, or NO_SERVER; all is forgotten. */
  take(): number {
    let leader = NO_SERVER;
    let most = 0;
    for (const [server, count] of this.#counts) {
      if (count <= most) continue;
      most = count;
      leader = server;
    }
    this.#counts.clear();
    return leader;
  }
}
