/** Unfinished downloads in words. Pure. */

import type {CleanedUp} from '../actors/store/clean-up.js';
import type {UnfinishedDownload} from '../actors/store/unfinished.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatDigest, formatPercent, formatWait} from './format.js';
import {painter} from './paint.js';
import {shownPath} from './paths.js';

const DAY_MS = 24 * 3_600 * 1_000;

export interface UnfinishedStyle {
  readonly color: boolean;
  /** Paths below this folder are named from there. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Two lines a download: what is there, and how to go on. */
export function statusLines(downloads: readonly UnfinishedDownload[], style: UnfinishedStyle): string[] {
  if (downloads.length === 0) return ['no unfinished downloads here'];
  return downloads.flatMap((download) => [
    `${painter(style.color)('bold', shownPath(download.output, style.folder))}: ${stateWords(download, style)}`,
    ...nextLines(download, style),
  ]);
}

/** `41 % of 2.68 GB, root 12345678…, 3 days ago, nobody works on it`. */
function stateWords(download: UnfinishedDownload, style: UnfinishedStyle): string {
  const {kind, size, storedBytes, root, diskBytes, changedMs} = download;
  const age = ageWords(style.nowMs - changedMs);
  if (kind === 'crumbs') return `nothing but what a stopped run left, ${age}${workWords(download)}`;
  if (kind === 'unlogged')
    return `there is no log of it, ${formatBytes(diskBytes)} on disk, ${age}${workWords(download)}`;
  if (kind === 'damaged')
    return `its log cannot be read, ${formatBytes(diskBytes)} on disk, ${age}${workWords(download)}`;
  const share = `${formatPercent(storedBytes ?? 0, size ?? 0)} of ${formatBytes(size ?? 0)}`;
  const stored =
    storedBytes === size ? `all of ${formatBytes(size ?? 0)}` : `${share} (${formatBytes(storedBytes ?? 0)})`;
  return `${stored}, root ${formatDigest(root ?? '')}, ${age}${workWords(download)}`;
}

function workWords({workedOn, needsCheck, kind}: UnfinishedDownload): string {
  if (workedOn.kind === 'running')
    return workedOn.pid === null
      ? ', being downloaded elsewhere'
      : `, being worked on by process ${workedOn.pid}`;
  return kind === 'download' && needsCheck ? ', to be checked before it counts' : '';
}

function nextLines(download: UnfinishedDownload, style: UnfinishedStyle): string[] {
  const {kind, name, workedOn, output} = download;
  if (workedOn.kind === 'running') return [];
  if (kind !== 'download' || name === null)
    return [`  to remove it: fdl clean ${quoted(shownPath(output, style.folder))}`];
  const own = name.slice(name.lastIndexOf('/') + 1);
  const path = shownPath(output, style.folder);
  const target = path === own ? '' : ` --output ${quoted(path)}`;
  return [`  to go on, with its servers: fdl download ${quoted(name)}${target}`];
}

/** What `clean` is about to remove. */
export function plannedLines(downloads: readonly UnfinishedDownload[], style: UnfinishedStyle): string[] {
  return downloads.map((download) => {
    const {workedOn, files, diskBytes} = download;
    const path = shownPath(download.output, style.folder);
    return workedOn.kind === 'running'
      ? `keep    ${path}: ${stateWords(download, style)}`
      : `remove  ${path}: ${stateWords(download, style)}; ${formatCount(files.length, 'file')}, ${formatBytes(diskBytes)} on disk`;
  });
}

/** What became of it; the problems alone are lines of their own. */
export function cleanedLines(cleaned: readonly CleanedUp[], style: UnfinishedStyle): string[] {
  const removed = cleaned.filter(({outcome}) => outcome === 'removed');
  const bytes = removed.reduce((sum, {download}) => sum + download.diskBytes, 0);
  const troubles = cleaned.flatMap(({download, outcome, problem}) =>
    outcome === 'removed'
      ? []
      : [`${shownPath(download.output, style.folder)}: ${outcome}, ${escapeRemote(problem ?? '')}`],
  );
  return [
    ...troubles,
    `removed ${formatCount(removed.length, 'unfinished download')}, ${formatBytes(bytes)} are free`,
  ];
}

function ageWords(ageMs: number): string {
  if (ageMs < 2_000) return 'just now';
  const days = Math.floor(ageMs / DAY_MS);
  return days >= 3 ? `${days} days ago` : `${formatWait(ageMs)} ago`;
}

function quoted(word: string): string {
  const shown = shownPath(word);
  return /^[\w@%+=:,./-]+$/.test(shown) && !shown.startsWith('-')
    ? shown
    : `'${shown.replaceAll("'", "'\\''")}'`;
}
