/** Which blocks of a file to look at, so that a server cannot know them beforehand. Pure: chance is handed in. */

import {blockCount, blocksPerFragment, fragmentCount} from '../../geometry.js';
import type {Manifest} from '../../model.js';

export interface BlockAt {
  readonly fragment: number;
  readonly block: number;
}

/**
 * `count` different blocks of the fragments held (`holds`: bit i, least significant first, is fragment `i + 1`; null:
 * all), by fragment; all blocks where there are no more. `random`: numbers in [0, 1).
 */
export function pickBlocks(
  {size, geometry}: Manifest,
  holds: Uint8Array | null,
  count: number,
  random: () => number,
): BlockAt[] {
  const held: number[] = [];
  for (let fragment = 1; fragment <= fragmentCount(size, geometry); fragment++)
    if (holdsFragment(holds, fragment)) held.push(fragment);
  // Only the last fragment is shorter, so a number within the held ones names a block by division.
  const perFragment = blocksPerFragment(geometry);
  const last = held.at(-1);
  const blocks = last === undefined ? 0 : (held.length - 1) * perFragment + blockCount(size, geometry, last);
  const picked = pickNumbers(blocks, count, random);
  return picked.map((number) => ({
    fragment: held[Math.floor(number / perFragment)] ?? 1,
    block: number % perFragment,
  }));
}

/** Whether the bitmap of what a server holds names a fragment; null: it holds all. */
export function holdsFragment(holds: Uint8Array | null, fragment: number): boolean {
  return holds === null || ((holds[(fragment - 1) >> 3] ?? 0) & (1 << ((fragment - 1) & 7))) !== 0;
}

/** `count` different whole numbers below `end`, ascending; all of them when there are no more. */
function pickNumbers(end: number, count: number, random: () => number): number[] {
  if (end <= count) return Array.from({length: end}, (_, number) => number);
  // One draw a number, none repeated (Floyd): a number drawn before stands for the highest one of this round.
  const picked = new Set<number>();
  for (let top = end - count; top < end; top++) {
    const drawn = Math.floor(random() * (top + 1));
    picked.add(picked.has(drawn) ? top : drawn);
  }
  return [...picked].sort((a, b) => a - b);
}
