/**
 * Servers as people write them: one for `--server`, a list of them in servers.txt. An address, and behind it what is
 * said of that server (server-attributes.ts): `192.0.2.7:9000 backup limit=5MB`.
 */

import {isIPv4, isIPv6} from 'node:net';
import {FdlError} from '../errors.js';
import {SERVERS_MAX} from '../limits.js';
import type {Address, ServerEntry} from '../model.js';
import {quoted} from './quoted.js';
import {parseAttributes} from './server-attributes.js';

const EXPECTED =
  'expected host:port, for example 192.0.2.7:9000, files.example.org:9000 or [2001:db8::7]:9000';
/** Longest name of the domain name system. */
const HOST_CHARACTERS_MAX = 253;
const PORT_MAX = 65_535;

const HOST = /^[A-Za-z0-9._-]+$/;
const LAST_LABEL_IS_NUMBER = /(^|\.)(\d+|0[xX][0-9a-fA-F]*)\.?$/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;

/** One address: `host:port`, `host port` or `[v6]:port`. Throws FdlError `usage` that says what was expected. */
export function parseAddress(text: string): Address {
  const parsed = readAddress(text.trim());
  if (typeof parsed !== 'string') return parsed;
  throw new FdlError('usage', `server ${quoted(text)}: ${parsed}`, {hint: 'Give servers as HOST:PORT.'});
}

/** One server: an address, and attributes behind blanks or commas. Throws FdlError `usage` as `parseAddress`. */
export function parseServer(text: string): ServerEntry {
  const parsed = readServer(text.trim());
  if (typeof parsed !== 'string') return parsed;
  throw new FdlError('usage', `server ${parsed}`, {
    hint: 'Give servers as HOST:PORT, or as HOST:PORT,backup,limit=5MB.',
  });
}

/**
 * The servers of a list, in its order, each once. `source` is what messages call the list (its path). Throws FdlError
 * `servers-file-invalid` naming source, line and word, or `servers-file-empty`.
 */
export function parseServers(text: string, source: string): ServerEntry[] {
  const servers = new Map<string, {readonly server: ServerEntry; readonly line: number}>();
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    const written = line.replace(/#.*$/, '').trim();
    if (written === '') continue;
    const parsed = readServer(written);
    if (typeof parsed === 'string') throw lineInvalid(source, index + 1, parsed);
    const key = addressKey(parsed);
    const before = servers.get(key);
    if (before !== undefined && !saysTheSame(before.server, parsed))
      throw lineInvalid(
        source,
        index + 1,
        `${quoted(written)}: line ${before.line} says something else of it`,
      );
    if (before === undefined) servers.set(key, {server: parsed, line: index + 1});
    if (servers.size > SERVERS_MAX) throw lineInvalid(source, index + 1, `more than ${SERVERS_MAX} servers`);
  }
  if (servers.size > 0) return [...servers.values()].map(({server}) => server);
  throw new FdlError('servers-file-empty', `${source} names no server`, {
    hint: 'Write one server a line as HOST:PORT, for example 192.0.2.7:9000.',
  });
}

/** Equal for texts that name one address. */
export function addressKey(address: Address): string {
  return formatAddress(address).toLowerCase();
}

/** Whether two entries of one address agree in what they say of it. */
function saysTheSame(a: ServerEntry, b: ServerEntry): boolean {
  return a.role === b.role && a.limitBytesPerSecond === b.limitBytesPerSecond;
}

/** An address as `parseAddress` reads it: `host:port`, an IPv6 address in brackets. */
export function formatAddress({host, port}: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The server, or what is wrong: the word that was not understood, and why. */
function readServer(text: string): ServerEntry | string {
  const [address, words] = splitAttributes(text);
  const parsed = readAddress(address);
  if (typeof parsed === 'string') return `${quoted(words === '' ? text : address)}: ${parsed}`;
  const attributes = parseAttributes(words);
  return typeof attributes === 'string' ? attributes : {...parsed, ...attributes};
}

/** An address is one word, or two where the first has no port: `host:port`, `host port`, `[v6] port`. */
function splitAttributes(text: string): readonly [address: string, words: string] {
  const match =
    /^(\[[^\]\s]*\](?:\s*:\s*|\s+)[^\s,]+|[^:\s,]+:[^\s,:]+)(?=[\s,])(.*)$/.exec(text) ??
    /^([^\s,]+\s+[^\s,]+)(?=[\s,])(.*)$/.exec(text);
  return match === null ? [text, ''] : [match[1] ?? '', match[2] ?? ''];
}

/** The address, or what is wrong with the text. */
function readAddress(text: string): Address | string {
  const scheme = SCHEME.exec(text)?.[1];
  if (looksLikeBareIPv6(text)) return `an IPv6 address needs brackets; ${EXPECTED}`;
  if (scheme !== undefined) return `remove '${scheme}://': fdl speaks its own protocol; ${EXPECTED}`;
  const match =
    /^\[([^\]\s]*)\](?:\s*:\s*|\s+)(\S+)$/.exec(text) ??
    /^(\S+)\s+(\S+)$/.exec(text) ??
    /^([^:\s]+):(\S+)$/.exec(text);
  if (match === null) return EXPECTED;
  const [, host = '', portText = ''] = match;
  const problem = hostProblem(host, text.startsWith('['));
  if (problem !== null) return problem;
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  return port >= 1 && port <= PORT_MAX ? {host, port} : `the port must be a number from 1 to ${PORT_MAX}`;
}

/** `::1` or `::1:9000`: where its port begins cannot be told. */
function looksLikeBareIPv6(text: string): boolean {
  return isIPv6(text) || (!/\s/.test(text) && isIPv6(text.slice(0, text.lastIndexOf(':'))));
}

function hostProblem(host: string, isBracketed: boolean): string | null {
  if (isIPv6(host)) return null;
  if (isBracketed) return `what is in brackets is not an IPv6 address; ${EXPECTED}`;
  if (host.length > HOST_CHARACTERS_MAX || !HOST.test(host)) return `not a host name; ${EXPECTED}`;
  // Resolvers read 1.2.3 or 0x7f as an IPv4 address in old notations: nobody means that.
  if (LAST_LABEL_IS_NUMBER.test(host) && !isIPv4(host)) return `not an IPv4 address; ${EXPECTED}`;
  return null;
}

function lineInvalid(source: string, line: number, problem: string): FdlError {
  return new FdlError('servers-file-invalid', `${source}, line ${line}: ${problem}`, {
    hint: `Correct line ${line} of ${source}; '#' starts a comment.`,
  });
}
