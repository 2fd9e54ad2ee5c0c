/** Runs a program to its end and tells what that took, from the kernel's own counters. */

import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';

/** Ticks of /proc's CPU times: USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const MEMORY_SAMPLE_MS = 20;
const STDERR_CHARACTERS_MAX = 4_000;

export interface Measured {
  /** From before the process was started until it had ended. */
  readonly seconds: number;
  /** User and system time of the process and of what it started. */
  readonly cpuSeconds: number;
  /** VmHWM: the most memory it ever held, of the process itself. */
  readonly peakBytes: number;
  readonly stdout: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** Longer than that is a failure, not a figure. */
  readonly deadlineSeconds: number;
  /** Called once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/**
 * Runs `command` and measures it. Throws when it ends with anything but 0, with what it said. CPU time is what the kernel
 * adds to this process for children that ended, so only one program is measured at a time.
 */
export async function measure(command: readonly string[], options: RunOptions): Promise<Measured> {
  const [program = '', ...args] = command;
  const cpuBefore = childrenCpuSeconds();
  const start = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.deadlineSeconds * 1_000,
    killSignal: 'SIGKILL',
  });
  options.onStart?.(child);
  let [stdout, stderr, peakBytes] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS_MAX);
  });
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakMemoryBytes(child.pid));
  }, MEMORY_SAMPLE_MS);
  const ended = once(child, 'close');
  try {
    const [code, signal] = (await Promise.race([once(child, 'exit'), ended])) as [
      number | null,
      string | null,
    ];
    const seconds = (performance.now() - start) / 1_000;
    await ended;
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code ?? signal}:\n${stdout}${stderr}`);
    return {seconds, cpuSeconds: childrenCpuSeconds() - cpuBefore, peakBytes, stdout};
  } finally {
    clearInterval(watch);
  }
}

/** The caller's environment without what would slow Node's start for no user: certificates that are read at each. */
export function environment(): NodeJS.ProcessEnv {
  return {...process.env, NODE_EXTRA_CA_CERTS: undefined, NO_COLOR: '1'};
}

/** User and system time of a running process with all its threads, in seconds; 0 when it is gone. */
export function cpuSeconds(pid: number | undefined): number {
  const [user = 0, system = 0] = cpuTicks(pid ?? 0).slice(0, 2);
  return (user + system) / TICKS_PER_SECOND;
}

function childrenCpuSeconds(): number {
  const [, , user = 0, system = 0] = cpuTicks(process.pid);
  return (user + system) / TICKS_PER_SECOND;
}

/** Fields 14 to 17 of /proc/PID/stat: utime, stime, cutime, cstime (proc(5)). */
function cpuTicks(pid: number): number[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold anything, so fields are counted from behind it.
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number);
  } catch {
    return [];
  }
}

/** VmHWM of a running process; 0 when it is gone. */
export function peakMemoryBytes(pid: number | undefined): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'));
    return match === null ? 0 : Number(match[1]) * 1_024;
  } catch {
    return 0;
  }
}
