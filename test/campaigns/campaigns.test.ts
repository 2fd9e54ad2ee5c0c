/** A part of each campaign; the whole: `npm run prove -- NAME`. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CAMPAIGNS} from './all.js';
import {runCampaign} from './run-campaign.js';

const SEED = 1;

for (const campaign of CAMPAIGNS) {
  test(`${campaign.promise} (${campaign.times.inTests} ${campaign.unit})`, async (t) => {
    const missing = campaign.missing();
    if (missing !== null) return t.skip(`not run here: ${missing}`);
    const verdict = await runCampaign(campaign, campaign.times.inTests, SEED, () => {});
    assert.deepEqual(verdict.violations, []);
    for (const {what, times} of verdict.injected) assert.ok(times > 0, `never happened: ${what}`);
  });
}
