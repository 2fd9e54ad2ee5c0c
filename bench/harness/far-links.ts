/** Far servers on one machine: links of a given rate and delay that the kernel's own TCP sees (far-links.c). */

import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {join} from 'node:path';

import type {Cleanup} from '../../test/support/files.js';
import {checkout} from '../../test/support/processes.js';
import {within} from '../../test/support/wait.js';
import type {Hosts} from './servers.js';

/** Of the net for benchmarks of network devices (RFC 2544), which no one routes. */
const NET = '198.18.77';
const MTU_BYTES = 1_500;
/** IPv4, TCP and its timestamps. */
const HEADER_BYTES = 52;
const ANSWER_DEADLINE_MS = 10_000;
const SOURCE = 'bench/harness/far-links.c';

export interface Link {
  readonly roundTripMs: number;
  readonly megabits: number;
  /** The window of each connection: what may be on its way. Undefined: what the kernel finds best. */
  readonly windowBytes?: number | undefined;
}

export interface FarLinks {
  readonly hosts: Hosts;
  /** All links are like this from now on; called while nobody sends. */
  become(link: Link): Promise<void>;
}

/** What stands against far links on this machine; undefined: nothing. */
export function whyNoFarLinks(): string | undefined {
  if (process.getuid?.() !== 0) return 'far links need root, for a TUN device';
  if (!existsSync('/dev/net/tun')) return 'far links need /dev/net/tun';
  const missing = ['gcc', 'ip'].filter((tool) => spawnSync('which', [tool]).status !== 0);
  return missing.length === 0 ? undefined : `far links need ${missing.join(' and ')}`;
}

/** Bytes of payload that a link brings a second: each packet has headers. */
export function payloadRate({megabits}: Link): number {
  return (megabits * 1e6 * (MTU_BYTES - HEADER_BYTES)) / MTU_BYTES / 8;
}

/** Compiles and starts the forwarder, in a process of its own; it ends with the suite. */
export async function startFarLinks(cleanup: Cleanup, scratch: string): Promise<FarLinks> {
  const program = join(scratch, 'far-links');
  run(['gcc', '-O2', '-o', program, join(checkout(), SOURCE)]);
  const child = spawn(program, [`${NET}.1`, String(MTU_BYTES)], {stdio: ['pipe', 'pipe', 'inherit']});
  const ended = once(child, 'close');
  cleanup.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const device = (await answer(child)).split(' ')[1] ?? '';
  return {
    hosts: {listen: `${NET}.1`, reachedAt: (server) => `${NET}.${server + 2}`},
    become: async ({roundTripMs, megabits, windowBytes}) => {
      const route = ['ip', 'route', 'change', `${NET}.0/24`, 'dev', device, 'src', `${NET}.1`];
      run([...route, ...(windowBytes === undefined ? [] : ['window', String(windowBytes)])]);
      child.stdin?.write(`${roundTripMs} ${megabits} ${queueBytes(roundTripMs, megabits)}\n`);
      await answer(child);
    },
  };
}

/** Before the head of a link there is room for what it carries in a round trip: the usual measure of a router's buffer. */
function queueBytes(roundTripMs: number, megabits: number): number {
  return Math.round((megabits * 1e6 * roundTripMs) / 8 / 1_000);
}

async function answer(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('far-links has no stdout');
  const said = Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const [line] = (await within('an answer of far-links', ANSWER_DEADLINE_MS, said)) as [unknown];
  if (!Buffer.isBuffer(line)) throw new Error('far-links ended');
  return line.toString().trim();
}

function run([program = '', ...args]: readonly string[]): void {
  const {status, stderr} = spawnSync(program, args, {encoding: 'utf8'});
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}
