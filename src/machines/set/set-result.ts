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

/** When every row has ended. */
export function resultOf({output, rows: all, servers, elapsedMs}: SetEnd): FilesResult {
  const rows = all.reports();
  const count = (outcome: FileReport['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  const storedBytes = rows.reduce((sum, row) => sum + row.storedBytes, 0);
  const receivedBytes = servers.reduce((sum, {bytes}) => sum + bytes, 0);
  const {doneBytes: bytes, resumedBytes} = all.tally();
  return {
    output,
    files: rows.length,
    stored: count('stored'),
    alreadyComplete: count('already-complete'),
    failed: count('failed'),
    exitCode: all.worst()?.exitCode ?? 0,
    bytes,
    elapsedMs: Math.round(elapsedMs),
    bytesPerSecond: Math.round(storedBytes / Math.max(elapsedMs / 1000, 0.001)),
    resumedBytes,
    storedBytes,
    receivedBytes,
    wastedBytes: receivedBytes - storedBytes,
    rows,
    servers,
  };
}
