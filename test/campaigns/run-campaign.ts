/** Runs one campaign and counts what broke. */

import {lastFirst} from '../support/files.js';
import type {Campaign, Outcome} from './campaign.js';

/** So many violations are enough to go to work. */
const VIOLATIONS_KEPT = 20;

export interface Verdict extends Outcome {
  /** The first ones; none: the promise held. */
  readonly violations: readonly string[];
  readonly violationCount: number;
  readonly seconds: number;
}

/** Runs `campaign` so many `times`. Rejects with what it throws, which is a fault of the campaign and no violation. */
export async function runCampaign(
  campaign: Campaign,
  times: number,
  seed: number,
  say: (line: string) => void,
): Promise<Verdict> {
  const startedMs = performance.now();
  const violations: string[] = [];
  let violationCount = 0;
  const ending: (() => void | Promise<void>)[] = [];
  const cleanup = lastFirst({after: (action) => void ending.push(action)});
  try {
    const outcome = await campaign.run({
      times,
      seed,
      cleanup,
      say,
      violated(what) {
        violationCount += 1;
        if (violations.length < VIOLATIONS_KEPT) violations.push(what);
      },
    });
    const seconds = (performance.now() - startedMs) / 1_000;
    return {...outcome, violations, violationCount, seconds};
  } finally {
    for (const action of ending) await action();
  }
}
