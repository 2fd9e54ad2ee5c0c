/** Many servers for one client, and many clients of one server. */

import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {ACTIVE_MAX, MAX_TRANSFERS_DEFAULT} from '../../src/limits.js';
import {tempFolder} from '../../test/support/files.js';
import {Running} from '../../test/support/processes.js';
import {until} from '../../test/support/wait.js';
import type {CrowdClient} from '../harness/crowd.js';
import {type DownloadSample, downloadWith} from '../harness/downloads.js';
import {measure} from '../harness/measure.js';
import {fdl} from '../harness/peers.js';
import {inTurn} from '../harness/rounds.js';
import {offerFile} from '../harness/scenes.js';
import {type Fleet, startFdlServers} from '../harness/servers.js';
import {jainIndex, median} from '../harness/statistics.js';
import type {Bench, Report, Suite, Target} from '../harness/suite.js';

const MIB = 1_048_576;
const PROCESSES = 4;
const SERVERS_EACH = 50;
const BYTES_PER_SECOND_EACH = 1_000_000;
const SHARE_ASKED = 0.9;
const CLIENTS = 500;
const JAIN_ASKED = 0.95;
const SERVER_BYTES_MAX = 300e6;
const ROUNDS = 3;
/** Fifty servers start one after the other, on a machine that is busy with three times as many. */
const START_DEADLINE_MS = 60_000;
const DEADLINE_SECONDS = 300;
/**
 * A slot for every client shows how fairly slots are served; the default shows that those without one come back and end.
 */
const SLOTS: readonly number[] = [CLIENTS, MAX_TRANSFERS_DEFAULT];

interface Crowd {
  readonly slots: number;
  readonly seconds: number;
  readonly jain: number;
  readonly busyReplies: number;
  readonly ended: number;
  readonly serverPeakBytes: number;
}

export const many: Suite = {
  name: 'many',
  question: 'what do 200 slow servers bring, and how do 500 clients fare at one server?',
  run: async (bench) => {
    const downloads = await fromMany(bench);
    const crowds: Crowd[] = [];
    for (const slots of SLOTS) crowds.push(await crowdOf(bench, slots));
    return report(downloads, crowds);
  },
};

interface FromMany {
  readonly bytes: number;
  readonly samples: readonly DownloadSample[];
}

async function fromMany(bench: Bench): Promise<FromMany> {
  const scratch = tempFolder(bench.cleanup, 'bench');
  const bytes = (bench.isQuick ? 128 : 1_024) * MIB;
  const {folder, name, path} = offerFile(scratch, bytes);
  // The first server indexes the folder for all.
  await startFdlServers(bench.cleanup, folder, name, 1);
  const fleet = await manyServers(bench, folder);
  const scene = {original: path, name, scratch, deadlineSeconds: DEADLINE_SECONDS};
  const rounds = await inTurn(
    [downloadWith(fdl(), {...scene, fleets: {fdl: fleet, http: fleet}})],
    bench.rounds ?? (bench.isQuick ? 1 : ROUNDS),
    (tool, round, sample) =>
      bench.say(
        `round ${round + 1}  ${tool} from ${fleet.addresses.length}  ${share(bytes, sample).toFixed(3)}`,
      ),
  );
  return {bytes, samples: [...rounds.values()].flat()};
}

async function manyServers(bench: Bench, folder: string): Promise<Fleet> {
  const addresses: string[] = [];
  for (let process = 0; process < PROCESSES; process++) {
    const running = new Running([folder, String(SERVERS_EACH), String(BYTES_PER_SECOND_EACH)], {
      cwd: folder,
      program: [globalThis.process.execPath, child('many-servers')],
    });
    bench.cleanup.after(() => running.stop());
    const ports = await until('fifty servers', START_DEADLINE_MS, () => {
      if (running.ended) throw new Error(running.stderr);
      return running.stdout.endsWith('\n') ? (JSON.parse(running.stdout) as number[]) : undefined;
    });
    addresses.push(...ports.map((port) => `127.0.0.1:${port}`));
  }
  return {addresses, cpuSeconds: () => 0, peakBytes: () => 0};
}

/** Of what ACTIVE_MAX servers can bring, from the first request to the final name. */
function share(bytes: number, {elapsedMs, seconds}: DownloadSample): number {
  const elapsed = elapsedMs === undefined ? seconds : elapsedMs / 1_000;
  return bytes / elapsed / (ACTIVE_MAX * BYTES_PER_SECOND_EACH);
}

async function crowdOf(bench: Bench, slots: number): Promise<Crowd> {
  const scratch = tempFolder(bench.cleanup, 'bench');
  const {folder, name, path} = offerFile(scratch, (bench.isQuick ? 2 : 20) * MIB);
  const fleet = await startFdlServers(bench.cleanup, folder, name, 1, ['--max-transfers', String(slots)]);
  const port = fleet.addresses[0]?.split(':')[1] ?? '';
  const {stdout} = await measure([process.execPath, child('crowd'), port, path, name, String(CLIENTS)], {
    cwd: scratch,
    deadlineSeconds: DEADLINE_SECONDS,
  });
  const clients = JSON.parse(stdout) as CrowdClient[];
  const crowd = {
    slots,
    seconds: Math.max(...clients.map(({seconds}) => seconds)),
    // All have as many bytes.
    jain: jainIndex(clients.map(({seconds}) => 1 / seconds)),
    busyReplies: clients.reduce((sum, {busyReplies}) => sum + busyReplies, 0),
    ended: clients.length,
    serverPeakBytes: fleet.peakBytes(),
  };
  bench.say(`${slots} slots: Jain ${crowd.jain.toFixed(3)}, all ended after ${crowd.seconds.toFixed(1)} s`);
  return crowd;
}

function child(name: string): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', 'harness', `${name}.js`);
}

function report({bytes, samples}: FromMany, crowds: readonly Crowd[]): Report {
  const seen = median(samples.map((sample) => share(bytes, sample)));
  return {
    tables: [
      {
        title: `${CLIENTS} clients in one process at one server`,
        columns: ['slots', 'ended', 'busy replies', 'time', 'Jain', 'server memory'],
        rows: crowds.map(({slots, ended, busyReplies, seconds, jain, serverPeakBytes}) => [
          ...[String(slots), String(ended), String(busyReplies)],
          ...[`${seconds.toFixed(1)} s`, jain.toFixed(3), megabytes(serverPeakBytes)],
        ]),
      },
    ],
    targets: [
      {
        what: `${PROCESSES * SERVERS_EACH} servers of 1 MB/s, by ${ACTIVE_MAX} MB/s`,
        asked: `>= ${SHARE_ASKED}`,
        seen: seen.toFixed(3),
        isMet: seen >= SHARE_ASKED,
      },
      ...crowds.flatMap(crowdTargets),
    ],
    plots: [],
    commands: {},
    skipped: [],
    notes: [
      `With ${CLIENTS} slots all transfer at once: Jain's index tells how evenly. With ${MAX_TRANSFERS_DEFAULT}, the default, who comes later waits for a slot, so their times differ on purpose; no index is asked of it.`,
      'Every client compares every byte with the original.',
    ],
    raw: {samples, crowds},
  };
}

function crowdTargets({slots, ended, jain, serverPeakBytes}: Crowd): Target[] {
  const at = `with ${slots} slots`;
  return [
    {what: `clients that end ${at}`, asked: String(CLIENTS), seen: String(ended), isMet: ended === CLIENTS},
    {
      what: `server memory ${at}`,
      asked: `<= ${megabytes(SERVER_BYTES_MAX)}`,
      seen: megabytes(serverPeakBytes),
      isMet: serverPeakBytes <= SERVER_BYTES_MAX,
    },
    ...(slots < CLIENTS
      ? []
      : [{what: `Jain ${at}`, asked: `>= ${JAIN_ASKED}`, seen: jain.toFixed(3), isMet: jain >= JAIN_ASKED}]),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
