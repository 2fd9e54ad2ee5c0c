/** The end of a download of several files in words: what came, and which files did not. Pure. */

import {isAbsolute, relative} from 'node:path';
import {MESSAGE_TEXT_MAX, REMOTE_TEXT_MAX} from '../limits.js';
import type {FileReport, FilesResult} from '../report.js';
import {escapeMessage, escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatElapsed, formatRate} from './format.js';
import {type Paint, painter} from './paint.js';
import type {SummaryStyle} from './summary.js';

/** Failed files that are named; further ones are counted. */
const FAILED_SHOWN_MAX = 20;

/** A line for each file that failed, and what to do: errors are told to whoever wants nothing else told. */
export function failedFileLines(result: FilesResult, color: boolean): string[] {
  const paint = painter(color);
  const failed = result.rows.filter(({outcome}) => outcome === 'failed');
  const lines = failed.slice(0, FAILED_SHOWN_MAX).flatMap((row) => failedLines(row, paint));
  const more = failed.length - FAILED_SHOWN_MAX;
  return more > 0 ? [...lines, `and ${more} more; --json has them all`] : lines;
}

/** A line for each file that failed, then what came, how fast and from how many; then what is missing or was wrong. */
export function setSummaryLines(result: FilesResult, {color, folder}: SummaryStyle): string[] {
  const paint = painter(color);
  const lines = failedFileLines(result, color);
  lines.push(`${paint('bold', outputText(folder, result.output))}: ${doneWords(result)}`);
  const trouble = troubleParts(result, paint);
  return trouble.length === 0 ? lines : [...lines, `  ${trouble.join(', ')}`];
}

function failedLines({file, error}: FileReport, paint: Paint): string[] {
  if (error === null) return [];
  const name = escapeRemote(file, REMOTE_TEXT_MAX);
  const lines = [`${paint('red', name)}: ${escapeMessage(error.message, MESSAGE_TEXT_MAX)}`];
  if (error.hint !== null)
    lines.push(`  ${paint('cyan', 'hint')}: ${escapeMessage(error.hint, MESSAGE_TEXT_MAX)}`);
  return lines;
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
