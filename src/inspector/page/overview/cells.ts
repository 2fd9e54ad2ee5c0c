/** What a cell of the map is: the state of a fragment out of its blocks' states, and both in words. Pure. */

import {BLOCK_STATES, type BlockState, type FragmentMap, NO_SERVER} from '../model/moment.js';

export const FRAGMENT_STATES = ['missing', 'asked', 'partly', 'checking', 'stored', 'kept', 'wrong'] as const;
export type FragmentState = (typeof FRAGMENT_STATES)[number];

/** As a legend says them. */
export const FRAGMENT_WORDS: Readonly<Record<FragmentState, string>> = {
  missing: 'missing',
  asked: 'asked for',
  partly: 'partly there',
  checking: 'being checked',
  stored: 'stored',
  kept: 'kept from before',
  wrong: 'wrong',
};

const BLOCK_WORDS: Readonly<Record<BlockState, string>> = {
  missing: 'missing',
  unchecked: 'from before, not checked yet',
  asked: 'asked for',
  received: 'being checked',
  stored: 'stored',
  kept: 'kept from before',
  wrong: 'wrong',
};

/** How a block's state is drawn: with the colours and patterns of fragments. */
export const LOOK_OF_BLOCK: Readonly<Record<BlockState, FragmentState>> = {
  missing: 'missing',
  unchecked: 'checking',
  asked: 'asked',
  received: 'checking',
  stored: 'stored',
  kept: 'kept',
  wrong: 'wrong',
};

/** How many blocks of a fragment are in each state. */
export type Counts = Readonly<Record<BlockState, number>>;

export function countsOf({counts}: Pick<FragmentMap, 'counts'>, fragment: number): Counts {
  const at = (fragment - 1) * BLOCK_STATES.length;
  const count = (state: BlockState): number => counts[at + BLOCK_STATES.indexOf(state)] ?? 0;
  // Written out, for it is asked for each of ten thousand fragments several times a second.
  return {
    missing: count('missing'),
    unchecked: count('unchecked'),
    asked: count('asked'),
    received: count('received'),
    stored: count('stored'),
    kept: count('kept'),
    wrong: count('wrong'),
  };
}

export function fragmentState(counts: Counts): FragmentState {
  const {missing, unchecked, asked, received, stored, kept, wrong} = counts;
  if (wrong > 0) return 'wrong';
  const open = missing + asked;
  if (open + unchecked + received === 0) return stored === 0 ? 'kept' : 'stored';
  if (unchecked > 0 || (received > 0 && open === 0)) return 'checking';
  if (stored + kept + received > 0) return 'partly';
  return asked > 0 ? 'asked' : 'missing';
}

/** How many fragments are in each state. */
export function tally(map: FragmentMap): Record<FragmentState, number> {
  const sums = {missing: 0, asked: 0, partly: 0, checking: 0, stored: 0, kept: 0, wrong: 0};
  for (let fragment = 1; fragment <= map.fragments; fragment++)
    sums[fragmentState(countsOf(map, fragment))]++;
  return sums;
}

/** Blocks of a fragment: the last one may have fewer. */
export function blocksOf(map: FragmentMap, fragment: number): number {
  return Math.min(map.blocksPerFragment, map.blocksTotal - (fragment - 1) * map.blocksPerFragment);
}

/** `fragment 7 of 13: partly there, 41 of 100 blocks, 12 asked for, most of it from 192.0.2.7:9000`. */
export function fragmentWords(
  map: FragmentMap,
  fragment: number,
  addressOf: (server: number) => string,
): string {
  const counts = countsOf(map, fragment);
  const state = fragmentState(counts);
  const parts = [`fragment ${fragment} of ${map.fragments}: ${FRAGMENT_WORDS[state]}`];
  const here = counts.stored + counts.kept;
  if (state !== 'missing') parts.push(`${here} of ${blocksOf(map, fragment)} blocks`);
  if (counts.asked > 0) parts.push(`${counts.asked} asked for`);
  if (counts.received + counts.unchecked > 0)
    parts.push(`${counts.received + counts.unchecked} being checked`);
  if (counts.wrong > 0) parts.push(`${counts.wrong} wrong`);
  const leader = map.leaders[fragment - 1] ?? NO_SERVER;
  if (leader !== NO_SERVER) parts.push(`most of it from ${addressOf(leader)}`);
  return parts.join(', ');
}

/** `block 41 of fragment 7: stored, from 192.0.2.7:9000`. Blocks count from 0, as everywhere in fdl. */
export function blockWords(
  map: FragmentMap,
  fragment: number,
  block: number,
  addressOf: (server: number) => string,
): string {
  const at = (fragment - 1) * map.blocksPerFragment + block;
  const state = BLOCK_STATES[map.blocks[at] ?? 0] ?? 'missing';
  const server = map.servers[at] ?? NO_SERVER;
  const who = server === NO_SERVER || state === 'missing' ? '' : `, from ${addressOf(server)}`;
  return `block ${block} of fragment ${fragment}: ${BLOCK_WORDS[state]}${who}`;
}
