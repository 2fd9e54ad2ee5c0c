/** How good the policy is, and what it costs: the real machines and the real policy in virtual time. */

import {setImmediate as turn} from 'node:timers/promises';

import {FDL1_GEOMETRY} from '../../src/geometry.js';
import {ACTIVE_MAX} from '../../src/limits.js';
import {runModel} from '../../test/support/model-fleet.js';
import {seconds} from '../harness/format.js';
import {type Costs, costPlots, costTable, costTargets, fits} from '../harness/growth.js';
import {type Losses, lossesOf} from '../harness/losses.js';
import type {Plot} from '../harness/plot.js';
import {drawFleet, type FleetBounds} from '../harness/random-fleets.js';
import {median} from '../harness/statistics.js';
import {type Effort, type StepCost, stepCost} from '../harness/step-cost.js';
import type {Bench, Report, Suite, Table, Target} from '../harness/suite.js';

const FLEETS = 60;
const FLEETS_QUICK = 7;
/** An hour of virtual time costs up to a minute of ours. */
const BOUNDS: FleetBounds = {serversMax: 1_000, fragmentsMax: 10_000, secondsMax: 3_600};
const BOUNDS_QUICK: FleetBounds = {serversMax: 1_000, fragmentsMax: 200, secondsMax: 100};
/** From so many fragments on the ends of a download weigh little. */
const FRAGMENTS_JUDGED = 100;
const MEDIAN_ASKED = 1.01;
const WORST_ASKED = 1.05;
const WORST_SHOWN = 12;
/** Of virtual time: ends only what hangs. */
const LIMIT_MS = 1e9;
const SERVERS: readonly number[] = [1, 3, 10, ACTIVE_MAX, 100, 320, 1_000];
const SERVERS_USUAL = ACTIVE_MAX;
const FRAGMENTS: readonly number[] = [1, 10, 100, 1_000, 10_000];
const QUICK: readonly number[] = [10, 100];
const EFFORT: Effort = {repetitions: 3, downloads: 3};
const EFFORT_QUICK: Effort = {repetitions: 1, downloads: 1};
const FRAGMENTS_USUAL = 100;

interface Sample {
  readonly seed: number;
  readonly servers: number;
  readonly fragments: number;
  readonly fluidSeconds: number;
  readonly seconds: number;
  readonly ratio: number;
  readonly losses: Losses;
}

export const plan: Suite = {
  name: 'plan',
  question: 'how close does the policy come to the best possible time, and what does a step of it cost?',
  run: async (bench) => {
    const costs = await measureCosts(bench);
    return report(await runFleets(bench), costs);
  },
};

async function measureCosts(bench: Bench): Promise<Costs> {
  bench.say('what a step costs');
  const effort = bench.isQuick ? EFFORT_QUICK : EFFORT;
  const byServers: StepCost[] = [];
  for (const servers of bench.isQuick ? QUICK : SERVERS)
    byServers.push(await afterTurn(() => stepCost(servers, FRAGMENTS_USUAL, effort)));
  const byFragments: StepCost[] = [];
  for (const fragments of bench.isQuick ? QUICK : FRAGMENTS)
    byFragments.push(await afterTurn(() => stepCost(SERVERS_USUAL, fragments, effort)));
  return {byServers, byFragments};
}

async function runFleets(bench: Bench): Promise<Sample[]> {
  const [count, bounds] = bench.isQuick ? [FLEETS_QUICK, BOUNDS_QUICK] : [FLEETS, BOUNDS];
  const samples: Sample[] = [];
  for (let seed = 0; seed < count; seed++) {
    const sample = await afterTurn(() => download(seed, bounds));
    bench.say(
      `seed ${seed}  ${sample.servers} servers, ${sample.fragments} fragments  ${sample.ratio.toFixed(4)}`,
    );
    samples.push(sample);
  }
  return samples;
}

/** A model runs without a pause; between two of them signals are heard. */
async function afterTurn<Result>(work: () => Result): Promise<Result> {
  await turn();
  return work();
}

function download(seed: number, bounds: FleetBounds): Sample {
  const {servers, rates, fragments, size, fluidRate, random} = drawFleet(seed, bounds);
  const run = runModel({
    ...{size, geometry: FDL1_GEOMETRY, servers, random, plan: {random}},
    limitMs: LIMIT_MS,
  });
  if (!run.plan.blocks.isComplete) throw new Error(`seed ${seed}: it ended without all blocks`);
  const fluidSeconds = size / fluidRate;
  return {
    ...{seed, servers: servers.length, fragments, fluidSeconds, seconds: run.elapsedMs / 1_000},
    ratio: run.elapsedMs / 1_000 / fluidSeconds,
    losses: lossesOf(run, rates, fluidRate),
  };
}

function report(samples: readonly Sample[], costs: Costs): Report {
  const judged = samples.filter(({fragments}) => fragments >= FRAGMENTS_JUDGED);
  return {
    tables: [ratioTable(samples), worstTable(judged), costTable(costs)],
    targets: [...ratioTargets(judged), ...costTargets(costs)],
    plots: [...plots(samples), ...costPlots(costs)],
    commands: {},
    skipped: judged.length > 0 ? [] : [`no fleet of ${FRAGMENTS_JUDGED} fragments and more was drawn`],
    notes: [
      `The optimum is size / sum of the rates of the best ${ACTIVE_MAX} servers, known from the start; the policy learns rates only from what comes. Of more servers than ${ACTIVE_MAX} it must find the best by trying.`,
      'A file that would take more than an hour is drawn smaller. Rates are 0.02 to 20 MB/s and steady, round trips 1 to 20 ms, one connection to each server.',
      'Lost in the middle: from the first byte until every block was asked for once. Lost at the end: from then on.',
      'A tick is judged four times a second. It is no step, so it has no target.',
      ...fits(costs),
    ],
    raw: {samples, costs},
  };
}

type Group = readonly [title: string, is: (sample: Sample) => boolean];
const isSmall = ({servers}: Sample): boolean => servers <= ACTIVE_MAX;
const isLong = ({fragments}: Sample): boolean => fragments >= FRAGMENTS_JUDGED;
const GROUPS: readonly Group[] = [
  [
    `${FRAGMENTS_JUDGED} fragments and more, up to ${ACTIVE_MAX} servers`,
    (one) => isLong(one) && isSmall(one),
  ],
  [`${FRAGMENTS_JUDGED} fragments and more, more servers than that`, (one) => isLong(one) && !isSmall(one)],
  [`${FRAGMENTS_JUDGED} fragments and more, all`, isLong],
  ['fewer fragments', (one) => !isLong(one)],
];

function ratioTable(samples: readonly Sample[]): Table {
  return {
    title: 'Finishing time by the fluid optimum',
    columns: ['fleets', 'count', 'median', 'worst', 'its seed'],
    rows: GROUPS.flatMap(([title, is]) => {
      const group = samples.filter(is);
      const worst = byRatio(group)[0];
      if (worst === undefined) return [];
      const middle = median(group.map(({ratio}) => ratio));
      return [[title, String(group.length), middle.toFixed(4), worst.ratio.toFixed(4), String(worst.seed)]];
    }),
  };
}

function worstTable(judged: readonly Sample[]): Table {
  return {
    title: `The worst of ${FRAGMENTS_JUDGED} fragments and more, and where the time went`,
    columns: ['seed', 'servers', 'fragments', 'optimum', 'ratio', 'start', 'middle', 'end'],
    rows: byRatio(judged)
      .slice(0, WORST_SHOWN)
      .map(({seed, servers, fragments, fluidSeconds, ratio, losses}) => [
        ...[seed, servers, fragments].map(String),
        ...[seconds(fluidSeconds), ratio.toFixed(4)],
        ...[losses.start, losses.middle, losses.tail].map(seconds),
      ]),
  };
}

function byRatio(samples: readonly Sample[]): Sample[] {
  return [...samples].sort((left, right) => right.ratio - left.ratio);
}

function ratioTargets(judged: readonly Sample[]): Target[] {
  if (judged.length === 0) return [];
  const ratios = judged.map(({ratio}) => ratio);
  const asked = [
    ['median', MEDIAN_ASKED, median(ratios)],
    ['worst', WORST_ASKED, Math.max(...ratios)],
  ] as const;
  return asked.map(([what, most, seen]) => ({
    what: `${what} time by the optimum, ${FRAGMENTS_JUDGED} fragments and more`,
    asked: `<= ${most}`,
    seen: seen.toFixed(4),
    isMet: seen <= most,
  }));
}

function plots(samples: readonly Sample[]): Plot[] {
  const ratios = (title: string, is: (sample: Sample) => boolean) => ({
    name: title,
    points: samples
      .filter(is)
      .map(({fragments, ratio}) => [fragments, ratio] as const)
      .sort(([left], [right]) => left - right),
  });
  return [
    {
      kind: 'lines',
      file: 'plan',
      title: 'Finishing time by the fluid optimum, random fleets',
      x: {name: 'fragments', isLogarithmic: true},
      y: {name: 'ratio', isLogarithmic: false},
      lines: [ratios(`up to ${ACTIVE_MAX} servers`, isSmall), ratios('more', (sample) => !isSmall(sample))],
    },
  ];
}
