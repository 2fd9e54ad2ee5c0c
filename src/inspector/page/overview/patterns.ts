/** Patterns as paths in a square of 12 units: the second sign of a server beside its colour, and of a state beside its. Pure. */

import type {FragmentState} from './cells.js';
import type {Pattern} from './swatches.js';

const RISING = 'M-1 5L5-1M-1 13L13-1M7 13L13 7';
const LEVEL = 'M0 3H12M0 9H12';
const UPRIGHT = 'M3 0V12M9 0V12';

/** To be stroked in the colour of the ground. */
export const PATTERN_PATHS: Readonly<Record<Pattern, string>> = {
  plain: '',
  rising: RISING,
  dots: 'M2.5 3h1.5M8 3h1.5M2.5 9h1.5M8 9h1.5',
  level: LEVEL,
  falling: 'M-1 7L5 13M-1-1L13 13M7-1L13 5',
  upright: UPRIGHT,
  grid: `${LEVEL}${UPRIGHT}`,
  frame: 'M3.5 3.5h5v5h-5z',
};

/** The same for states. */
export const STATE_PATHS: Readonly<Record<FragmentState, string>> = {
  missing: '',
  asked: 'M4.5 6h3',
  partly: '',
  checking: RISING,
  stored: '',
  kept: LEVEL,
  wrong: 'M3 3L9 9M9 3L3 9',
};

/** What happened to a block: signs in three corners of its cell, to be filled. */
export type BlockSign = 'hedged' | 'wasted' | 'lied';
export const SIGN_PATHS: Readonly<Record<BlockSign, string>> = {
  hedged: 'M7 0H12V5z',
  wasted: 'M7.5 9.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0z',
  lied: 'M.4 1.3L1.3.4L2.8 1.9L4.3.4L5.2 1.3L3.7 2.8L5.2 4.3L4.3 5.2L2.8 3.7L1.3 5.2L.4 4.3L1.9 2.8z',
};
