/** The end of a set, from its rows and what its servers did. Pure. */

import type {FileReport, FilesResult, ServerReport} from '../../report.js';
import type {FileRows} from './file-rows.js';

export interface SetEnd {
  /** The folder that holds the files. */
  readonly output: string;
  readonly rows: FileRows;
  readonly servers: readonly ServerReport[];
  readonly elapsedMs: number;
}

/** What all servers together have brought so far, and what came of it. */
export function totalsOf(all: FileRows, servers: readonly ServerReport[]) {
  const {doneBytes, resumedBytes} = all.tally();
  const storedBytes = doneBytes - resumedBytes;
  const receivedBytes = servers.reduce((sum, {bytes}) => sum + bytes, 0);
  return {storedBytes, resumedBytes, receivedBytes, wastedBytes: receivedBytes - storedBytes};
}

/** When every row has ended. */
export function resultOf({output, rows: all, servers, elapsedMs}: SetEnd): FilesResult {
  const rows = all.reports();
  const count = (outcome: FileReport['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  const totals = totalsOf(all, servers);
  return {
    output,
    files: rows.length,
    stored: count('stored'),
    alreadyComplete: count('already-complete'),
    failed: count('failed'),
    exitCode: all.worst()?.exitCode ?? 0,
    bytes: totals.storedBytes + totals.resumedBytes,
    elapsedMs: Math.round(elapsedMs),
    bytesPerSecond: Math.round(totals.storedBytes / Math.max(elapsedMs / 1000, 0.001)),
    ...totals,
    rows,
    servers,
  };
}
