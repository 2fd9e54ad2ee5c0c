/**
 * The tools that fdl is compared with, and how each is called. The settings are the best that were found for many
 * connections to servers on one machine (bench/README.md says what was tried); someone who loves the tool should agree.
 */

import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {closeSync, existsSync, openSync, readSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';

import {checkout} from '../../test/support/processes.js';

/** What is to be downloaded, from where, to where. */
export interface Job {
  /** Name of the file below each server. */
  readonly name: string;
  /** `127.0.0.1:8080` each. */
  readonly servers: readonly string[];
  /** A folder that is empty. */
  readonly target: string;
}

export interface Tool {
  /** As it stands in tables. */
  readonly name: string;
  /** Of which server it downloads: the fdl fleet or the nginx fleet. */
  readonly speaks: 'fdl' | 'http';
  /** The program that must be there, and what to do when it is not. */
  readonly program: string;
  command(job: Job): readonly string[];
}

const MIB = 1_048_576;
/** Pieces of the metalink: as large as fdl's blocks. */
const PIECE_BYTES = MIB;

export function fdl(...flags: readonly string[]): Tool {
  return {
    name: ['fdl', ...flags].join(' '),
    speaks: 'fdl',
    program: process.execPath,
    command: ({name, servers, target}) => [
      process.execPath,
      join(checkout(), 'bin', 'run.js'),
      ...['download', name, '-o', `${target}/`, '--json', '--quiet', ...flags],
      ...servers.flatMap((server) => ['--server', server]),
    ],
  };
}

const ARIA2 = ['aria2c', '--no-conf', '--quiet', '--file-allocation=none', '--min-split-size=1M'];

/** One connection to each server, the file split over them, nothing preallocated: tmpfs has no fragmentation. */
export const aria2: Tool = {
  name: 'aria2',
  speaks: 'http',
  program: 'aria2c',
  command: (job) => [
    ...ARIA2,
    `--split=${job.servers.length}`,
    '--max-connection-per-server=1',
    ...['-d', job.target, '-o', job.name],
    ...urls(job),
  ],
};

/**
 * The same as impatient as it can be told to be, for servers in trouble: a second without a byte ends a connection, and its
 * server is not asked again. --lowest-speed-limit, which should help where a server is slow, did not, and made a frozen one cost 10 s.
 */
export const aria2Impatient: Tool = {
  ...aria2,
  name: 'aria2, short timeouts',
  command: (job) => [...aria2.command(job), '--timeout=1', '--connect-timeout=1', '--max-tries=1'],
};

/** The same with a SHA-256 for every MiB, which it checks as pieces arrive: like for like with fdl. */
export function aria2WithPieceHashes(metalink: string): Tool {
  return {
    name: 'aria2, piece hashes',
    speaks: 'http',
    program: 'aria2c',
    command: (job) => [
      ...ARIA2,
      `--split=${job.servers.length}`,
      '--max-connection-per-server=1',
      ...['-d', job.target],
      `--metalink-file=${metalink}`,
    ],
  };
}

export const axel: Tool = {
  name: 'axel',
  speaks: 'http',
  program: 'axel',
  command: (job) => [
    ...['axel', '-q', '-n', String(job.servers.length)],
    ...['-o', join(job.target, job.name)],
    ...urls(job),
  ],
};

/** One server only: a remote of rclone has one address. Four streams of ranges, no hash (HTTP has none to offer). */
export const rclone: Tool = {
  name: 'rclone',
  speaks: 'http',
  program: 'rclone',
  command: ({name, servers, target}) => [
    ...['rclone', 'copyto', `:http:${name}`, join(target, name)],
    ...['--http-url', `http://${servers[0]}`, '--config', ''],
    ...['--multi-thread-streams', '4', '--multi-thread-cutoff', '1M', '--ignore-checksum'],
  ],
};

/** One server, one connection. */
export const curl: Tool = {
  name: 'curl',
  speaks: 'http',
  program: 'curl',
  command: ({name, servers, target}) => [
    ...['curl', '--silent', '--fail', '-o', join(target, name), `http://${servers[0]}/${name}`],
  ],
};

/** The Node downloader with most users among those that split: one server, four connections. */
export const ipull: Tool = {
  name: 'ipull',
  speaks: 'http',
  program: ipullProgram(),
  command: ({name, servers, target}) => [
    process.execPath,
    ipullProgram(),
    ...[`http://${servers[0]}/${name}`, '--save', target, '--connections', '4', '--program', 'chunks'],
  ],
};

/** Whether a tool can be run here. */
function isInstalled({program}: Tool): boolean {
  if (program.includes('/')) return existsSync(program);
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** Those that can be run here, and a line for each that cannot. What is no tool is such a line already. */
export function installed(tools: readonly (Tool | string)[]): {
  readonly there: readonly Tool[];
  readonly missing: string[];
} {
  const there: Tool[] = [];
  const missing: string[] = [];
  for (const tool of tools) {
    if (typeof tool === 'string') missing.push(tool);
    else if (isInstalled(tool)) there.push(tool);
    else missing.push(`${tool.name} is not installed: run bench/setup as root`);
  }
  return {there, missing};
}

/** Writes a metalink (RFC 5854) that names a file's pieces with their SHA-256; for aria2. */
export function writeMetalink(path: string, file: string, servers: readonly string[]): void {
  const {size, pieces} = pieceHashes(file);
  const name = basename(file);
  writeFileSync(
    path,
    `<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
<file name="${name}"><size>${size}</size>
<pieces length="${PIECE_BYTES}" type="sha-256">
${pieces.map((hash) => `<hash>${hash}</hash>`).join('\n')}
</pieces>
${servers.map((server) => `<url>http://${server}/${name}</url>`).join('\n')}
</file>
</metalink>
`,
  );
}

function pieceHashes(file: string): {size: number; pieces: string[]} {
  const pieces: string[] = [];
  const piece = Buffer.alloc(PIECE_BYTES);
  const descriptor = openSync(file, 'r');
  let size = 0;
  try {
    for (;;) {
      const count = readSync(descriptor, piece, 0, PIECE_BYTES, null);
      if (count === 0) return {size, pieces};
      size += count;
      pieces.push(createHash('sha256').update(piece.subarray(0, count)).digest('hex'));
    }
  } finally {
    closeSync(descriptor);
  }
}

function urls({name, servers}: Job): string[] {
  return servers.map((server) => `http://${server}/${name}`);
}

/** Where bench/setup puts it: fdl itself does not depend on it. */
function ipullProgram(): string {
  const bench = join(checkout(), 'bench');
  return join(bench, '.tools', 'node_modules', 'ipull', 'dist', 'cli', 'cli.js');
}
