/** The trace of a set, where one is asked for. */

import {CONNECTIONS_DEFAULT} from '../../../limits.js';
import type {FileRows} from '../../../machines/set/file-rows.js';
import type {ServerBoard} from '../../../machines/set/server-board.js';
import {totalsOf} from '../../../machines/set/set-result.js';
import type {Slabs} from '../../slabs.js';
import type {SetTrace} from '../../trace/set-trace.js';
import type {DownloadPorts} from '../coordinator.js';
import type {FilesOptions} from './set-options.js';

/** Loaded only for those who want one; null for all others. `addresses`: of all servers, as the user wrote them. */
export async function setTraceFor(
  options: FilesOptions,
  {clock, workers, geometry}: DownloadPorts,
  addresses: readonly string[],
  slabs: Slabs,
): Promise<SetTrace | null> {
  const {onTrace, servers, output, limitBytesPerSecond, giveUpAfterMs, diskWaitMs} = options;
  if (onTrace === undefined) return null;
  const {SetTrace} = await import('../../trace/set-trace.js');
  return new SetTrace({
    clock,
    workers,
    geometry,
    slabs,
    onTrace,
    addresses,
    servers,
    words: options.files,
    all: options.all ?? false,
    output: output ?? null,
    connections: options.connections ?? CONNECTIONS_DEFAULT,
    limitBytesPerSecond: limitBytesPerSecond ?? null,
    giveUpAfterMs: giveUpAfterMs ?? null,
    diskWaitMs: diskWaitMs ?? 0,
  });
}

/** Runs a set and tells its trace how it ended. */
export async function traced<Result>(
  trace: SetTrace,
  rows: FileRows,
  board: ServerBoard,
  run: () => Promise<Result>,
): Promise<Result> {
  const end = (error: unknown): void => {
    const servers = board.reports();
    trace.end(error, {servers, total: totalsOf(rows, servers)});
  };
  try {
    const result = await run();
    end(null);
    return result;
  } catch (error) {
    end(error);
    throw error;
  }
}
