/** Which servers a command talks to: those of `--server`, else those of the list. */

import {createReadStream} from 'node:fs';
import {FdlError} from '../../errors.js';
import {SERVERS_FILE_BYTES_MAX} from '../../limits.js';
import type {Address} from '../../model.js';
import {formatAddress, parseAddress, parseServers} from '../../protocol/servers-file.js';

/**
 * The addresses given one by one, each once, or those of the file at `path` when there are none. Throws FdlError
 * `usage` or `servers-file-missing`, `-empty`, `-invalid`.
 */
export async function readServers(given: readonly string[], path: string): Promise<Address[]> {
  if (given.length === 0) return parseServers(await readList(path), path);
  const addresses = given.map(parseAddress);
  return [...new Map(addresses.map((address) => [formatAddress(address).toLowerCase(), address])).values()];
}

/** Read as a stream, so that a pipe works too (`--servers <(…)`), and never more than a list can be. */
async function readList(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > SERVERS_FILE_BYTES_MAX) throw new Error('it is too large for a list of servers');
    }
  } catch (error) {
    throw listUnreadable(path, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function listUnreadable(path: string, cause: unknown): FdlError {
  const {code, message} = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FdlError('servers-file-missing', `there is no ${path}`, {
      hint: 'Write one server a line into it as HOST:PORT, name another list with --servers, or use --server HOST:PORT.',
      cause,
    });
  }
  return new FdlError('servers-file-invalid', `${path} cannot be read: ${message}`, {
    hint: 'Name a readable list with --servers, or use --server HOST:PORT.',
    cause,
  });
}
