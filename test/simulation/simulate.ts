/** `npm run simulate -- --seeds 1..1000` runs schedules and counts; `--seed N` tells the story of one. */

import {parseArgs} from 'node:util';
import {runSchedule} from './run.js';
import {drawSchedule} from './schedule.js';
import {shrunk, violationOf} from './shrink.js';

/** So many failures are enough to go to work. */
const FAILURES_SHOWN = 10;

const {values} = parseArgs({
  options: {
    seeds: {type: 'string', default: '1..1000'},
    seed: {type: 'string'},
    /** Ends with the first seed that fails. */
    first: {type: 'boolean', default: false},
  },
});
// The simulation sets traps for whoever looks at the real time.
const now = performance.now.bind(performance);

if (values.seed === undefined) await runMany(values.seeds);
else await tellOne(Number(values.seed));

async function tellOne(seed: number): Promise<void> {
  const schedule = drawSchedule(seed);
  console.log(JSON.stringify(schedule, null, 1));
  try {
    const {seen, ...report} = await runSchedule(schedule, {tell: (line) => console.log(line)});
    console.log(report, [...seen]);
  } catch (error) {
    console.log(String(error));
    process.exitCode = 1;
  }
}

async function runMany(seeds: string): Promise<void> {
  const [from = 1, to = from] = seeds.split('..').map(Number);
  const startedMs = now();
  const seen = new Map<string, number>();
  const count = {schedules: 0, runs: 0, events: 0, failed: 0};
  for (let seed = from; seed <= to && count.failed < FAILURES_SHOWN; seed++) {
    count.schedules++;
    try {
      const report = await runSchedule(drawSchedule(seed));
      count.events += report.events;
      count.runs += report.runs;
      for (const what of report.seen) seen.set(what, (seen.get(what) ?? 0) + 1);
    } catch (error) {
      count.failed++;
      if (values.first) {
        console.log(`seed ${seed}: ${String(error).split('\n')[0]}`);
        break;
      }
      await tellFailure(seed, String(error));
    }
  }
  const rows = [...seen].sort(([, a], [, b]) => b - a);
  for (const [what, times] of rows) console.log(`${String(times).padStart(9)}  ${what}`);
  const seconds = (now() - startedMs) / 1_000;
  const {schedules, runs, events, failed} = count;
  const [perSecond, eventsPerSecond] = [schedules / seconds, events / seconds].map(Math.round);
  console.log(
    `${schedules} schedules (seeds ${from} to ${to}), ${runs} runs, ${events} events, ${failed} failed`,
  );
  console.log(`${seconds.toFixed(1)} s: ${perSecond} schedules and ${eventsPerSecond} events a second`);
  if (failed > 0) process.exitCode = 1;
}

async function tellFailure(seed: number, problem: string): Promise<void> {
  const small = await shrunk(drawSchedule(seed));
  console.log(`seed ${seed}: ${problem}`);
  console.log(`  with these faults alone (${await violationOf(small)}):`);
  for (const fault of small.faults) console.log(`  ${JSON.stringify(fault)}`);
  console.log(`  its story: npm run simulate -- --seed ${seed}`);
}
