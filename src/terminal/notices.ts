/** Notices as lines. Pure. */

import type {Notice} from '../report.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatDigest, formatWait} from './format.js';
import {type Colour, painter} from './paint.js';
import {evidenceWords, reasonWords, versionWords} from './words.js';

/** What a notice is about, the address of a server or a word of ours, in this colour. */
const COLOURS: Readonly<Record<Notice['kind'], Colour>> = {
  resuming: 'cyan',
  'restarting-other-version': 'yellow',
  'server-banned': 'red',
  'server-other-version': 'yellow',
  'server-absent': 'yellow',
  'server-lost': 'yellow',
  'server-indexing': 'yellow',
  'server-back': 'green',
  'server-alias': 'dim',
  'all-busy': 'yellow',
  'disk-full': 'red',
  'trace-failed': 'yellow',
};

/** One line for a notice, without a line break; what peers said is escaped. */
export function noticeLine(notice: Notice, color = false): string {
  const [subject, words] = wordsOf(notice);
  const file = notice.file === undefined ? '' : `${escapeRemote(notice.file)}: `;
  return `${file}${painter(color)(COLOURS[notice.kind], subject)}: ${words}`;
}

function wordsOf(notice: Notice): readonly [subject: string, words: string] {
  switch (notice.kind) {
    case 'resuming':
      return ['resuming', resumingWords(notice)];
    case 'restarting-other-version': {
      const roots = `${formatDigest(notice.newRoot)} instead of ${formatDigest(notice.oldRoot)}`;
      return ['new version on the servers', `${roots}; fetching it, equal blocks are kept`];
    }
    case 'disk-full':
      return [
        'disk full',
        `waiting up to ${formatWait(notice.waitMs)} for ${roomWords(notice.needBytes)} at ${escapeRemote(notice.path)}`,
      ];
    case 'trace-failed':
      return ['trace', `it ends here, the download goes on: ${escapeRemote(notice.reason)}`];
    case 'all-busy':
      return ['all servers are busy', `asking again in ${formatWait(notice.waitMs)}`];
    default:
      return [escapeRemote(notice.address), serverWords(notice)];
  }
}

function roomWords(needBytes: number | null): string {
  return needBytes === null ? 'room' : `room for ${formatBytes(needBytes)} more`;
}

function resumingWords(notice: Extract<Notice, {readonly kind: 'resuming'}>): string {
  const unchecked = formatBytes(notice.uncheckedBytes);
  if (notice.bytes === 0) return `${unchecked} are here, and checked while the rest comes`;
  const more =
    notice.uncheckedBytes === 0 ? ' already' : `, ${unchecked} more are checked while the rest comes`;
  return `${formatBytes(notice.bytes)} are here${more}`;
}

function serverWords(notice: Extract<Notice, {readonly address: string}>): string {
  switch (notice.kind) {
    case 'server-banned':
      return `banned, ${evidenceWords(notice.evidence)}`;
    case 'server-other-version':
      return `set aside, it ${versionWords(notice.root)}`;
    case 'server-absent':
      return reasonWords(notice.reason);
    case 'server-lost':
      return `unreachable, ${escapeRemote(notice.reason)}`;
    case 'server-indexing': {
      const files = notice.files === null ? 'its folder' : formatCount(notice.files, 'file');
      return `is still indexing ${files}: what it offers later is not part of this download`;
    }
    case 'server-back':
      return 'is back';
    case 'server-alias':
      return `is the same server as ${escapeRemote(notice.of)}`;
  }
}
