/** Whether large files cost more than small ones, byte by byte: time, CPU time and memory from 1 KiB to 64 GiB. */

import {BLOCK_BYTES} from '../../src/limits.js';
import {formatBytes} from '../../src/units.js';
import {indexed} from '../../test/support/processes.js';
import {commandsOf, type DownloadSample, type DownloadScene, downloadWith} from '../harness/downloads.js';
import {ratio, seconds} from '../harness/format.js';
import {fdl} from '../harness/peers.js';
import {folderIn, type Place, placeFor} from '../harness/places.js';
import {inTurn} from '../harness/rounds.js';
import {offerSparseFile} from '../harness/scenes.js';
import {INDEX_DEADLINE_MS, startFdlServers} from '../harness/servers.js';
import {median} from '../harness/statistics.js';
import type {Bench, Report, Suite, Table, Target} from '../harness/suite.js';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const GIB = 1_024 * MIB;
const SIZES: readonly number[] = [KIB, MIB, 100 * MIB, GIB, 10 * GIB, 64 * GIB];
const SIZES_QUICK: readonly number[] = [KIB, MIB, 64 * MIB, 256 * MIB];
/** From this size on the cost of a byte is to be the same. */
const FLAT_FROM = GIB;
const FLAT_FROM_QUICK = 64 * MIB;
/** What rounds scatter. */
const FLAT_WITHIN = 1.1;
const PEAK_BYTES_MAX = 150e6;
const SMALLEST_SECONDS_MAX = 0.5;
const SERVERS = 4;
const ROUNDS = 5;
/** A file of minutes is measured once: what one round scatters is little against it. */
const ONCE_FROM = 32 * GIB;
const DEADLINE_SECONDS = 1_800;

interface Case {
  readonly bytes: number;
  readonly place: Place;
}

type Measured = Case & {readonly samples: readonly DownloadSample[]};

export const size: Suite = {
  name: 'size',
  question: 'does a byte of a large file cost more than one of a small file?',
  run: async (bench) => {
    const {cases, skipped} = casesOf(bench);
    const scenes = await scenesOf(bench, cases);
    const often = scenes.filter(([{bytes}]) => bytes < ONCE_FROM);
    const once = scenes.filter(([{bytes}]) => bytes >= ONCE_FROM);
    const rounds = bench.rounds ?? (bench.isQuick ? 1 : ROUNDS);
    const measured = [...(await measureIn(bench, often, rounds, 1)), ...(await measureIn(bench, once, 1, 0))];
    const [[, first] = []] = scenes;
    return report(bench, measured, skipped, first === undefined ? {} : commandsOf([fdl()], first));
  },
};

/** All in memory as far as they fit; where one goes to the disk, so does the one that it is compared with. */
function casesOf(bench: Bench): {cases: Case[]; skipped: string[]} {
  const sizes = bench.isQuick ? SIZES_QUICK : SIZES;
  const placed = sizes.map((bytes) => ({bytes, place: placeFor(bytes)}));
  const cases = placed.filter((one): one is Case => one.place !== undefined);
  const isOnDisk = ({place}: Case): boolean => place === 'disk';
  const base = {bytes: flatFrom(bench), place: 'disk'} as const;
  if (cases.some(isOnDisk) && !cases.some((one) => isOnDisk(one) && one.bytes === base.bytes))
    cases.push(base);
  const skipped = placed
    .filter(({place}) => place === undefined)
    .map(({bytes}) => `${binarySize(bytes)}: the output is no sparse file, and there is no room for it`);
  return {cases, skipped};
}

function flatFrom(bench: Bench): number {
  return bench.isQuick ? FLAT_FROM_QUICK : FLAT_FROM;
}

/** One folder with a file of each size, four servers on it in place; a folder to download into for each case. */
async function scenesOf(bench: Bench, cases: readonly Case[]): Promise<(readonly [Case, DownloadScene])[]> {
  const scratch = folderIn('memory', bench.cleanup);
  const offered = new Map(
    cases.map(({bytes}) => [bytes, offerSparseFile(scratch, bytes, `${bytes}.bin`)] as const),
  );
  const [some] = offered.values();
  if (some === undefined) return [];
  bench.say('servers read all files once');
  // The first one indexes the folder for all.
  await startFdlServers(bench.cleanup, some.folder, some.name, 1, ['--in-place']);
  for (const {folder, name} of offered.values()) await indexed(folder, name, INDEX_DEADLINE_MS);
  const fleet = await startFdlServers(bench.cleanup, some.folder, some.name, SERVERS, ['--in-place']);
  return [...offered].flatMap(([bytes, {path, name}]) =>
    cases
      .filter((one) => one.bytes === bytes)
      .map((one) => {
        const scratch = folderIn(one.place, bench.cleanup);
        const fleets = {fdl: fleet, http: fleet};
        return [one, {original: path, name, fleets, scratch, deadlineSeconds: DEADLINE_SECONDS}] as const;
      }),
  );
}

async function measureIn(
  bench: Bench,
  scenes: readonly (readonly [Case, DownloadScene])[],
  rounds: number,
  uncounted: number,
): Promise<Measured[]> {
  const results = await inTurn(
    scenes.map(([one, scene]) => ({...downloadWith(fdl(), scene), name: nameOf(one)})),
    rounds,
    (name, round, sample) => bench.say(`round ${round + 1}  ${name}  ${seconds(sample.seconds)}`),
    uncounted,
  );
  return scenes.map(([one]) => ({...one, samples: results.get(nameOf(one)) ?? []}));
}

function nameOf({bytes, place}: Case): string {
  return `${binarySize(bytes)}, ${place}`;
}

/** Sizes are whole numbers of these. */
function binarySize(bytes: number): string {
  if (bytes >= GIB) return `${bytes / GIB} GiB`;
  return bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes / KIB} KiB`;
}

interface Cost {
  readonly wall: number;
  readonly client: number;
  readonly both: number;
  readonly peakBytes: number;
}

/** Seconds for a gigabyte, medians over the rounds. */
function costOf({bytes, samples}: Measured): Cost {
  const per = (value: (sample: DownloadSample) => number): number =>
    median(samples.map(value)) / (bytes / 1e9);
  return {
    wall: per((sample) => sample.seconds),
    client: per((sample) => sample.clientCpuSeconds),
    both: per((sample) => sample.clientCpuSeconds + sample.serverCpuSeconds),
    peakBytes: Math.max(...samples.map((sample) => sample.clientPeakBytes)),
  };
}

function report(
  bench: Bench,
  measured: readonly Measured[],
  skipped: readonly string[],
  commands: Report['commands'],
): Report {
  const large = measured.filter(({bytes}) => bytes >= BLOCK_BYTES);
  const line = (name: string, cost: (one: Measured) => number) => ({
    name,
    points: large.filter(({place}) => place === 'memory').map((one) => [one.bytes, cost(one)] as const),
  });
  return {
    tables: [table(measured)],
    targets: targets(measured, flatFrom(bench)),
    plots: [
      {
        kind: 'lines',
        file: 'size',
        title: 'What a gigabyte costs, by the size of the file',
        x: {name: 'bytes', isLogarithmic: true},
        y: {name: 'seconds for a gigabyte', isLogarithmic: true},
        lines: [
          line('time', (one) => costOf(one).wall),
          line('CPU time, client and servers', (one) => costOf(one).both),
        ],
      },
    ],
    commands,
    skipped,
    notes: [
      'Originals are sparse files, with its number in each block, and are served in place; what arrives is written whole.',
      'Memory is the most that any round took. It is in memory (tmpfs) that files are compared, as far as they fit in half of what is free.',
    ],
    raw: measured,
  };
}

function table(measured: readonly Measured[]): Table {
  return {
    title: 'Four servers in place, sparse files',
    columns: ['size', 'rounds', 'time', 'time for a GB', 'CPU for a GB', 'of it client', 'client memory'],
    rows: measured.map((one) => {
      const cost = costOf(one);
      const perGigabyte = (value: number): string => (one.bytes < MIB ? '-' : seconds(value));
      return [
        ...[nameOf(one), String(one.samples.length), seconds(median(one.samples.map((it) => it.seconds)))],
        ...[cost.wall, cost.both, cost.client].map(perGigabyte),
        formatBytes(cost.peakBytes),
      ];
    }),
  };
}

function targets(measured: readonly Measured[], from: number): Target[] {
  const peak = Math.max(...measured.map((one) => costOf(one).peakBytes));
  const [smallest] = measured;
  const start = smallest === undefined ? 0 : median(smallest.samples.map((sample) => sample.seconds));
  const isSoon = start <= SMALLEST_SECONDS_MAX;
  return [
    {
      what: `${smallest === undefined ? '' : nameOf(smallest)} with process start`,
      asked: `<= ${seconds(SMALLEST_SECONDS_MAX)}`,
      seen: seconds(start),
      isMet: isSoon,
    },
    {
      what: 'client memory at any size',
      asked: `<= ${formatBytes(PEAK_BYTES_MAX)}`,
      seen: formatBytes(peak),
      isMet: peak <= PEAK_BYTES_MAX,
    },
    ...measured
      .filter(({bytes}) => bytes > from)
      .flatMap((one) => flatTargets(one, measured.find(isBaseOf(one, from)))),
  ];
}

function isBaseOf({place}: Case, from: number): (other: Case) => boolean {
  return (other) => other.bytes === from && other.place === place;
}

function flatTargets(one: Measured, base: Measured | undefined): Target[] {
  if (base === undefined) return [];
  const [mine, its] = [costOf(one), costOf(base)];
  const quotients = [
    ['time for a GB', mine.wall / its.wall],
    ['CPU for a GB', mine.both / its.both],
    ['client memory', mine.peakBytes / its.peakBytes],
  ] as const;
  return quotients.map(([what, seen]) => ({
    what: `${what}, ${nameOf(one)} by ${nameOf(base)}`,
    asked: `<= ${ratio(FLAT_WITHIN)}`,
    seen: ratio(seen),
    isMet: seen <= FLAT_WITHIN,
  }));
}
