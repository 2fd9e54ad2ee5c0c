/** What happens in a server, as lines for a log. Pure; file names and whatever clients caused are escaped here. */

import type {ServeNotice} from '../actors/server/serving.js';
import type {Address} from '../model.js';
import {barText} from './bar.js';
import {columnsOf, fit} from './columns.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatDigest, formatElapsed, formatPercent} from './format.js';
import {painter} from './paint.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
}

/** A line for a notice; null for what only the progress view shows. */
export function serverLine(notice: ServeNotice): LogLine | null {
  switch (notice.kind) {
    case 'file-ready':
      return {level: 'info', text: readyText(notice)};
    case 'file-withdrawn':
      return {
        level: 'info',
        text: `${nameOf(notice)} was ${notice.reason}; it is no longer offered as it was`,
      };
    case 'file-skipped':
      return {level: 'warn', text: `${nameOf(notice)} is not offered: it ${notice.reason}`};
    case 'file-failed':
      return {level: 'error', text: `${nameOf(notice)} cannot be offered: ${escapeRemote(notice.reason)}`};
    case 'file-indexed-elsewhere':
      return {level: 'info', text: `${nameOf(notice)} is being indexed by another server of this folder`};
    case 'fragment-examined':
      return examinedLine(notice);
    case 'fragment-unreadable':
      return {
        level: 'error',
        text: `fragment ${notice.fragment} of ${nameOf(notice)} cannot be read: ${escapeRemote(notice.reason)}`,
      };
    case 'scan-finished':
      return {level: 'info', text: foundText(notice.files)};
    case 'scan-failed':
      return {level: 'error', text: `the folder cannot be read: ${escapeRemote(notice.reason)}`};
    case 'session-opened':
      return {level: 'debug', text: `${escapeRemote(notice.peer)} connected`};
    case 'session-closed':
      return sessionLine(notice);
    case 'accept-failed':
      return {level: 'warn', text: `connections are being refused: ${escapeRemote(notice.reason)}`};
    case 'indexing':
      return null;
  }
}

export type IndexingNotice = Extract<ServeNotice, {readonly kind: 'indexing'}>;

/** How far the indexing is, as a plain line: `indexing x.zip and 2 more files: 41 % of 2.68 GB`; null: nothing is. */
export function indexingText(notice: IndexingNotice): string | null {
  const {doneBytes, totalBytes} = notice;
  const what = indexingWords(notice);
  if (what === null) return null;
  // Each byte is hashed twice; what people want to know is the share, and how much there is.
  return `${what}: ${formatPercent(doneBytes, totalBytes)} of ${formatBytes(totalBytes / 2)}`;
}

/** The same as a bar: `indexing x.zip  ██████░░░░░░  41 % of 2.68 GB`, within `columns`. */
export function indexingBar(notice: IndexingNotice, columns: number, color: boolean): string | null {
  const {doneBytes, totalBytes} = notice;
  const what = indexingWords(notice);
  if (what === null) return null;
  const paint = painter(color);
  const done = `${formatPercent(doneBytes, totalBytes).padStart(5)} of ${formatBytes(totalBytes / 2)}`;
  const name = fit(what, Math.floor(columns / 2));
  const bar = barText(
    doneBytes / totalBytes,
    Math.min(columns - columnsOf(`${name}  ${done} `), BAR_COLUMNS_MAX),
  );
  if (bar === null) return fit(`${name} ${done}`, columns);
  return `${name} ${paint('green', bar.full)}${paint('dim', bar.empty)} ${done}`;
}

const BAR_COLUMNS_MAX = 40;

function indexingWords({files, totalBytes, name}: IndexingNotice): string | null {
  if (files === 0 || name === null || totalBytes === 0) return null;
  return `indexing ${escapeRemote(name)}${files > 1 ? ` and ${formatCount(files - 1, 'more file')}` : ''}`;
}

/** `listening on 127.0.0.1:9000`, and for whom when that is not what a beginner expects. */
export function listeningText(address: Address): string {
  const forWhom = isLoopback(address.host) ? ', for this machine alone (see --host)' : '';
  return `listening on ${addressText(address)}${forWhom}`;
}

/** `metrics and health on http://127.0.0.1:9100/metrics`, and for whom. */
export function metricsText(address: Address): string {
  const forWhom = isLoopback(address.host)
    ? ', for this machine alone (see --metrics-host)'
    : ', for everyone who can reach it';
  return `metrics on http://${addressText(address)}/metrics, health on /healthz${forWhom}`;
}

/** Who can read what, for a host other than this machine's own; null for that. */
export function exposureText(host: string, folder: string): string | null {
  if (isLoopback(host)) return null;
  const who =
    host === '0.0.0.0' || host === '::'
      ? 'everyone who can reach this machine'
      : `everyone who can reach ${escapeRemote(host)}`;
  return `${who} can now read all files in ${escapeRemote(folder)}: there is no password and no encryption`;
}

/** `127.0.0.1:9000`, `[::1]:9000`. */
export function addressText({host, port}: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function foundText(files: number): string {
  return files === 0
    ? 'no files found; those that come will be noticed'
    : `${formatCount(files, 'file')} found`;
}

function nameOf({name}: {readonly name: string}): string {
  return escapeRemote(name);
}

function readyText(notice: Extract<ServeNotice, {readonly kind: 'file-ready'}>): string {
  const {size, root, fragments, here, hashed, elapsedMs} = notice;
  const part =
    here === fragments
      ? formatCount(fragments, 'fragment')
      : `${here} of ${formatCount(fragments, 'fragment')}`;
  const how = hashed ? `, in ${formatElapsed(elapsedMs)}` : '';
  return `${nameOf(notice)} is ready: ${formatBytes(size)}, ${part}, root ${formatDigest(root)}${how}`;
}

function examinedLine(notice: Extract<ServeNotice, {readonly kind: 'fragment-examined'}>): LogLine {
  const what = `fragment ${notice.fragment} of ${nameOf(notice)}`;
  switch (notice.outcome) {
    case 'intact':
      return {level: 'info', text: `${what} was reported as wrong; it was hashed and is right`};
    case 'remade':
      return {level: 'warn', text: `${what} was damaged or missing; it was made anew from the original`};
    case 'withdrawn':
      return {level: 'error', text: `${what} is damaged or missing and is no longer offered`};
  }
}

/** How sockets say it, and how people do. */
const SESSION_ENDS: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'the client is gone',
};

function sessionLine(notice: Extract<ServeNotice, {readonly kind: 'session-closed'}>): LogLine {
  const {peer, reason, bytes, busyReplies} = notice;
  const busy = busyReplies > 0 ? `, ${busyReplies} times told busy` : '';
  const text = `${escapeRemote(peer)} took ${formatBytes(bytes)}${busy}; ${SESSION_ENDS[reason] ?? escapeRemote(reason)}`;
  // A client that only asked is of little interest; one that was cut off is.
  return {level: bytes === 0 && reason === 'the client closed' ? 'debug' : 'info', text};
}
