/** Progress as one line of plain text, for logs and pipes. Pure. */

import type {Progress} from '../report.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatPercent} from './format.js';
import {phaseWords} from './progress-view.js';

/** `x.zip: 41 % of 2.68 GB, 312 MB/s, 5s left, 3 of 4 servers transferring`. */
export function plainLine(progress: Progress): string {
  const {doneBytes, size, servers, phase} = progress;
  const parts = [phaseWords(progress)];
  if (size !== null) parts.unshift(`${formatPercent(doneBytes, size)} of ${formatBytes(size)}`);
  if (phase === 'downloading') {
    const active = servers.filter(({activity}) => activity.kind === 'transferring').length;
    parts.push(`${active} of ${formatCount(servers.length, 'server')} transferring`);
  }
  return `${escapeRemote(progress.file)}: ${parts.join(', ')}`;
}
