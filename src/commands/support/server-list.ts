/** Which servers a command talks to: those of `--server`, else those of the list. */

import {FdlError} from '../../errors.js';
import {SERVERS_FILE_BYTES_MAX} from '../../limits.js';
import type {ServerEntry} from '../../model.js';
import {looksLikeAttribute} from '../../protocol/server-attributes.js';
import {addressKey, parseServer, parseServers} from '../../protocol/servers-file.js';
import {readText} from './read-text.js';

/** `--servers -`: the list comes through standard input. */
const STANDARD_INPUT = '-';

/**
 * The servers given one by one, each once, or those of the file at `path` when there are none; `-` is standard input.
 * Throws FdlError `usage` or `servers-file-missing`, `-empty`, `-invalid`.
 */
export async function readServers(given: readonly string[], path: string): Promise<ServerEntry[]> {
  if (given.length === 0) {
    const source = path === STANDARD_INPUT ? 'standard input' : path;
    return parseServers(await readList(path, source), source);
  }
  const servers = whole(given).map(parseServer);
  return [...new Map(servers.map((server) => [addressKey(server), server])).values()];
}

/** The parser of flags has cut `HOST:PORT,backup,limit=5MB` at its commas: attributes go back to their server. */
function whole(given: readonly string[]): string[] {
  const servers: string[] = [];
  for (const word of given) {
    const server = looksLikeAttribute(word) ? servers.pop() : undefined;
    servers.push(server === undefined ? word : `${server},${word}`);
  }
  return servers;
}

async function readList(path: string, source: string): Promise<string> {
  try {
    const list = path === STANDARD_INPUT ? standardInput() : path;
    return await readText(list, SERVERS_FILE_BYTES_MAX, 'a list of servers');
  } catch (error) {
    throw listUnreadable(source, error);
  }
}

/** Whoever sits before a terminal sees nothing happen: they are told what is waited for. */
function standardInput(): NodeJS.ReadStream {
  if (process.stdin.isTTY)
    process.stderr.write('reading servers from the terminal: one HOST:PORT a line, Ctrl-D ends the list\n');
  return process.stdin;
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
