/** The end of a download in words: what came, how fast, and who misbehaved; or the error and what to do. Pure. */

import type {FdlError} from '../errors.js';
import {MESSAGE_TEXT_MAX} from '../limits.js';
import type {DownloadResult, ServerReport} from '../report.js';
import {escapeMessage, escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatElapsed, formatRate} from './format.js';
import {evidenceWords, versionWords} from './words.js';

/** One line of summary, then one for each server that misbehaved, with the evidence. */
export function summaryLines(result: DownloadResult): string[] {
  return [summaryLine(result), ...result.servers.flatMap(misbehaviour)];
}

/** `error: …`, then `hint: …` if there is something to do. */
export function errorLines(error: FdlError): string[] {
  const lines = [`error: ${escapeMessage(error.message, MESSAGE_TEXT_MAX)}`];
  if (error.hint !== undefined) lines.push(`hint: ${escapeMessage(error.hint, MESSAGE_TEXT_MAX)}`);
  return lines;
}

function summaryLine(result: DownloadResult): string {
  const output = escapeRemote(result.output);
  const size = formatBytes(result.bytes);
  const isOld = result.storedBytes === 0 && result.resumedBytes === result.bytes && result.bytes > 0;
  if (isOld) return [`${output}: already complete, verified`, size, ...verifiedPart(result)].join(', ');
  const parts = [
    `${output}: ${size} in ${formatElapsed(result.elapsedMs)}`,
    formatRate(result.bytesPerSecond),
    ...resumedPart(result),
    ...wastedPart(result),
    ...verifiedPart(result),
    ...serversPart(result.servers),
  ];
  return parts.join(', ');
}

function resumedPart({resumedBytes}: DownloadResult): string[] {
  return resumedBytes === 0 ? [] : [`${formatBytes(resumedBytes)} resumed`];
}

function wastedPart({wastedBytes}: DownloadResult): string[] {
  return wastedBytes === 0 ? [] : [`${formatBytes(wastedBytes)} received in vain`];
}

function verifiedPart({sha256Verified}: DownloadResult): string[] {
  return [sha256Verified ? 'every block and the SHA-256 given verified' : 'every block verified'];
}

function serversPart(servers: readonly ServerReport[]): string[] {
  const bad = servers.filter((server) => misbehaviour(server).length > 0).length;
  const used = servers.filter((server) => server.blocks > 0).length;
  const from = used === 0 ? [] : [`from ${formatCount(used, 'server')}`];
  return bad === 0 ? from : [...from, `${formatCount(bad, 'server')} misbehaved`];
}

function misbehaviour(server: ServerReport): string[] {
  const address = escapeRemote(server.address);
  if (server.banned !== null) return [`  ${address} was banned: ${evidenceWords(server.banned)}`];
  if (server.otherVersion !== null) return [`  ${address} ${versionWords(server.otherVersion)}`];
  return [];
}
