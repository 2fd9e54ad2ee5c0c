/** One file of a set in the usual way: a download of its own that shares memory, threads and connections with others. */

import {asFdlError, type FdlError} from '../../../errors.js';
import type {FileRows} from '../../../machines/set/file-rows.js';
import type {ServerBoard} from '../../../machines/set/server-board.js';
import type {HexDigest, ServerEntry} from '../../../model.js';
import type {Notice} from '../../../report.js';
import {type DownloadOptions, type DownloadPorts, runDownload} from '../coordinator.js';
import {placeError} from './set-errors.js';
import type {SetFile} from './set-files.js';
import type {FilesOptions} from './set-options.js';

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
      onNotice,
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
