/** What a gigabyte costs in CPU time, at the client and at the servers: what is left of the machine for other work. */

import {statSync} from 'node:fs';
import {join} from 'node:path';

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
  rclone,
  writeMetalink,
} from '../harness/peers.js';
import {inTurn, type Rounds} from '../harness/rounds.js';
import {loopbackScene} from '../harness/scenes.js';
import {median, medianRatio} from '../harness/statistics.js';
import type {Report, Suite, Target} from '../harness/suite.js';

const GIB = 1_073_741_824;
const ROUNDS = 5;
const OURS = fdl();
const LIKE_FOR_LIKE = 'aria2, piece hashes';
/** User and system time for a gigabyte, client and servers together. */
const BOTH_SIDES_SECONDS_PER_GB = 2.4;

export const cpu: Suite = {
  name: 'cpu',
  question: 'how much CPU time does a gigabyte cost, at the client and at the servers?',
  run: async (bench) => {
    const scene = await loopbackScene(bench, bench.isQuick ? GIB / 4 : 2 * GIB);
    const metalink = join(scene.scratch, 'pieces.meta4');
    writeMetalink(metalink, scene.original, scene.fleets.http.addresses);
    const floor = floorTool(scene);
    const like = aria2WithPieceHashes(metalink);
    const {there, missing} = installed([OURS, like, aria2, axel, rclone, curl, floor]);
    const gigabytes = statSync(scene.original).size / 1e9;
    const rounds = await inTurn(
      there.map((tool) => downloadWith(tool, scene)),
      bench.rounds ?? (bench.isQuick ? 1 : ROUNDS),
      (name, round, {clientCpuSeconds, serverCpuSeconds}) =>
        bench.say(`round ${round + 1}  ${name}  ${seconds(clientCpuSeconds)} + ${seconds(serverCpuSeconds)}`),
    );
    return report(rounds, gigabytes, missing, commandsOf(there, scene));
  },
};

function report(
  rounds: Rounds<DownloadSample>,
  gigabytes: number,
  skipped: readonly string[],
  commands: Report['commands'],
): Report {
  const rows = [...rounds].map(([name, samples]) => ({
    name,
    client: median(samples.map((sample) => sample.clientCpuSeconds)) / gigabytes,
    servers: median(samples.map((sample) => sample.serverCpuSeconds)) / gigabytes,
  }));
  return {
    tables: [
      {
        title: 'CPU seconds for a gigabyte, user and system',
        columns: ['tool', 'client', 'servers', 'together'],
        rows: rows.map(({name, client, servers}) => [
          name,
          seconds(client),
          seconds(servers),
          seconds(client + servers),
        ]),
      },
    ],
    targets: targets(rounds, gigabytes),
    plots: [
      {
        kind: 'bars',
        file: 'cpu',
        title: 'CPU time for a gigabyte, client and servers',
        unit: 's',
        bars: rows.map(({name, client, servers}) => ({name, value: client + servers})),
      },
    ],
    commands,
    skipped,
    notes: [
      'fdl hashes every byte at the client, as aria2 with piece hashes does; the others check nothing.',
      'nginx sends with sendfile: its bytes never pass through the process.',
      `"${FLOOR}": reads, sends, receives, SHA-256 and writes in a C program with threads, nothing else; both sides count as client.`,
    ],
    raw: Object.fromEntries(rounds),
  };
}

function targets(rounds: Rounds<DownloadSample>, gigabytes: number): Target[] {
  const ours = rounds.get(OURS.name) ?? [];
  const client = ours.map((sample) => sample.clientCpuSeconds);
  const both = median(ours.map((sample) => sample.clientCpuSeconds + sample.serverCpuSeconds)) / gigabytes;
  const others = rounds.get(LIKE_FOR_LIKE)?.map((sample) => sample.clientCpuSeconds);
  const share = others === undefined ? undefined : medianRatio(client, others);
  return [
    {
      what: 'both sides together',
      asked: `<= ${seconds(BOTH_SIDES_SECONDS_PER_GB)}`,
      seen: seconds(both),
      isMet: both <= BOTH_SIDES_SECONDS_PER_GB,
    },
    ...(share === undefined
      ? []
      : [
          {
            what: `client by that of ${LIKE_FOR_LIKE}`,
            asked: '<= 1.00 x',
            seen: ratio(share),
            isMet: share <= 1,
          },
        ]),
  ];
}
