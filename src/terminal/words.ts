/** Machine states and evidence in words for people. Pure; what a peer said is escaped here. */

import type {Evidence, HexDigest, RefusalCode} from '../model.js';
import {REFUSAL_WORDS, type ServerActivity} from '../report.js';
import {escapeRemote} from './escape.js';
import {formatDigest, formatWait} from './format.js';
import type {Colour} from './paint.js';

/** What a server is doing, with its details; `atMs` is the clock reading of the report it comes from. */
export function activityWords(activity: ServerActivity, connections: number, atMs: number): string {
  switch (activity.kind) {
    case 'transferring':
      return connections > 1 ? `transferring on ${connections} connections` : 'transferring';
    case 'busy':
      return `busy, asked again ${whenWords(activity.untilMs, atMs)}`;
    case 'indexing':
      return `indexing the file${activity.progressPermille === null ? '' : `, ${Math.floor(activity.progressPermille / 10)} % done`}`;
    case 'lost':
      return `${escapeRemote(activity.reason)}, ${retryWords(activity.retryAtMs, atMs)}`;
    case 'absent':
      return reasonWords(activity.reason);
    case 'other-version':
      return versionWords(activity.root);
    case 'banned':
      return `banned: ${evidenceBrief(activity.evidence)}`;
    case 'alias':
      return `is the same server as ${escapeRemote(activity.of)}`;
    case 'suspect':
      return 'silent, others take over';
    default:
      return ACTIVITY_NAMES[activity.kind];
  }
}

/** Why a server cannot serve the file: refusals in words, anything else as it is. */
export function reasonWords(reason: string): string {
  return REFUSAL_WORDS[reason as RefusalCode] ?? escapeRemote(reason);
}

/** A few words for a kind of activity, for counts: `30 standby, 5 unreachable`. */
export const ACTIVITY_NAMES: Readonly<Record<ServerActivity['kind'], string>> = {
  unasked: 'not asked yet',
  connecting: 'connecting',
  idle: 'ready',
  transferring: 'transferring',
  suspect: 'silent',
  busy: 'busy',
  indexing: 'indexing',
  standby: 'standby',
  lost: 'unreachable',
  absent: 'without it',
  'other-version': 'other version',
  banned: 'banned',
  alias: 'named twice',
};

/** The colour of an activity: green works, yellow waits, red is gone, dim takes no part. */
export const ACTIVITY_COLOURS: Readonly<Record<ServerActivity['kind'], Colour>> = {
  unasked: 'dim',
  connecting: 'cyan',
  idle: 'cyan',
  transferring: 'green',
  suspect: 'yellow',
  busy: 'yellow',
  indexing: 'yellow',
  standby: 'dim',
  lost: 'red',
  absent: 'dim',
  'other-version': 'red',
  banned: 'red',
  alias: 'dim',
};

/** What a server did wrong, in a few words. */
function evidenceBrief(evidence: Evidence): string {
  if (evidence.kind === 'wrong-block') return 'sent a wrong block';
  if (evidence.kind === 'wrong-file') return 'sent a wrong file';
  return evidence.kind === 'wrong-digests' ? 'sent wrong digests' : 'broke the protocol';
}

/** What a server did wrong, and where; the digests that prove it are in the result of `--json`. */
export function evidenceWords(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'wrong-block':
      return `it sent block ${evidence.block} of fragment ${evidence.fragment} wrong`;
    case 'wrong-file':
      return `it sent ${escapeRemote(evidence.file)} wrong`;
    case 'wrong-digests': {
      const where = evidence.fragment === null ? '' : ` of fragment ${evidence.fragment}`;
      return `it sent wrong digests${where} (${escapeRemote(evidence.detail)})`;
    }
    case 'protocol':
      return `it broke the protocol (${escapeRemote(evidence.detail)})`;
  }
}

/** A version that is not the wanted one; null: the server replaced the wanted one by another. */
export function versionWords(root: HexDigest | null): string {
  return root === null
    ? 'replaced the file by another version'
    : `has another version (${formatDigest(root)})`;
}

function retryWords(retryAtMs: number | null, atMs: number): string {
  return retryAtMs === null ? 'given up' : `retry ${whenWords(retryAtMs, atMs)}`;
}

function whenWords(untilMs: number, atMs: number): string {
  return untilMs <= atMs ? 'now' : `in ${formatWait(untilMs - atMs)}`;
}
