/** Speed over long ways: what a tool makes of four links when each answer takes a while. */

import {mkdirSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';

import {sameBytes, tempFolder} from '../../test/support/files.js';
import {type Link, payloadRate, startFarLinks, whyNoFarLinks} from '../harness/far-links.js';
import {commandLine} from '../harness/format.js';
import {measure} from '../harness/measure.js';
import {aria2, fdl, installed, type Tool} from '../harness/peers.js';
import {type Contender, inTurn, type Rounds} from '../harness/rounds.js';
import {offerFile} from '../harness/scenes.js';
import {type Fleet, startFdlServers, startNginx} from '../harness/servers.js';
import {median} from '../harness/statistics.js';
import type {Bench, Report, Suite} from '../harness/suite.js';

const MIB = 1_048_576;
const SERVERS = 4;
const ROUNDS = 3;
const DEADLINE_SECONDS = 300;
/** What has come is looked at this often. */
const LOOK_MS = 50;
/** From here on the links must be full: connections are made and TCP's slow start is over. */
const FULL_FROM_SECONDS = 2;
const SHARE_ASKED = 0.95;
const MEGABITS = 100;
const OURS = 'fdl';
const LINKS: readonly (Link & {readonly name: string})[] = [
  {name: '50 ms', roundTripMs: 50, megabits: MEGABITS},
  {name: '150 ms', roundTripMs: 150, megabits: MEGABITS},
  // Half a MiB in 150 ms is 28 % of such a link: here further connections pay.
  {name: '150 ms, windows of 512 KiB', roundTripMs: 150, megabits: MEGABITS, windowBytes: MIB / 2},
];

interface Sample {
  readonly seconds: number;
  /** Bytes that came from FULL_FROM_SECONDS on, by what the links carry meanwhile. */
  readonly share: number;
  /** Sockets that fdl opened, all servers together; undefined for others. */
  readonly connections: number | undefined;
}

interface Scene {
  readonly original: string;
  readonly name: string;
  readonly scratch: string;
  readonly fleets: {readonly fdl: Fleet; readonly http: Fleet};
}

export const latency: Suite = {
  name: 'latency',
  question: 'what becomes of four links of 100 Mbit/s when an answer takes 50 or 150 ms?',
  run: async (bench) => {
    const missing = whyNoFarLinks();
    if (missing !== undefined) return report([], [missing], {});
    const scratch = tempFolder(bench.cleanup, 'bench');
    const links = await startFarLinks(bench.cleanup, scratch);
    const offered = offerFile(scratch, (bench.isQuick ? 128 : 1_024) * MIB);
    const scene = {
      original: offered.path,
      name: offered.name,
      scratch,
      fleets: {
        fdl: await startFdlServers(bench.cleanup, offered.folder, offered.name, SERVERS, [], links.hosts),
        http: await startNginx(bench.cleanup, offered.folder, SERVERS, scratch, links.hosts),
      },
    };
    const tools = installed(bench.isQuick ? contenders(scratch).slice(0, 2) : contenders(scratch));
    const results: [string, Rounds<Sample>][] = [];
    for (const link of bench.isQuick ? LINKS.slice(0, 1) : LINKS) {
      await links.become(link);
      results.push([link.name, await compare(bench, scene, tools.there, link)]);
    }
    return report(results, tools.missing, commandsOf(tools.there, scene));
  },
};

function contenders(scratch: string): readonly Tool[] {
  const trace = ['--trace', join(scratch, 'trace.ndjson')];
  return [
    {...fdl(...trace), name: OURS},
    {...aria2Split(4), name: 'aria2, 4 a server'},
    aria2,
    {...fdl('--connections=1', ...trace), name: 'fdl --connections=1'},
  ];
}

/** Several connections to each server: on long ways the best that aria2 can do. */
function aria2Split(perServer: number): Tool {
  return {
    ...aria2,
    command: (job) => [
      ...aria2.command(job),
      `--split=${job.servers.length * perServer}`,
      `--max-connection-per-server=${perServer}`,
    ],
  };
}

function compare(bench: Bench, scene: Scene, tools: readonly Tool[], link: Link): Promise<Rounds<Sample>> {
  return inTurn(
    tools.map((tool) => over(tool, scene, link)),
    bench.rounds ?? (bench.isQuick ? 1 : ROUNDS),
    (name, round, {share, connections}) =>
      bench.say(
        `round ${round + 1}  ${link.roundTripMs} ms  ${name}  ${share.toFixed(3)}  ${connections ?? ''}`,
      ),
  );
}

function over(tool: Tool, scene: Scene, link: Link): Contender<Sample> {
  const target = join(scene.scratch, 'target');
  const {size} = statSync(scene.original);
  let isProved = false;
  return {
    name: tool.name,
    run: async () => {
      mkdirSync(target);
      const points: [seconds: number, bytes: number][] = [];
      const start = performance.now();
      const watch = setInterval(
        () => points.push([(performance.now() - start) / 1_000, stored(target)]),
        LOOK_MS,
      );
      try {
        const {seconds} = await measure(commandOf(tool, scene), {
          cwd: target,
          deadlineSeconds: DEADLINE_SECONDS,
        });
        const path = join(target, scene.name);
        if (statSync(path).size !== size) throw new Error(`${tool.name} left a file of another size`);
        if (!isProved && !sameBytes(path, scene.original)) throw new Error(`${tool.name} left wrong bytes`);
        isProved = true;
        return {
          seconds,
          share: shareFrom(points, size, seconds) / (SERVERS * payloadRate(link)),
          connections: tool.speaks === 'fdl' ? dials(join(scene.scratch, 'trace.ndjson')) : undefined,
        };
      } finally {
        clearInterval(watch);
        rmSync(target, {recursive: true, force: true});
      }
    },
  };
}

/** Bytes a second from FULL_FROM_SECONDS to the moment at which all was there. */
function shareFrom(points: readonly [number, number][], size: number, end: number): number {
  const first = points.find(([seconds]) => seconds >= FULL_FROM_SECONDS);
  if (first === undefined) return Number.NaN;
  const last = points.find(([, bytes]) => bytes >= size)?.[0] ?? end;
  return (size - first[1]) / (last - first[0]);
}

/** What the file system holds below a folder: files have holes where nothing has come yet. */
function stored(folder: string): number {
  let blocks = 0;
  for (const name of readdirSync(folder, {recursive: true, encoding: 'utf8'})) {
    const found = statSync(join(folder, name), {throwIfNoEntry: false});
    if (found?.isFile() === true) blocks += found.blocks;
  }
  return blocks * 512;
}

function dials(trace: string): number {
  return readFileSync(trace, 'latin1')
    .split('\n')
    .filter((line) => line.includes('"k":"dial"')).length;
}

function commandOf(tool: Tool, {name, scratch, fleets}: Scene): readonly string[] {
  return tool.command({name, servers: fleets[tool.speaks].addresses, target: join(scratch, 'target')});
}

function commandsOf(tools: readonly Tool[], scene: Scene): Record<string, string> {
  return Object.fromEntries(tools.map((tool) => [tool.name, commandLine(commandOf(tool, scene))]));
}

function report(
  results: readonly [string, Rounds<Sample>][],
  skipped: readonly string[],
  commands: Report['commands'],
): Report {
  const rows = results.flatMap(([link, rounds]) =>
    [...rounds].map(([tool, samples]) => ({
      link,
      tool,
      share: median(samples.map(({share}) => share)),
      seconds: median(samples.map(({seconds}) => seconds)),
      connections: samples.map(({connections}) => connections ?? '').join(' '),
    })),
  );
  return {
    tables: [
      {
        title: `Four servers, ${MEGABITS} Mbit/s each`,
        columns: ['round trip', 'tool', `of the links from ${FULL_FROM_SECONDS} s on`, 'time', 'connections'],
        rows: rows.map(({link, tool, share, seconds, connections}) => [
          link,
          tool,
          share.toFixed(3),
          `${seconds.toFixed(2)} s`,
          connections,
        ]),
      },
    ],
    targets: rows
      .filter(({tool}) => tool === OURS)
      .map(({link, share}) => ({
        what: `of the links at ${link}`,
        asked: `>= ${SHARE_ASKED}`,
        seen: share.toFixed(3),
        isMet: share >= SHARE_ASKED,
      })),
    plots: [],
    commands,
    skipped,
    notes: [
      "Packets of 1,500 bytes go through a TUN device: rate, delay and a queue of one round trip are in user space, TCP is the kernel's. Links carry 1,448 bytes of payload in each packet.",
      'Connections: all sockets that fdl opened, round by round.',
    ],
    raw: Object.fromEntries(results.map(([link, rounds]) => [link, Object.fromEntries(rounds)])),
  };
}
