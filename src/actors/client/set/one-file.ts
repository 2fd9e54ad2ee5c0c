/** One file of a set in the usual way: a download of its own that shares memory, threads and connections with others. */

import {asFdlError, type FdlError} from '../../../errors.js';
import type {FileRows} from '../../../machines/set/file-rows.js';
import type {ServerBoard} from '../../../machines/set/server-board.js';
import type {HexDigest, ServerEntry} from '../../../model.js';
import {formatAddress} from '../../../protocol/servers-file.js';
import type {Notice} from '../../../report.js';
import {type DownloadOptions, type DownloadPorts, runDownload} from '../coordinator.js';
import {placeError} from './set-errors.js';
import type {SetFile} from './set-files.js';
import type {FilesOptions} from './set-options.js';

/** Notices that say nothing without the name of the file. */
const OF_FILE: ReadonlySet<Notice['kind']> = new Set([
  'resuming',
  'restarting-other-version',
  'server-other-version',
]);

export interface OneFileOptions {
  readonly set: FilesOptions;
  /** Those that may still bring it. */
  readonly servers: readonly ServerEntry[];
  /** SHA-256 that it must have; undefined: any. */
  readonly sha256: HexDigest | undefined;
  readonly signal: AbortSignal;
  readonly rows: FileRows;
  readonly board: ServerBoard;
  readonly onNotice: (notice: Notice) => void;
}

/** Downloads it and tells its row of progress and end. Returns why it failed, which the row is not told; else null. */
export async function downloadOne(
  {index, name, path}: SetFile,
  {set, servers, sha256, signal, rows, board, onNotice}: OneFileOptions,
  ports: DownloadPorts,
): Promise<FdlError | null> {
  const {files: _files, all: _all, sha256Of: _pins, onProgress: _tell, onTrace: _rows, ...rest} = set;
  const source = {};
  rows.active(index);
  try {
    const options: DownloadOptions = {
      ...rest,
      file: name,
      servers,
      output: path,
      signal,
      ...(sha256 !== undefined && {sha256}),
      onProgress: ({size, doneBytes, resumedBytes, servers: shown}) => {
        if (size !== null) rows.sized(index, size);
        rows.active(index, doneBytes, resumedBytes);
        board.shows(source, shown);
      },
      onNotice: (notice) => {
        // Which servers do not have it is said by its error, if that is one.
        if (notice.kind === 'server-absent') return;
        onNotice(OF_FILE.has(notice.kind) ? Object.assign({file: name}, notice) : notice);
      },
    };
    const result = await runDownload(options, ports);
    board.ends(source, result.servers);
    const {root, sha256: found, bytes: size, storedBytes} = result;
    const outcome = storedBytes === 0 && size > 0 ? 'already-complete' : 'stored';
    rows.done(index, {outcome, root, sha256: found, size, storedBytes});
    return null;
  } catch (thrown) {
    board.ends(source);
    return placeError(asFdlError(thrown), path);
  }
}

/** Those of the servers that may bring a file: of those that list it, or of all where nobody does. */
export function serversFor(
  {offers}: SetFile,
  servers: readonly ServerEntry[],
  board: ServerBoard,
  nowMs: number,
): readonly ServerEntry[] {
  const addresses = servers.map(formatAddress);
  const listed = new Set(offers.map(({server}) => addresses[server]));
  const asked = addresses.filter((address) => listed.size === 0 || listed.has(address));
  const able = new Set(board.able(asked, nowMs));
  return servers.filter((_, at) => able.has(addresses[at] ?? ''));
}
