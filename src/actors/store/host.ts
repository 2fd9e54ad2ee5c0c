/** Which machine, since which start, and which process this is: what a lock remembers. */

import {readFileSync, readlinkSync} from 'node:fs';
import {hostname} from 'node:os';

export interface HostIdentity {
  readonly hostId: string;
  /** Changes with every start of the machine; null where the system does not tell (then nothing is "same boot"). */
  readonly bootId: string | null;
  /** Process numbers mean something only within one namespace; null where there are none. */
  readonly pidNamespace: string | null;
  readonly pid: number;
  /** When the process started, in the system's own words: a number that is used again has another one. */
  readonly startTime: string | null;
}

/** This process. Small local files of the kernel: read at once. */
export function thisHost(): HostIdentity {
  return {
    hostId: readText('/etc/machine-id') ?? hostname(),
    bootId: readText('/proc/sys/kernel/random/boot_id'),
    pidNamespace: readLink('/proc/self/ns/pid'),
    pid: process.pid,
    startTime: startTimeOf(process.pid),
  };
}

/** Whether a process of this host, boot and namespace is still the one that `startTime` names. */
export function isRunning(pid: number, startTime: string | null): boolean {
  const actual = startTimeOf(pid);
  if (actual !== null) return startTime === null || actual === startTime;
  try {
    process.kill(pid, 0);
    return startTime === null;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' && startTime === null;
  }
}

/** Field 22 of /proc/PID/stat; null when there is no such process, when it is a zombie, and off Linux. */
function startTimeOf(pid: number): string | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name in parentheses may hold blanks and parentheses itself: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
