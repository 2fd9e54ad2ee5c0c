/** A server in this process, with what looks on: the trace, the page. */

import type {ServeNotice} from '../../actors/server/serving.js';
import type {Address} from '../../model.js';
import {escapeRemote} from '../../terminal/escape.js';
import type {ServerLog} from '../../terminal/server-log.js';
import {type InspectFlags, startInspect} from './inspect-flag.js';
import {openTrace, toAll} from './trace-flag.js';

/** The flags of `fdl serve`, as parsed. */
export interface ServeFlags extends InspectFlags {
  readonly dir: string;
  readonly host: string;
  readonly 'max-transfers': number;
  readonly 'limit-rate'?: number | undefined;
  readonly 'metrics-port'?: number | undefined;
  readonly 'metrics-host': string;
  readonly 'in-place'?: boolean;
  readonly trace?: string | undefined;
  readonly quiet?: boolean;
}

export interface ServeHereOptions {
  readonly signal: AbortSignal;
  readonly log: ServerLog;
  /** Id of the server that this process is a part of; a server of its own unless given. */
  readonly partOf?: string;
  readonly onNotice: (notice: ServeNotice) => void;
  /** Takes a line that is shown in any case. */
  readonly say: (line: string) => void;
}

/** A server that listens, in one process or in several. */
export interface Served {
  readonly addresses: readonly Address[];
  /** Of each process that has any. */
  readonly metricsAddresses: readonly Address[];
  /** Resolves when it has ended, and what looked on has all. */
  readonly ended: Promise<void>;
}

/** Resolves when it listens. Throws as `serve` does, and FdlError `usage` for a trace that cannot be written. */
export async function serveHere(port: number, flags: ServeFlags, options: ServeHereOptions): Promise<Served> {
  const {serve} = await import('../../serve.js');
  const {log, say, signal, onNotice, partOf} = options;
  const trace = await openTrace(flags.trace, (reason) =>
    log.line('warn', `the trace ends here, serving goes on: ${escapeRemote(reason)}`),
  );
  const inspector = await startInspect(flags, {command: 'serve', name: flags.dir, say});
  const receivers = [trace?.write, inspector?.add].filter((it) => it !== undefined);
  const endViews = async (): Promise<void> => {
    await Promise.all([trace?.close(), inspector?.end()]);
  };
  try {
    const {addresses, metricsAddress, ended} = await serve({
      port,
      folder: flags.dir,
      host: flags.host,
      maxTransfers: flags['max-transfers'],
      ...(flags['limit-rate'] !== undefined && {limitBytesPerSecond: flags['limit-rate']}),
      inPlace: flags['in-place'] === true,
      metricsHost: flags['metrics-host'],
      ...(flags['metrics-port'] !== undefined && {metricsPort: flags['metrics-port']}),
      ...(partOf !== undefined && {partOf}),
      signal,
      onNotice,
      ...(receivers.length > 0 && {onTrace: toAll(receivers)}),
    });
    const metricsAddresses = metricsAddress === null ? [] : [metricsAddress];
    return {addresses, metricsAddresses, ended: ended.finally(endViews)};
  } catch (error) {
    await endViews();
    throw error;
  }
}
