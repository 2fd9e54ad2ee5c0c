/** What the process whose power is cut and the test that looks at the disk afterwards have in common. */

import type {Clock} from '../../../src/actors/clock.js';
import {systemClock} from '../../../src/actors/clock.js';
import type {StoreEvent} from '../../../src/actors/store/store-port.js';
import {blocksIn, contentOf, everyBlock, type StoreRun, sampleOf} from './store-kit.js';

export const cutSample = sampleOf(contentOf(600_000));

/** Log and disk are synced so often that a short life holds many of those moments. */
export const hurriedClock: Clock = {
  ...systemClock,
  setTimeout: (callback, delayMs) => systemClock.setTimeout(callback, delayMs / 40),
};

/** Waits for the checks, then puts every block that is missing. */
export async function fetchRest(run: StoreRun, opened: StoreEvent & {type: 'store.opened'}): Promise<void> {
  if (opened.complete) return;
  const looked = blocksIn(opened.unchecked).length;
  await run.until(() => run.stored().length + run.wrong().length >= looked, 'the checks');
  const have = new Set([...blocksIn(opened.trusted), ...run.stored()]);
  run.learn(cutSample);
  await run.put(
    cutSample,
    everyBlock(cutSample).filter(([fragment, block]) => !have.has(`${fragment}/${block}`)),
  );
}
