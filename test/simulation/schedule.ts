/** What one seed stands for: the file, the servers, and everything that goes wrong, as data that can be shortened. */

import type {Geometry} from '../../src/model.js';
import {between, seededRandom} from '../support/random.js';
import type {Afterlife} from './disk.js';
import type {Conduct} from './file-store.js';
import type {PipeShape} from './pipe.js';

export interface ServerPlan {
  readonly conduct: Conduct;
  readonly shape: PipeShape;
  readonly maxTransfers: number;
  /** It offers the other version of the file. */
  readonly isStale: boolean;
}

export type Fault =
  | {readonly kind: 'kill'}
  | {readonly kind: 'power-cut'; readonly afterlife: Afterlife; readonly newBoot: boolean}
  | {readonly kind: 'stop-signal'}
  | {readonly kind: 'workers-die'}
  | {readonly kind: 'disk-full'; readonly ms: number}
  | {
      readonly kind: 'disk-fails';
      readonly ms: number;
      readonly chance: number;
      readonly errno: string;
      readonly calls: readonly string[];
    }
  | {readonly kind: 'part-spoilt'; readonly share: number}
  | {
      readonly kind: 'server-down' | 'server-silent' | 'crowded' | 'indexing' | 'io-errors';
      readonly server: number;
      readonly ms: number;
    }
  | {readonly kind: 'server-restarts' | 'connections-reset'; readonly server: number}
  | {readonly kind: 'frozen' | 'deaf'; readonly server: number; readonly ms: number}
  | {readonly kind: 'slow'; readonly server: number; readonly factor: number}
  | {readonly kind: 'garbage'; readonly server: number; readonly bytes: number}
  /** The file is replaced on this server, for good. */
  | {readonly kind: 'replaced'; readonly server: number};

export type TimedFault = Fault & {readonly atMs: number};

export interface Schedule {
  readonly seed: number;
  readonly geometry: Geometry;
  readonly fileBytes: number;
  readonly pin: 'root' | 'sha256' | 'none';
  readonly connections: number;
  readonly limitBytesPerSecond: number | null;
  readonly diskWaitMs: number;
  readonly servers: readonly ServerPlan[];
  /** In the order of their times. */
  readonly faults: readonly TimedFault[];
  /** From here on nothing new goes wrong, and the download has to end. */
  readonly calmMs: number;
}

const HONEST: Conduct = {kind: 'honest'};
const CALM_MS = 90_000;

/** Everything about a schedule is drawn here; the noise of the run is drawn apart, so that faults can be left out. */
export function drawSchedule(seed: number): Schedule {
  const random = seededRandom(seed);
  const blockBytes = [64, 256, 1_024][between(random, 0, 2)] ?? 64;
  const geometry = {blockBytes, fragmentBytes: blockBytes * between(random, 1, 8)};
  const fragments = between(random, 0, 8);
  const fileBytes = Math.max(
    0,
    fragments * geometry.fragmentBytes - between(random, 0, geometry.fragmentBytes),
  );
  const servers = Array.from({length: between(random, 1, 5)}, () => drawServer(random));
  // One of them stays honest and holds everything: without it nothing could be promised.
  const honest = between(random, 0, servers.length - 1);
  servers[honest] = {...drawServer(random), conduct: HONEST, isStale: false};
  const faults = Array.from({length: between(random, 0, 7)}, () =>
    drawFault(random, servers.length, honest),
  ).sort((a, b) => a.atMs - b.atMs);
  return {
    seed,
    geometry,
    fileBytes,
    pin: (['root', 'root', 'sha256', 'none'] as const)[between(random, 0, 3)] ?? 'root',
    connections: between(random, 1, 4),
    limitBytesPerSecond: random() < 0.1 ? between(random, 2_000, 50_000) : null,
    diskWaitMs: random() < 0.5 ? 0 : 20_000,
    servers,
    faults,
    calmMs: CALM_MS,
  };
}

function drawServer(random: () => number): ServerPlan {
  return {
    conduct: random() < 0.55 ? HONEST : drawConduct(random),
    shape: {
      bytesPerMs: 0.2 * 100 ** random(),
      delayMs: between(random, 0, 60),
      windowBytes: between(random, 64, 8_192),
    },
    maxTransfers: random() < 0.3 ? 1 : 8,
    isStale: random() < 0.1,
  };
}

function drawConduct(random: () => number): Conduct {
  const chance = [0.02, 0.2, 1][between(random, 0, 2)] ?? 1;
  const conducts: readonly Conduct[] = [
    {kind: 'corrupt', chance},
    {kind: 'misplaced', chance},
    {kind: 'wrong-block-digests'},
    {kind: 'wrong-fragment-digests'},
    {kind: 'wrong-size', by: random() < 0.5 ? -1 : 1},
    {kind: 'partial', of: 2, rest: between(random, 0, 1)},
    {kind: 'empty-handed'},
    {kind: 'absent'},
  ];
  return conducts[between(random, 0, conducts.length - 1)] ?? HONEST;
}

/** Half of the faults come early, while connections and the part are being opened. */
function drawFault(random: () => number, servers: number, honest: number): TimedFault {
  const atMs = random() < 0.5 ? between(random, 0, 3_000) : between(random, 0, 45_000);
  const server = between(random, 0, servers - 1);
  const ms = between(random, 100, 20_000);
  const factor = random();
  const afterlife = (['kept', 'dropped', 'torn', 'reordered'] as const)[between(random, 0, 3)] ?? 'torn';
  const faults: readonly Fault[] = [
    {kind: 'kill'},
    {kind: 'kill'},
    {kind: 'power-cut', afterlife, newBoot: random() < 0.5},
    {kind: 'power-cut', afterlife, newBoot: random() < 0.5},
    {kind: 'stop-signal'},
    {kind: 'workers-die'},
    {kind: 'disk-full', ms},
    drawDiskFailure(random, ms),
    {kind: 'part-spoilt', share: random()},
    {kind: 'server-down', server, ms},
    {kind: 'server-silent', server, ms},
    {kind: 'server-restarts', server},
    {kind: 'connections-reset', server},
    {kind: 'crowded', server, ms},
    {kind: 'indexing', server, ms},
    {kind: 'io-errors', server, ms},
    {kind: 'frozen', server, ms},
    {kind: 'deaf', server, ms},
    {kind: 'slow', server, factor: 0.02 + factor / 2},
    // Nobody can tell garbage on the way from a lie: the server that has to stay trusted gets none.
    server === honest
      ? {kind: 'connections-reset', server}
      : {kind: 'garbage', server, bytes: between(random, 1, 40)},
    server === honest ? {kind: 'frozen', server, ms} : {kind: 'replaced', server},
  ];
  return {...(faults[between(random, 0, faults.length - 1)] ?? {kind: 'kill'}), atMs};
}

function drawDiskFailure(random: () => number, ms: number): Fault {
  const calls = [
    'open',
    'stat',
    'link',
    'unlink',
    'list',
    'write',
    'truncate',
    'sync',
    'syncFolder',
    'pread',
    'pwrite',
    'close',
  ];
  const errno = ['EIO', 'ENOSPC', 'EMFILE', 'EROFS'][between(random, 0, 3)] ?? 'EIO';
  const some = calls.filter(() => random() < 0.3);
  return {kind: 'disk-fails', ms: Math.min(ms, 5_000), chance: random() < 0.5 ? 1 : 0.2, errno, calls: some};
}
