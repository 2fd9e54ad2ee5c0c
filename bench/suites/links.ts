/** How much of several links of known rates is used: the time of a download by the time that the links need at least. */

import {statSync} from 'node:fs';

import {formatRate} from '../../src/units.js';
import {commandsOf, type DownloadSample, downloadWith} from '../harness/downloads.js';
import {seconds} from '../harness/format.js';
import {
  EIGHT_EQUAL,
  LINKS_NOTE,
  type LinkSet,
  type LinkStage,
  linkStage,
  ONE_FAST,
  sum,
  UNEQUAL,
} from '../harness/link-sets.js';
import {BURST_SECONDS, linksMissing} from '../harness/links.js';
import {aria2, axel, fdl, installed, type Tool} from '../harness/peers.js';
import {inTurn, type Rounds} from '../harness/rounds.js';
import {inScope} from '../harness/scope.js';
import {median} from '../harness/statistics.js';
import type {Bench, Report, Suite, Table, Target} from '../harness/suite.js';

const SETS: readonly LinkSet[] = [UNEQUAL, ONE_FAST, EIGHT_EQUAL];
/** A round of all sets takes about five minutes, and the links are steady. */
const ROUNDS = 3;
const OURS = fdl();
/** By the ideal time: from first request to final name, and with process start and end. */
const ASKED = 1.01;
const ASKED_OF_PROCESS = 1.03;

interface SetResult {
  readonly set: LinkSet;
  readonly bytes: number;
  /** Measured and computed payload rates of the links. */
  readonly rates: readonly number[];
  readonly computed: readonly number[];
  /** Size by the sum of the measured rates, less the head start of full buckets. */
  readonly idealSeconds: number;
  readonly rounds: Rounds<DownloadSample>;
  readonly commands: Report['commands'];
}

export const links: Suite = {
  name: 'links',
  question: 'how close to size / sum of the links is a download from servers of unequal rates?',
  run: async (bench) => {
    const reason = linksMissing();
    if (reason !== undefined) return report([], [`the whole suite: ${reason}`]);
    const {there, missing} = installed([OURS, aria2, axel]);
    const results: SetResult[] = [];
    for (const set of SETS) {
      results.push(
        await inScope(bench.cleanup, async (cleanup) =>
          runSet(bench, set, await linkStage(bench, cleanup, set), there),
        ),
      );
    }
    return report(results, missing);
  },
};

async function runSet(
  bench: Bench,
  set: LinkSet,
  {links, rates, scene}: LinkStage,
  tools: readonly Tool[],
): Promise<SetResult> {
  const bytes = statSync(scene.original).size;
  const idealSeconds = bytes / sum(rates) - BURST_SECONDS;
  const rounds = await inTurn(
    tools.map((tool) => downloadWith(tool, scene)),
    bench.rounds ?? (bench.isQuick ? 1 : ROUNDS),
    (name, round, sample) =>
      bench.say(
        `round ${round + 1}  ${name}  ${seconds(sample.seconds)}, ${byIdeal(sample.seconds / idealSeconds)}`,
      ),
    bench.isQuick ? 0 : 1,
  );
  return {
    set,
    bytes,
    rates,
    computed: links.map((link) => link.payloadBytesPerSecond),
    idealSeconds,
    rounds,
    commands: commandsOf(tools, scene),
  };
}

function report(results: readonly SetResult[], skipped: readonly string[]): Report {
  return {
    tables: results.flatMap((result) => [timesTable(result), ratesTable(result)]),
    targets: results.flatMap(targets),
    plots: results.map(({set, idealSeconds, rounds}, index) => ({
      kind: 'bars',
      file: `links-${index + 1}`,
      title: `Links of ${set.name} Mbit/s: time by the least that they need`,
      unit: 'x',
      bars: [...rounds].map(([name, samples]) => ({
        name,
        value: median(samples.map((sample) => sample.seconds / idealSeconds)),
      })),
    })),
    commands: Object.fromEntries(
      results.flatMap(({set, commands}) =>
        Object.entries(commands).map(([name, command]) => [`${name}, ${set.name}`, command]),
      ),
    ),
    skipped,
    notes: [
      ...LINKS_NOTE,
      `The ideal is the size by the sum of the rates, less the ${BURST_SECONDS * 1_000} ms that full buckets of tbf send at once.`,
      'fdl: first request to final name is elapsedMs of its result. Whole process is from its start to its end.',
    ],
    raw: results.map(({rounds, ...rest}) => ({...rest, rounds: Object.fromEntries(rounds)})),
  };
}

function timesTable({set, bytes, idealSeconds, rounds}: SetResult): Table {
  return {
    title: `${set.name} Mbit/s, ${(bytes / 2 ** 30).toFixed(2)} GiB, ideal ${seconds(idealSeconds)}`,
    columns: ['tool', 'process', 'fastest', 'slowest', 'by ideal', 'first request to name', 'by ideal'],
    rows: [...rounds].map(([name, samples]) => {
      const whole = samples.map((sample) => sample.seconds);
      const inner = innerSeconds(samples);
      return [
        name,
        seconds(median(whole)),
        seconds(Math.min(...whole)),
        seconds(Math.max(...whole)),
        byIdeal(median(whole) / idealSeconds),
        inner.length === 0 ? '' : seconds(median(inner)),
        inner.length === 0 ? '' : byIdeal(median(inner) / idealSeconds),
      ];
    }),
  };
}

function ratesTable({set, rates, computed}: SetResult): Table {
  return {
    title: `Links of ${set.name} Mbit/s, each alone`,
    columns: ['link', 'payload, measured', 'payload, computed'],
    rows: set.megabits.map((megabits, index) => [
      `${megabits} Mbit/s`,
      formatRate(rates[index] ?? Number.NaN),
      formatRate(computed[index] ?? Number.NaN),
    ]),
  };
}

function targets({set, idealSeconds, rounds}: SetResult): Target[] {
  const samples = rounds.get(OURS.name) ?? [];
  const inner = median(innerSeconds(samples)) / idealSeconds;
  const whole = median(samples.map((sample) => sample.seconds)) / idealSeconds;
  return [
    target(`${set.name}: first request to final name by ideal`, inner, ASKED),
    target(`${set.name}: process start to end by ideal`, whole, ASKED_OF_PROCESS),
  ];
}

function target(what: string, seen: number, asked: number): Target {
  return {what, asked: `<= ${byIdeal(asked)}`, seen: byIdeal(seen), isMet: seen <= asked};
}

function innerSeconds(samples: readonly DownloadSample[]): number[] {
  return samples.flatMap(({elapsedMs}) => (elapsedMs === undefined ? [] : [elapsedMs / 1_000]));
}

/** With a digit more than other ratios: the demand is about hundredths. */
function byIdeal(value: number): string {
  return `${value.toFixed(3)} x`;
}
