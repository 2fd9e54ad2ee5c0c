/** On what a suite ran: figures mean nothing without it. */

import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {cpus, release, totalmem} from 'node:os';
import {join} from 'node:path';

import {checkout} from '../../test/support/processes.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly system: string;
  /** Tools and their versions, those that are there. */
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
}

const VERSION_OF: Readonly<Record<string, readonly string[]>> = {
  aria2: ['aria2c', '--version'],
  axel: ['axel', '--version'],
  rclone: ['rclone', 'version'],
  curl: ['curl', '--version'],
  nginx: ['nginx', '-v'],
  openssl: ['openssl', 'version'],
};

export function thisMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    kernel: release(),
    system: /^PRETTY_NAME="(.*)"$/m.exec(readOr('/etc/os-release', ''))?.[1] ?? process.platform,
    versions: {node: process.version, ...toolVersions(), ...ipullVersion()},
    commit: firstLine(['git', '-C', checkout(), 'describe', '--always', '--dirty']) ?? 'unknown',
  };
}

function toolVersions(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(VERSION_OF).flatMap(([tool, command]) => {
      const version = /\d+(\.\d+)+/.exec(firstLine(command) ?? '')?.[0];
      return version === undefined ? [] : [[tool, version]];
    }),
  );
}

function ipullVersion(): Record<string, string> {
  const path = join(checkout(), 'bench', '.tools', 'node_modules', 'ipull', 'package.json');
  const text = readOr(path, '');
  return text === '' ? {} : {ipull: (JSON.parse(text) as {version: string}).version};
}

/** The first line that a program says on either stream; undefined when it cannot be run. */
function firstLine([program = '', ...args]: readonly string[]): string | undefined {
  const {stdout, stderr, status} = spawnSync(program, args, {encoding: 'utf8'});
  return status === 0 ? `${stdout}${stderr}`.trim().split('\n')[0] : undefined;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
