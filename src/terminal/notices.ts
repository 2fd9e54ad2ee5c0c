/** Notices as lines. Pure. */

import type {Notice} from '../report.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatDigest, formatWait} from './format.js';
import {evidenceWords, versionWords} from './words.js';

/** One line for a notice, without a line break; what peers said is escaped. */
export function noticeLine(notice: Notice): string {
  switch (notice.kind) {
    case 'resuming':
      return `resuming: ${formatBytes(notice.bytes)} are here already`;
    case 'restarting-other-version':
      return `the servers have a new version (${formatDigest(notice.newRoot)} instead of ${formatDigest(notice.oldRoot)}): fetching it, equal blocks are kept`;
    case 'disk-full':
      return `the disk is full (${escapeRemote(notice.path)}): waiting up to ${formatWait(notice.waitMs)} for room`;
    case 'all-busy':
      return `all servers are busy: asking again in ${formatWait(notice.waitMs)}`;
    default:
      return `${escapeRemote(notice.address)}: ${serverWords(notice)}`;
  }
}

function serverWords(notice: Extract<Notice, {readonly address: string}>): string {
  switch (notice.kind) {
    case 'server-banned':
      return `banned, ${evidenceWords(notice.evidence)}`;
    case 'server-other-version':
      return `set aside, it ${versionWords(notice.root)}`;
    case 'server-absent':
      return `cannot serve the file: ${escapeRemote(notice.reason)}`;
    case 'server-lost':
      return `lost: ${escapeRemote(notice.reason)}`;
    case 'server-back':
      return 'is back';
    case 'server-alias':
      return `is the same server as ${escapeRemote(notice.of)}`;
  }
}
