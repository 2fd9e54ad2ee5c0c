/** Speed where nothing but the machine limits it: the file in memory, servers and client on the same cores. */

import {statSync} from 'node:fs';
import {join} from 'node:path';

import {formatBytes, formatRate} from '../../src/units.js';
import {commandsOf, type DownloadSample, downloadWith} from '../harness/downloads.js';
import {FLOOR, floorTool} from '../harness/floor.js';
import {ratio, seconds} from '../harness/format.js';
import {
  aria2,
  aria2WithPieceHashes,
  axel,
  curl,
  fdl,
  installed,
  ipull,
  rclone,
  writeMetalink,
} from '../harness/peers.js';
import {inTurn, type Rounds} from '../harness/rounds.js';
import {loopbackScene} from '../harness/scenes.js';
import {median, medianRatio} from '../harness/statistics.js';
import type {Report, Suite, Table, Target} from '../harness/suite.js';

const GIB = 1_073_741_824;
const ROUNDS = 5;
const OURS = fdl();
/** How many times as fast as these fdl must be. */
const ASKED: Readonly<Record<string, number>> = {
  [aria2.name]: 1.7,
  'aria2, piece hashes': 2,
  [axel.name]: 1,
  [rclone.name]: 1.1,
  [curl.name]: 1,
  [ipull.name]: 1,
};

export const loopback: Suite = {
  name: 'loopback',
  question: 'how fast is a file from four servers when only the machine limits it?',
  run: async (bench) => {
    const scene = await loopbackScene(bench, bench.isQuick ? GIB / 4 : 2 * GIB);
    const metalink = join(scene.scratch, 'pieces.meta4');
    writeMetalink(metalink, scene.original, scene.fleets.http.addresses);
    const pieces = aria2WithPieceHashes(metalink);
    const floor = floorTool(scene);
    const {there, missing} = installed([OURS, aria2, pieces, axel, rclone, curl, ipull, floor]);
    const rounds = await inTurn(
      there.map((tool) => downloadWith(tool, scene)),
      bench.rounds ?? (bench.isQuick ? 1 : ROUNDS),
      (name, round, sample) => bench.say(`round ${round + 1}  ${name}  ${seconds(sample.seconds)}`),
    );
    return report(rounds, statSync(scene.original).size, missing, commandsOf(there, scene));
  },
};

function report(
  rounds: Rounds<DownloadSample>,
  bytes: number,
  skipped: readonly string[],
  commands: Report['commands'],
): Report {
  const speeds = [...rounds].map(([name, samples]) => ({
    name,
    value: bytes / median(samples.map((sample) => sample.seconds)) / 1e9,
  }));
  return {
    tables: [table(rounds, bytes)],
    targets: targets(rounds),
    plots: [
      {
        kind: 'bars',
        file: 'loopback',
        title: 'A file from four servers on one machine',
        unit: 'GB/s',
        bars: speeds,
      },
    ],
    commands,
    skipped,
    notes: [
      'fdl checks every byte before it is written; of the others only aria2 with piece hashes does.',
      'Ratios are medians over the rounds of time by time in the same round.',
      `"${FLOOR}" is no peer: the same reads, sends, receives, SHA-256 and writes in a C program with threads, and nothing else.`,
    ],
    raw: Object.fromEntries(rounds),
  };
}

function table(rounds: Rounds<DownloadSample>, bytes: number): Table {
  const ours = secondsOf(rounds, OURS.name);
  return {
    title: `${(bytes / GIB).toFixed(2)} GiB, four servers, file and target in memory`,
    columns: ['tool', 'median', 'fastest', 'slowest', 'speed', 'fdl is', 'client memory'],
    rows: [...rounds].map(([name, samples]) => {
      const times = samples.map((sample) => sample.seconds);
      return [
        name,
        seconds(median(times)),
        seconds(Math.min(...times)),
        seconds(Math.max(...times)),
        formatRate(bytes / median(times)),
        name === OURS.name ? '' : ratio(medianRatio(times, ours)),
        formatBytes(median(samples.map((sample) => sample.clientPeakBytes))),
      ];
    }),
  };
}

function targets(rounds: Rounds<DownloadSample>): Target[] {
  const ours = secondsOf(rounds, OURS.name);
  return Object.entries(ASKED).flatMap(([name, asked]) => {
    if (!rounds.has(name)) return [];
    const seen = medianRatio(secondsOf(rounds, name), ours);
    return [{what: `fdl by ${name}`, asked: `>= ${ratio(asked)}`, seen: ratio(seen), isMet: seen >= asked}];
  });
}

function secondsOf(rounds: Rounds<DownloadSample>, name: string): number[] {
  return (rounds.get(name) ?? []).map((sample) => sample.seconds);
}
