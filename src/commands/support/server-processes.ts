/** `--processes N`: one server in several processes behind one port, and what each of them is given. */

import {randomBytes} from 'node:crypto';
import {parse as parsePath} from 'node:path';
import {custom} from '@oclif/core/flags';
import {systemClock} from '../../actors/clock.js';
import type {ServeNotice} from '../../actors/server/serving.js';
import type {LostProcess} from '../../actors/server-processes/supervisor.js';
import {asFdlError, FdlError} from '../../errors.js';
import {PROCESSES_MAX} from '../../limits.js';
import type {ServerLog} from '../../terminal/server-log.js';
import {parseWhole} from '../parse.js';
import type {ProcessRole} from './process-role.js';
import {type Served, type ServeFlags, serveHere} from './serve-here.js';

const INSTANCE_ID_BYTES = 16;

export const processesFlag = custom<number>({
  parse: async (text) => parseWhole(text, 1, PROCESSES_MAX),
  helpValue: 'N',
})({
  default: 1,
  env: 'FDL_PROCESSES',
  summary: 'processes that share the port, for clients that are faster than one core can send',
});

/** As parsed. */
export interface ProcessesFlags extends ServeFlags {
  readonly processes: number;
}

/** Throws FdlError `usage` where several processes cannot do what is asked. */
export function checkProcesses(flags: ProcessesFlags): void {
  if (flags.processes === 1) return;
  const refuse = (message: string, hint: string): never => {
    throw new FdlError('usage', message, {hint});
  };
  if (flags['limit-rate'] !== undefined) {
    refuse(
      '--limit-rate holds for one process, --processes asks for several',
      'A server with a limit needs but one.',
    );
  }
  if (flags.inspect === true || flags['inspect-port'] !== undefined) {
    refuse(
      '--inspect looks at one process, --processes asks for several',
      'Use --trace, and fdl inspect on its files.',
    );
  }
  if (flags['max-transfers'] < flags.processes) {
    refuse(
      `--max-transfers ${flags['max-transfers']} is less than one for each of ${flags.processes} processes`,
      'Allow more transfers, or start fewer processes.',
    );
  }
}

/** What process `number` of several is given: its share of the transfers, a port and a file of its own. */
export function partOf(flags: ProcessesFlags, number: number): ServeFlags {
  const {processes, 'max-transfers': transfers, 'metrics-port': metrics, trace} = flags;
  const share = Math.floor(transfers / processes) + (number <= transfers % processes ? 1 : 0);
  return {
    ...flags,
    'max-transfers': share,
    // 0 is any free port for each.
    ...(metrics !== undefined && metrics > 0 && {'metrics-port': metrics + number - 1}),
    ...(trace !== undefined && {trace: numbered(trace, number)}),
  };
}

/** `serve.ndjson` of process 2 is `serve.2.ndjson`. */
function numbered(path: string, number: number): string {
  const {dir, name, ext} = parsePath(path);
  return `${dir === '' ? '' : `${dir}/`}${name}.${number}${ext}`;
}

/** Starts them, each with this process's own command line. Resolves when all listen; throws what one of them fails with. */
export async function startProcesses(
  count: number,
  signal: AbortSignal,
  onLost: (lost: LostProcess) => void,
): Promise<Served> {
  const {superviseProcesses} = await import('../../actors/server-processes/supervisor.js');
  const {startingProcesses} = await import('./process-start.js');
  const start = startingProcesses(randomBytes(INSTANCE_ID_BYTES).toString('hex'));
  return superviseProcesses({count, start, clock: systemClock, signal, onLost});
}

/** The life of one of them, whose parent says what is to be said to the user. */
export async function servePart(
  port: number,
  flags: ProcessesFlags,
  role: ProcessRole,
  log: ServerLog,
): Promise<void> {
  try {
    const server = await serveHere(port, partOf(flags, role.number), {
      signal: role.signal,
      log,
      partOf: role.instanceId,
      // Of the folder all of them tell the same.
      onNotice: (notice) => (role.number === 1 || isOfOneProcess(notice) ? log.notice(notice) : undefined),
      say: (line) => log.line('info', line),
    });
    const {addresses, metricsAddresses} = server;
    role.tell({kind: 'listening', addresses, metricsAddress: metricsAddresses[0] ?? null});
    await server.ended;
  } catch (error) {
    const {code, message, hint = null} = asFdlError(error);
    role.tell({kind: 'failed', code, message, hint});
    process.exitCode = 1;
  } finally {
    log.stop();
    role.leave();
  }
}

function isOfOneProcess({kind}: ServeNotice): boolean {
  return kind === 'session-opened' || kind === 'session-closed' || kind === 'accept-failed';
}
