/** Where a model download lost time against the fluid optimum. Pure. */

import {entriesOf, type ModelRun} from '../../test/support/model-fleet.js';

/** In seconds; together they are the time it took beyond the optimum. One that is negative only evens out another. */
export interface Losses {
  /** Until the first byte flowed. */
  readonly start: number;
  /** From then until every block was asked for once: servers that were not the best, or had nothing to do. */
  readonly middle: number;
  /** From then on: some servers have nothing left to do. */
  readonly tail: number;
}

/** `rates` in bytes per second must be steady: a block flowed during length / rate before it was there. */
export function lossesOf(run: ModelRun, rates: readonly number[], fluidRate: number): Losses {
  const flows = entriesOf(run, 'stored').map(({server, fragment, block, atMs}) => {
    const bytes = run.plan.blocks.lengthOf(fragment, block);
    return {bytes, fromMs: atMs - (bytes / (rates[server] ?? Number.NaN)) * 1_000, toMs: atMs};
  });
  const firstMs = flows.reduce((least, {fromMs}) => Math.min(least, fromMs), run.elapsedMs);
  const tailMs = allAskedAtMs(run);
  const early = flows.reduce((sum, {bytes, fromMs, toMs}) => {
    const share = toMs <= tailMs ? 1 : Math.max(0, tailMs - fromMs) / (toMs - fromMs);
    return sum + bytes * share;
  }, 0);
  const late = flows.reduce((sum, {bytes}) => sum + bytes, 0) - early;
  return {
    start: firstMs / 1_000,
    middle: (tailMs - firstMs) / 1_000 - early / fluidRate,
    tail: (run.elapsedMs - tailMs) / 1_000 - late / fluidRate,
  };
}

/** When a block was asked for that nobody had been asked for before, for the last time. */
function allAskedAtMs(run: ModelRun): number {
  const asked = new Set<number>();
  const perFragment = run.plan.blocks.blocksOf(1);
  let lastMs = 0;
  for (const {run: part, atMs} of entriesOf(run, 'fetch')) {
    for (let block = part.first; block < part.end; block++) {
      const key = (part.fragment - 1) * perFragment + block;
      if (asked.has(key)) continue;
      asked.add(key);
      lastMs = atMs;
    }
  }
  return lastMs;
}
