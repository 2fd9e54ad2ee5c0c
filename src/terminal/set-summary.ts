/** The end of a download of several files in words: what came, and which files did not. Pure. */

import {isAbsolute, relative} from 'node:path';
import {MESSAGE_TEXT_MAX, REMOTE_TEXT_MAX} from '../limits.js';
import type {FileReport, FilesResult} from '../report.js';
import {escapeMessage, escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatElapsed, formatRate} from './format.js';
import {type Paint, painter} from './paint.js';
import type {SummaryStyle} from './summary.js';

/** Failures that are told one by one; further ones are counted. */
const FAILURES_SHOWN_MAX = 20;
/** Files that are named where several failed for the same reason. */
const ALIKE_NAMED_MAX = 3;

/** Files that failed for the same reason. */
interface Failure {
  readonly files: string[];
  readonly message: string;
  readonly hint: string | null;
}

/** What failed and what to do about it: errors are told to whoever wants nothing else told. */
export function failedFileLines(result: FilesResult, color: boolean): string[] {
  const paint = painter(color);
  const failures = failuresOf(result.rows);
  const shown = failures.slice(0, FAILURES_SHOWN_MAX);
  const lines = shown.flatMap((failure, at) => {
    // What helps several that follow one another is said once, behind the last of them.
    const isLast = shown[at + 1]?.hint !== failure.hint;
    return [failureLine(failure, paint), ...(isLast ? hintLines(failure, paint) : [])];
  });
  const more = failures.slice(FAILURES_SHOWN_MAX).reduce((sum, {files}) => sum + files.length, 0);
  return more > 0 ? [...lines, `and ${formatCount(more, 'more file')}; --json has them all`] : lines;
}

/** What failed, then what came, how fast and from how many; then what is missing or was wrong. */
export function setSummaryLines(result: FilesResult, {color, folder}: SummaryStyle): string[] {
  const paint = painter(color);
  const lines = failedFileLines(result, color);
  lines.push(`${paint('bold', outputText(folder, result.output))}: ${doneWords(result)}`);
  const trouble = troubleParts(result, paint);
  return trouble.length === 0 ? lines : [...lines, `  ${trouble.join(', ')}`];
}

/** In the order of their first files. */
function failuresOf(rows: readonly FileReport[]): Failure[] {
  const failures = new Map<string, Failure>();
  for (const {file, error} of rows) {
    if (error === null) continue;
    const {message, hint} = error;
    const known = failures.get(message);
    if (known === undefined) failures.set(message, {files: [file], message, hint});
    else known.files.push(file);
  }
  return [...failures.values()];
}

function failureLine({files, message}: Failure, paint: Paint): string {
  const named = files.length > ALIKE_NAMED_MAX + 1 ? files.slice(0, ALIKE_NAMED_MAX) : files;
  const names = named.map((file) => paint('red', escapeRemote(file, REMOTE_TEXT_MAX))).join(', ');
  const more = files.length - named.length;
  const rest = more > 0 ? ` and ${formatCount(more, 'more file')}` : '';
  return `${names}${rest}: ${escapeMessage(message, MESSAGE_TEXT_MAX)}`;
}

function hintLines({hint}: Failure, paint: Paint): string[] {
  return hint === null ? [] : [`  ${paint('cyan', 'hint')}: ${escapeMessage(hint, MESSAGE_TEXT_MAX)}`];
}

function outputText(folder: string, path: string): string {
  const way = relative(folder, path);
  if (way === '') return 'this folder';
  return escapeRemote(way.startsWith('..') || isAbsolute(way) ? path : `${way}/`);
}

function doneWords(result: FilesResult): string {
  const {stored, alreadyComplete, storedBytes, elapsedMs, bytesPerSecond, servers, bytes} = result;
  if (stored === 0) {
    return alreadyComplete === 0
      ? 'nothing is complete'
      : `${formatCount(alreadyComplete, 'file')} already complete, ${formatBytes(bytes)}, verified`;
  }
  const used = servers.filter(({bytes: brought}) => brought > 0).length;
  const parts = [
    formatCount(stored, 'file'),
    `${formatBytes(storedBytes)} in ${formatElapsed(elapsedMs)}`,
    formatRate(bytesPerSecond),
    ...(used === 0 ? [] : [`from ${formatCount(used, 'server')}`]),
    'verified',
  ];
  if (alreadyComplete > 0) parts.push(`${formatCount(alreadyComplete, 'file')} already complete`);
  return parts.join(', ');
}

function troubleParts({failed, files, servers, wastedBytes}: FilesResult, paint: Paint): string[] {
  const banned = servers.filter((server) => server.banned !== null).length;
  return [
    ...(failed === 0 ? [] : [paint('red', `${failed} of ${formatCount(files, 'file')} failed`)]),
    ...(banned === 0 ? [] : [`${formatCount(banned, 'server')} banned`]),
    ...(wastedBytes === 0 ? [] : [`${formatBytes(wastedBytes)} received in vain`]),
  ];
}
