/**
 * Lists of SHA-256 as publishers ship them (SHA256SUMS): lines of sha256sum, text or binary, lines of BSD and OpenSSL
 * (`SHA256 (name) = …`), or one digest alone. Comments, signatures and digests of other kinds in between are passed
 * over. Pure.
 */

import {closestNames} from '../closest.js';
import {FdlError} from '../errors.js';
import type {HexDigest} from '../model.js';
import {quoted} from './quoted.js';

/** Names that an error shows. */
const SHOWN_MAX = 3;

const HEX = '[0-9a-fA-F]{64}';
/** `HEX  name`, `HEX *name`; a backslash before it all says that the name is escaped. One blank is a common mistake. */
const GNU = new RegExp(`^(\\\\?)(${HEX})(?: [ *]|[ \\t]+)(.+)$`);
const BSD = new RegExp(`^(\\\\?)SHA(?:2-)?256 ?\\((.+)\\) ?= ?(${HEX})[ \\t]*$`);
const ALONE = new RegExp(`^[ \\t]*(${HEX})[ \\t]*$`);

/** The pins of a list. */
export interface Sums {
  /**
   * The SHA-256 of the file that the servers call `name`: the entry of that path, else the one whose path ends like
   * it, else the one of the same base name. A list of one digest alone is about any file. Throws FdlError `usage`
   * when there is none, or several that differ.
   */
  pinFor(name: string): HexDigest;
}

interface Entry {
  readonly path: string;
  readonly sha256: HexDigest;
}

/** Reads a list; `source` is what messages call it (its path). Throws FdlError `usage` when no SHA-256 is in it. */
export function parseSums(text: string, source: string): Sums {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const entries = lines.map(entryIn).filter((entry) => entry !== null);
  const alone = lines.map((line) => ALONE.exec(line)?.[1]).filter((hex) => hex !== undefined);
  const [only] = alone;
  if (entries.length === 0 && alone.length === 1 && only !== undefined)
    return {pinFor: () => only.toLowerCase()};
  if (entries.length === 0) throw noSums(source);
  const byBase = groupedByBase(entries);
  return {pinFor: (name) => pinIn(byBase, name, source)};
}

function groupedByBase(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const base = baseOf(entry.path);
    const group = groups.get(base);
    if (group === undefined) groups.set(base, [entry]);
    else group.push(entry);
  }
  return groups;
}

function entryIn(line: string): Entry | null {
  const gnu = GNU.exec(line);
  const bsd = gnu === null ? BSD.exec(line) : null;
  const [, escaped = '', first = '', second = ''] = gnu ?? bsd ?? [];
  const [name, hex] = gnu === null ? [first, second] : [second, first];
  if (name === '') return null;
  const path = (escaped === '' ? name : unescaped(name)).normalize('NFC').replace(/^(?:\.\/+)+/, '');
  return {path, sha256: hex.toLowerCase()};
}

/** sha256sum writes a line break in a name as `\n`, a carriage return as `\r` and a backslash as two. */
function unescaped(name: string): string {
  return name.replace(/\\([nr\\])/g, (_, code) => ({n: '\n', r: '\r'})[code as string] ?? '\\');
}

function pinIn(byBase: ReadonlyMap<string, readonly Entry[]>, name: string, source: string): HexDigest {
  const wanted = name.normalize('NFC');
  const same = byBase.get(baseOf(wanted)) ?? [];
  const exact = same.filter(({path}) => path === wanted);
  const similar = same.filter(({path}) => path.endsWith(`/${wanted}`) || wanted.endsWith(`/${path}`));
  const fitting = [exact, similar, same].find((entries) => entries.length > 0) ?? [];
  const digests = new Set(fitting.map(({sha256}) => sha256));
  const [only] = digests;
  if (only === undefined) throw missing(byBase, name, source);
  if (digests.size > 1) throw ambiguous(fitting, name, source);
  return only;
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function noSums(source: string): FdlError {
  return new FdlError('usage', `there is no SHA-256 in ${source}`, {
    hint: 'Lines are expected as sha256sum writes them (HEX  NAME), or as SHA256 (NAME) = HEX.',
  });
}

function missing(byBase: ReadonlyMap<string, readonly Entry[]>, name: string, source: string): FdlError {
  const paths = [...byBase.values()].flat().map(({path}) => path);
  const close = closestNames(name, paths, SHOWN_MAX);
  const hint = close.length > 0 ? `It has ${listed(close)}.` : `It is about ${listed(paths)}.`;
  return new FdlError('usage', `${source} has no SHA-256 of ${quoted(name)}`, {hint});
}

function ambiguous(entries: readonly Entry[], name: string, source: string): FdlError {
  const paths = entries.map(({path}) => path);
  return new FdlError('usage', `${source} has different digests for ${quoted(name)}`, {
    hint: `They are those of ${listed(paths)}; choose one with --sha256 HEX.`,
  });
}

function listed(paths: readonly string[]): string {
  const more = paths.length - SHOWN_MAX;
  return `${paths.slice(0, SHOWN_MAX).map(quoted).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
