/** What a download adds up as it goes. */

import type {Totals} from './moment.js';

/** Sums of a download that rows add to. */
export type Counts = {
  -readonly [K in Exclude<
    keyof Totals,
    'bytesPerSecond' | 'etaMs' | 'receivedBytes' | 'wastedBytes'
  >]: Totals[K];
};

/** Before the first row. */
export const NOTHING: Counts = {
  storedBytes: 0,
  resumedBytes: 0,
  duplicateBytes: 0,
  wrongBlocks: 0,
  hashedBytes: null,
  storing: 0,
  slabsFree: null,
  slabs: 0,
  threads: 0,
  isDiskFull: false,
};
