/** How soon a server is ready with a large file: the first time it is read and hashed, the second time it is known. */

import {rmSync} from 'node:fs';
import {join} from 'node:path';

import {tempFolder} from '../../test/support/files.js';
import {Running, startFdl} from '../../test/support/processes.js';
import {ratio, seconds} from '../harness/format.js';
import {folderIn, type Place, placeFor} from '../harness/places.js';
import {type Contender, inTurn, type Rounds} from '../harness/rounds.js';
import {type OfferedFile, offerSparseFile} from '../harness/scenes.js';
import {INDEX_DEADLINE_MS} from '../harness/servers.js';
import {median, medianRatio} from '../harness/statistics.js';
import type {Bench, Report, Suite, Target} from '../harness/suite.js';

const GIB = 1_073_741_824;
const BYTES = 10 * GIB;
const BYTES_QUICK = GIB / 4;
const NAME = 'big.bin';
const ROUNDS = 3;
/** fdl hashes each byte twice: for its block, and for the whole file. */
const PASSES = 2;
const SPEED_ASKED = 0.8;
const SECOND_SECONDS_MAX = 1;
const OPENSSL = ['openssl', 'dgst', '-sha256'] as const;
const YARDSTICK = 'two SHA-256 passes';

/** Both in seconds. */
interface Start {
  readonly first: number;
  /** Undefined for what has no second start. */
  readonly second: number | undefined;
}

interface Mode {
  readonly name: string;
  readonly flags: readonly string[];
  readonly place: Place;
}

export const index: Suite = {
  name: 'index',
  question: 'how soon is a server ready with a large file, the first and the second time?',
  run: async (bench) => {
    const bytes = bench.isQuick ? BYTES_QUICK : BYTES;
    const {modes, skipped} = modesFor(bytes);
    const rounds = await inTurn(
      [yardstick(bench, bytes), ...modes.map((mode) => serving(bench, mode, bytes))],
      bench.rounds ?? (bench.isQuick ? 1 : ROUNDS),
      (name, round, start) => bench.say(`round ${round + 1}  ${name}  ${shown(start)}`),
    );
    return report(rounds, modes, bytes, skipped);
  },
};

/** Fragments take as much room as the file; in place nothing but the index is written. */
function modesFor(bytes: number): {modes: Mode[]; skipped: string[]} {
  const inPlace: Mode = {name: 'fdl serve --in-place', flags: ['--in-place'], place: 'memory'};
  const place = placeFor(bytes);
  return place === undefined
    ? {modes: [inPlace], skipped: ['fdl serve with fragments: there is no room for them']}
    : {modes: [{name: `fdl serve, fragments in ${place}`, flags: [], place}, inPlace], skipped: []};
}

/** As many processes as passes, at once: spread over the cores as well as they can be. */
function yardstick(bench: Bench, bytes: number): Contender<Start> {
  const {folder, path} = offerSparseFile(tempFolder(bench.cleanup, 'bench'), bytes, NAME);
  return {
    name: YARDSTICK,
    run: async () => {
      const start = performance.now();
      const passes = Array.from(
        {length: PASSES},
        () => new Running([...OPENSSL.slice(1), path], {cwd: folder, program: OPENSSL.slice(0, 1)}),
      );
      for (const pass of passes) bench.cleanup.after(() => pass.stop());
      for (const pass of passes) {
        const {code, stderr} = await pass.exit(INDEX_DEADLINE_MS);
        if (code !== 0) throw new Error(`openssl ended with ${code}: ${stderr}`);
      }
      return {first: (performance.now() - start) / 1_000, second: undefined};
    },
  };
}

function serving(bench: Bench, {name, flags, place}: Mode, bytes: number): Contender<Start> {
  const offered = offerSparseFile(folderIn(place, bench.cleanup), bytes, NAME);
  return {
    name,
    run: async () => {
      rmSync(join(offered.folder, 'fragments'), {recursive: true, force: true});
      const first = await secondsUntilReady(bench, offered, flags);
      return {first, second: await secondsUntilReady(bench, offered, flags)};
    },
  };
}

/** From process start until the server says that the file is ready. */
async function secondsUntilReady(bench: Bench, file: OfferedFile, flags: readonly string[]): Promise<number> {
  const start = performance.now();
  const server = startFdl(bench.cleanup, ['serve', '0', '--dir', file.folder, ...flags], {
    cwd: file.folder,
    // Read at each start, for no user of a server.
    env: {NODE_EXTRA_CA_CERTS: ''},
  });
  try {
    await server.says(/big\.bin is ready/, INDEX_DEADLINE_MS);
    return (performance.now() - start) / 1_000;
  } finally {
    await server.stop();
  }
}

function shown({first, second}: Start): string {
  return second === undefined ? seconds(first) : `${seconds(first)}, then ${seconds(second)}`;
}

function report(
  rounds: Rounds<Start>,
  modes: readonly Mode[],
  bytes: number,
  skipped: readonly string[],
): Report {
  const firsts = (name: string): number[] => (rounds.get(name) ?? []).map(({first}) => first);
  const hashing = firsts(YARDSTICK);
  const rows = [...rounds].map(([name, starts]) => {
    const first = median(starts.map((start) => start.first));
    const again = starts.flatMap(({second}) => (second === undefined ? [] : [second]));
    return {name, first, second: again.length === 0 ? undefined : median(again)};
  });
  return {
    tables: [
      {
        title: `Until a file of ${bytes / GIB} GiB is ready`,
        columns: ['what', 'first start', 'speed', 'by the passes', 'second start'],
        rows: rows.map(({name, first, second}) => [
          ...[name, seconds(first), `${(bytes / first / 1e9).toFixed(2)} GB/s`],
          name === YARDSTICK ? '' : ratio(medianRatio(hashing, firsts(name))),
          second === undefined ? '' : seconds(second),
        ]),
      },
    ],
    targets: rows.flatMap(({name, second}) =>
      second === undefined ? [] : startTargets(name, medianRatio(hashing, firsts(name)), second),
    ),
    plots: [
      {
        kind: 'bars',
        file: 'index',
        title: 'First start with a large file',
        unit: 'GB/s',
        bars: rows.map(({name, first}) => ({name, value: bytes / first / 1e9})),
      },
    ],
    commands: {
      [YARDSTICK]: `${OPENSSL.join(' ')} ${NAME} & ${OPENSSL.join(' ')} ${NAME} & wait`,
      ...Object.fromEntries(modes.map(({name, flags}) => [name, ['fdl serve 0', ...flags].join(' ')])),
    },
    skipped,
    notes: [
      'fdl hashes each byte twice, for its block and for the whole file: so the yardstick is two passes of OpenSSL over the file, at once.',
      `Times are from process start until the server says that the file is ready. The original is a sparse file in ${[...new Set(modes.map(({place}) => place))].join(' and ')}, with its number in each block. Fragments are written, which hashing alone is not charged with.`,
    ],
    raw: Object.fromEntries(rounds),
  };
}

function startTargets(name: string, speed: number, second: number): Target[] {
  return [
    {
      what: `${name}: speed of the first start by that of the passes`,
      asked: `>= ${ratio(SPEED_ASKED)}`,
      seen: ratio(speed),
      isMet: speed >= SPEED_ASKED,
    },
    {
      what: `${name}: second start`,
      asked: `< ${seconds(SECOND_SECONDS_MAX)}`,
      seen: seconds(second),
      isMet: second < SECOND_SECONDS_MAX,
    },
  ];
}
