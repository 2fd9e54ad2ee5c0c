/** The end of a download in words: what came, how fast, and who misbehaved; or the error and what to do. Pure. */

import type {FdlError} from '../errors.js';
import {MESSAGE_TEXT_MAX} from '../limits.js';
import type {DownloadResult, FilesProgress, Progress, ServerReport} from '../report.js';
import {escapeMessage, escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatElapsed, formatRate} from './format.js';
import {painter} from './paint.js';
import {pathFrom} from './paths.js';

/** How the end is shown. */
export interface SummaryStyle {
  readonly color: boolean;
  /** An output inside this folder is named by its path from there. */
  readonly folder: string;
}

/** What came, how fast and from how many; on a second line what was wrong, if anything. Who it was, notices have told. */
export function summaryLines(result: DownloadResult, {color, folder}: SummaryStyle): string[] {
  const output = painter(color)('bold', escapeRemote(pathFrom(folder, result.output)));
  const isOld = result.storedBytes === 0 && result.resumedBytes === result.bytes && result.bytes > 0;
  const parts = isOld
    ? [`already complete, ${formatBytes(result.bytes)}`]
    : [...broughtParts(result), ...fromPart(result.servers)];
  parts.push(result.sha256Verified ? 'SHA-256 verified' : 'verified');
  const trouble = troubleParts(result);
  return [`${output}: ${parts.join(', ')}`, ...(trouble.length === 0 ? [] : [`  ${trouble.join(', ')}`])];
}

/** `error: …`, then `hint: …` if there is something to do. What the user has stopped is no error. */
export function errorLines(error: FdlError, color = false): string[] {
  const paint = painter(color);
  const label = error.code === 'interrupted' ? paint('yellow', 'stopped') : paint('red', 'error');
  const lines = [`${label}: ${escapeMessage(error.message, MESSAGE_TEXT_MAX)}`];
  if (error.hint !== undefined)
    lines.push(`${paint('cyan', 'hint')}: ${escapeMessage(error.hint, MESSAGE_TEXT_MAX)}`);
  return lines;
}

/** What a stopped download leaves to the next run, as far as its last report knew. */
export function keptText(latest: Progress | FilesProgress | undefined): string {
  if (latest === undefined || latest.size === null) return 'nothing was fetched';
  const bytes = `${formatBytes(latest.doneBytes)} of ${formatBytes(latest.size)}`;
  if (!('files' in latest)) return `${bytes} are here and kept`;
  return `${latest.doneFiles} of ${formatCount(latest.files, 'file')}, ${bytes}, are here and kept`;
}

/** The time and the rate are those of this run, so what earlier runs brought is told apart. */
function broughtParts({
  bytes,
  resumedBytes,
  storedBytes,
  elapsedMs,
  bytesPerSecond,
}: DownloadResult): string[] {
  const size = formatBytes(bytes);
  const now = resumedBytes === 0 ? size : `${size}, ${formatBytes(storedBytes)} of it`;
  return [`${now} in ${formatElapsed(elapsedMs)}`, formatRate(bytesPerSecond)];
}

function fromPart(servers: readonly ServerReport[]): string[] {
  const used = servers.filter(({blocks}) => blocks > 0).length;
  return used === 0 ? [] : [`from ${formatCount(used, 'server')}`];
}

function troubleParts({servers, wastedBytes}: DownloadResult): string[] {
  const banned = servers.filter((server) => server.banned !== null).length;
  const others = servers.filter((server) => server.banned === null && server.otherVersion !== null).length;
  return [
    ...(banned === 0 ? [] : [`${formatCount(banned, 'server')} banned`]),
    ...(others === 0 ? [] : [`${formatCount(others, 'server')} with another version`]),
    ...(wastedBytes === 0 ? [] : [`${formatBytes(wastedBytes)} received in vain`]),
  ];
}
