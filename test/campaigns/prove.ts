/**
 * `npm run prove -- NAME...` runs whole campaigns and prints what was injected, how often, and what broke. `--times N`
 * does more or less, `--seed N` draws differently. Exits with 1 when a promise was broken. Without a name it lists them.
 */

import {parseArgs} from 'node:util';
import {CAMPAIGNS} from './all.js';
import type {Campaign} from './campaign.js';
import {runCampaign, type Verdict} from './run-campaign.js';

const USAGE_EXIT_CODE = 2;

await main();

async function main(): Promise<void> {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {times: {type: 'string'}, seed: {type: 'string', default: '1'}},
  });
  const isWanted = ({name}: Campaign): boolean => positionals[0] === 'all' || positionals.includes(name);
  const wanted = CAMPAIGNS.filter(isWanted);
  const unknown = positionals.filter((name) => name !== 'all' && !CAMPAIGNS.some((one) => one.name === name));
  if (wanted.length === 0 || unknown.length > 0) return usage(unknown);
  for (const campaign of wanted) await prove(campaign, values.times, Number(values.seed));
}

function usage(unknown: readonly string[]): void {
  for (const name of unknown) console.error(`There is no campaign "${name}".`);
  console.error('npm run prove -- CAMPAIGN... | all   [--times N] [--seed N]\n');
  for (const {name, promise, times, unit} of CAMPAIGNS) {
    console.error(`  ${name.padEnd(12)} ${promise} (${times.whole.toLocaleString('en')} ${unit})`);
  }
  process.exitCode = USAGE_EXIT_CODE;
}

async function prove(campaign: Campaign, asked: string | undefined, seed: number): Promise<void> {
  console.log(`== ${campaign.name}: ${campaign.promise}`);
  const missing = campaign.missing();
  if (missing !== null) return console.log(`   not run here: ${missing}\n`);
  const times = asked === undefined ? campaign.times.whole : Number(asked);
  const verdict = await runCampaign(campaign, times, seed, (line) => console.error(`   ${line}`));
  if (verdict.violationCount > 0) process.exitCode = 1;
  tell(verdict, `${times.toLocaleString('en')} ${campaign.unit}, seed ${seed}`);
}

function tell(verdict: Verdict, what: string): void {
  for (const {what, times} of verdict.injected) {
    console.log(`${times.toLocaleString('en').padStart(14)}  ${what}`);
  }
  for (const note of verdict.notes) console.log(`${''.padStart(16)}${note}`);
  for (const violation of verdict.violations) console.log(`BROKEN: ${violation}`);
  const broken = verdict.violationCount === 0 ? 'nothing broke' : `broken ${verdict.violationCount} times`;
  console.log(`   ${what}, ${verdict.seconds.toFixed(0)} s, node ${process.version}: ${broken}\n`);
}
