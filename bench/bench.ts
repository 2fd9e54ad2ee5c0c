/**
 * `npm run bench -- SUITE...`: runs suites one after the other, prints tables and writes bench/results/. Without a name it
 * lists them. `--rounds N` changes how often each contender runs; `--quick` makes everything small, to see that it runs.
 */

import {parseArgs} from 'node:util';

import {lastFirst} from '../test/support/files.js';
import {thisMachine} from './harness/machine.js';
import {forTerminal, writeResults} from './harness/results.js';
import type {BenchOptions, Suite} from './harness/suite.js';
import {cpu} from './suites/cpu.js';
import {index} from './suites/index.js';
import {latency} from './suites/latency.js';
import {links} from './suites/links.js';
import {loopback} from './suites/loopback.js';
import {many} from './suites/many.js';
import {plan} from './suites/plan.js';
import {size} from './suites/size.js';
import {trouble} from './suites/trouble.js';

const SUITES: readonly Suite[] = [loopback, cpu, links, trouble, latency, many, size, plan, index];
const USAGE_EXIT_CODE = 2;
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

await main();

async function main(): Promise<void> {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {rounds: {type: 'string'}, quick: {type: 'boolean', default: false}},
  });
  const suites = positionals[0] === 'all' ? SUITES : SUITES.filter(({name}) => positionals.includes(name));
  const unknown = positionals.filter(
    (name) => name !== 'all' && !SUITES.some((suite) => suite.name === name),
  );
  if (suites.length === 0 || unknown.length > 0) return usage(unknown);
  const options: BenchOptions = {
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    isQuick: values.quick,
  };
  for (const suite of suites) await runSuite(suite, options);
}

function usage(unknown: readonly string[]): void {
  for (const name of unknown) console.error(`There is no suite "${name}".`);
  console.error('npm run bench -- SUITE... | all   [--rounds N] [--quick]\n');
  for (const {name, question} of SUITES) console.error(`  ${name.padEnd(10)} ${question}`);
  process.exitCode = USAGE_EXIT_CODE;
}

/** Runs one suite; what it started has ended afterwards, also after an error, Ctrl-C or a time-out from outside. */
async function runSuite(suite: Suite, options: BenchOptions): Promise<void> {
  const ending: (() => void | Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    for (const action of ending.splice(0)) await action();
  };
  const interrupted = (): void => void end().finally(() => process.exit(130));
  for (const signal of ENDING_SIGNALS) process.once(signal, interrupted);
  console.error(`== ${suite.name}: ${suite.question}`);
  try {
    const report = await suite.run({
      ...options,
      cleanup: lastFirst({after: (action) => void ending.push(action)}),
      say: (line) => console.error(`   ${line}`),
    });
    console.log(forTerminal(report));
    if (options.isQuick) return;
    console.error(`\nwritten to ${writeResults(suite, report, thisMachine(), new Date())}`);
  } finally {
    for (const signal of ENDING_SIGNALS) process.removeListener(signal, interrupted);
    await end();
  }
}
