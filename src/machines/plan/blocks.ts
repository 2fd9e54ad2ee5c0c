/**
 * The state of every block of the file: one byte each, and counts per fragment, so that no question scans the file.
 * Blocks leave `missing` by a lease, come to the workers when their last byte is in, and end as `stored`.
 */

import {blockCount, blockLength, blocksPerFragment, fragmentCount, totalBlocks} from '../../geometry.js';
import type {Geometry, Run} from '../../model.js';
import {MinHeap} from './heap.js';

export const MISSING = 0;
/** One connection has it in its lease. */
export const LEASED = 1;
/** Two connections have it: a hedge. */
export const HEDGED = 2;
/** Its last byte is in; it belongs to the workers. */
export const RECEIVED = 3;
export const STORED = 4;

type BlockState = typeof MISSING | typeof LEASED | typeof HEDGED | typeof RECEIVED | typeof STORED;

/** How many blocks of a fragment are in each state; a hedged block counts as leased once. */
export interface Counts {
  missing: number;
  leased: number;
  received: number;
  stored: number;
}

/** Where a fragment stands, as its blocks do. */
export type FragmentPhase = 'pending' | 'transferring' | 'verifying' | 'merged';

/** Somebody has blocks of it, else the workers do, else it is whole, else blocks are missing and nobody has them. */
export function phaseOf({missing, leased, received}: Readonly<Counts>): FragmentPhase {
  if (leased > 0) return 'transferring';
  if (received > 0) return 'verifying';
  return missing === 0 ? 'merged' : 'pending';
}

export class BlockTable {
  readonly size: number;
  readonly geometry: Geometry;
  readonly fragments: number;
  readonly total: number;
  readonly #perFragment: number;
  readonly #states: Uint8Array;
  /** Only fragments that are neither untouched nor merged: bounded by the open leases, and by a resumed log. */
  readonly #open = new Map<number, Counts>();
  readonly #merged: Uint8Array;
  /** Fragments below this were handed out before; what comes back of them waits in `#returned`. */
  #fresh = 1;
  readonly #returned = new MinHeap<number>((a, b) => a < b);
  #storedBlocks = 0;
  #storedBytes = 0;
  #missingBlocks: number;
  #leasedBlocks = 0;
  #hedgedBlocks = 0;
  #receivedBlocks = 0;

  constructor(size: number, geometry: Geometry) {
    this.size = size;
    this.geometry = geometry;
    this.fragments = fragmentCount(size, geometry);
    this.total = totalBlocks(size, geometry);
    this.#perFragment = blocksPerFragment(geometry);
    this.#states = new Uint8Array(this.total);
    this.#merged = new Uint8Array(this.fragments + 1);
    this.#missingBlocks = this.total;
  }

  get storedBytes(): number {
    return this.#storedBytes;
  }

  get isComplete(): boolean {
    return this.#storedBlocks === this.total;
  }

  /** Whether some block is in nobody's hands. */
  get hasMissing(): boolean {
    return this.#missingBlocks > 0;
  }

  get missingBlocks(): number {
    return this.#missingBlocks;
  }

  /** Whether some block is still to come from a server; else all that is not stored is with the workers. */
  get needsServers(): boolean {
    return this.#missingBlocks + this.#leasedBlocks > 0;
  }

  /** Whether the workers have blocks that may turn out right or wrong. */
  get hasReceived(): boolean {
    return this.#receivedBlocks > 0;
  }

  /** Blocks that somebody is to bring; a hedged one counts once. */
  get leasedBlocks(): number {
    return this.#leasedBlocks;
  }

  /** Blocks that two connections are to bring. */
  get hedgedBlocks(): number {
    return this.#hedgedBlocks;
  }

  blocksOf(fragment: number): number {
    return blockCount(this.size, this.geometry, fragment);
  }

  lengthOf(fragment: number, block: number): number {
    return blockLength(this.size, this.geometry, fragment, block);
  }

  stateOf(fragment: number, block: number): BlockState {
    return this.#states[this.#index(fragment, block)] as BlockState;
  }

  /** Counts of a fragment's blocks by state. */
  countsOf(fragment: number): Readonly<Counts> {
    const blocks = this.blocksOf(fragment);
    if (this.#merged[fragment] === 1) return {missing: 0, leased: 0, received: 0, stored: blocks};
    return this.#open.get(fragment) ?? {missing: blocks, leased: 0, received: 0, stored: 0};
  }

  missingOf(fragment: number): number {
    if (this.#merged[fragment] === 1) return 0;
    return this.#open.get(fragment)?.missing ?? this.blocksOf(fragment);
  }

  /** Moves one block to another state; every count follows. */
  set(fragment: number, block: number, next: BlockState): void {
    const index = this.#index(fragment, block);
    const before = this.#states[index] as BlockState;
    if (before === next) return;
    if (before === STORED) throw new Error(`block ${fragment}/${block} is stored and cannot become ${next}`);
    const counts = this.#counts(fragment);
    this.#states[index] = next;
    this.#count(counts, before, -1);
    this.#count(counts, next, 1);
    if (next === STORED) this.#countStored(fragment, block, counts);
    if (next === MISSING && fragment < this.#fresh && counts.missing === 1) this.#returned.push(fragment);
  }

  /** Gives back the blocks of a run that nobody else has; a hedged one stays with the other connection. */
  release(run: Run): void {
    for (let block = run.first; block < run.end; block++) {
      const state = this.stateOf(run.fragment, block);
      if (state === LEASED) this.set(run.fragment, block, MISSING);
      else if (state === HEDGED) this.set(run.fragment, block, LEASED);
    }
  }

  lease(run: Run): void {
    for (let block = run.first; block < run.end; block++) this.set(run.fragment, block, LEASED);
  }

  /** The next run nobody has, in the order of the file, what came back first; `holds` says what a server has. */
  nextMissing(holds: (fragment: number) => boolean): Run | null {
    const returned = this.#nextReturned(holds);
    if (returned !== null) return returned;
    for (let fragment = this.#advanceFresh(); fragment <= this.fragments; fragment++) {
      if (this.missingOf(fragment) > 0 && holds(fragment)) return this.#firstMissingRun(fragment);
    }
    return null;
  }

  /** Fragments after `fragment` that will be handed out next; for asking their digests ahead. */
  upcoming(count: number): number[] {
    const found: number[] = [];
    for (
      let fragment = this.#advanceFresh();
      fragment <= this.fragments && found.length < count;
      fragment++
    ) {
      if (this.missingOf(fragment) > 0) found.push(fragment);
    }
    return found;
  }

  /** Fragments that still miss blocks which `isHeld` says nobody has; for the message of an incomplete fleet. */
  missingFragments(isHeld: (fragment: number) => boolean): number[] {
    const found: number[] = [];
    for (let fragment = 1; fragment <= this.fragments; fragment++) {
      if (this.missingOf(fragment) > 0 && !isHeld(fragment)) found.push(fragment);
    }
    return found;
  }

  #nextReturned(holds: (fragment: number) => boolean): Run | null {
    const skipped: number[] = [];
    let found: Run | null = null;
    while (found === null) {
      const fragment = this.#returned.peek();
      if (fragment === undefined) break;
      if (this.missingOf(fragment) === 0) this.#returned.pop();
      else if (holds(fragment)) found = this.#firstMissingRun(fragment);
      else skipped.push(this.#returned.pop() as number);
    }
    for (const fragment of skipped) this.#returned.push(fragment);
    return found;
  }

  /** Passes fragments that need nothing; what is behind the mark and comes back goes through `#returned`. */
  #advanceFresh(): number {
    while (this.#fresh <= this.fragments && this.missingOf(this.#fresh) === 0) this.#fresh++;
    return this.#fresh;
  }

  #firstMissingRun(fragment: number): Run {
    const blocks = this.blocksOf(fragment);
    let first = 0;
    while (first < blocks && this.stateOf(fragment, first) !== MISSING) first++;
    let end = first;
    while (end < blocks && this.stateOf(fragment, end) === MISSING) end++;
    return {fragment, first, end};
  }

  #counts(fragment: number): Counts {
    const known = this.#open.get(fragment);
    if (known !== undefined) return known;
    const counts = {missing: this.blocksOf(fragment), leased: 0, received: 0, stored: 0};
    this.#open.set(fragment, counts);
    return counts;
  }

  #count(counts: Counts, state: BlockState, change: 1 | -1): void {
    if (state === MISSING) {
      counts.missing += change;
      this.#missingBlocks += change;
    } else if (state === RECEIVED) {
      counts.received += change;
      this.#receivedBlocks += change;
    } else if (state === STORED) counts.stored += change;
    else {
      counts.leased += change;
      this.#leasedBlocks += change;
      if (state === HEDGED) this.#hedgedBlocks += change;
    }
  }

  #countStored(fragment: number, block: number, counts: Counts): void {
    this.#storedBlocks++;
    this.#storedBytes += this.lengthOf(fragment, block);
    if (counts.stored < this.blocksOf(fragment)) return;
    this.#merged[fragment] = 1;
    this.#open.delete(fragment);
  }

  #index(fragment: number, block: number): number {
    return (fragment - 1) * this.#perFragment + block;
  }
}
