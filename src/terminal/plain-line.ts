/** Progress as one line of plain text, for logs and pipes. Pure. */

import {PLAIN_LINE_MS, PLAIN_LINE_MS_MAX, PLAIN_LINE_MS_MIN} from '../limits.js';
import type {Progress, ServerActivity} from '../report.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatPercent} from './format.js';
import {phaseWords} from './progress-view.js';

/** `x.zip: 41 % of 2.68 GB, 312 MB/s, 5s left, 3 of 4 servers transferring`. */
export function plainLine(progress: Progress): string {
  const {doneBytes, size, servers, phase} = progress;
  const parts: string[] = [];
  if (size !== null && phase !== 'planning')
    parts.push(`${formatPercent(doneBytes, size)} of ${formatBytes(size)}`);
  const words = phaseWords(progress);
  if (words !== '') parts.push(words);
  if (phase === 'downloading') parts.push(serversPart(servers));
  return `${escapeRemote(progress.file)}: ${parts.join(', ')}`;
}

function serversPart(servers: Progress['servers']): string {
  const count = (...kinds: ServerActivity['kind'][]) =>
    servers.filter(({activity}) => kinds.includes(activity.kind)).length;
  const active = count('transferring', 'suspect');
  const all = formatCount(servers.length, 'server');
  return active > 0 ? `${active} of ${all} transferring` : `${all}, none transferring`;
}

/**
 * Whether a line is due `sinceMs` after the one for `last`: the first bytes have come, another tenth of the file, or
 * a while has passed. Waiting comes and goes and is told by notices, the end by the summary.
 */
export function isLineDue(last: Progress | null, next: Progress, sinceMs: number): boolean {
  // A download that is over within a moment has its summary alone.
  if (last === null) return next.elapsedMs >= PLAIN_LINE_MS_MIN && next.doneBytes !== next.size;
  const usualMs = Math.min(PLAIN_LINE_MS_MAX, Math.max(PLAIN_LINE_MS, next.elapsedMs / 10));
  if (sinceMs >= usualMs) return true;
  if (sinceMs < PLAIN_LINE_MS_MIN || next.phase === 'finishing' || next.doneBytes === next.size) return false;
  const hasBegun = last.phase === 'planning' && next.bytesPerSecond > 0;
  return hasBegun || tenthOf(last) !== tenthOf(next);
}

function tenthOf({doneBytes, size}: Progress): number {
  return size === null || size === 0 ? 0 : Math.floor((doneBytes / size) * 10);
}
