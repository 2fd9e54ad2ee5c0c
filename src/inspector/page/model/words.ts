/** Rows of a trace in words: who, and what happened. Text of others is in it: show it as text alone. */

import type {TraceRow} from '../../../trace/rows.js';
import {formatBytes, formatCount} from '../../../units.js';
import type {Directory} from './directory.js';

/** Who a row is about, in words; empty: nobody in particular. */
export function whoOf(row: TraceRow, directory: Directory): string {
  const {server, actor, session} = directory.subjectOf(row);
  switch (row.k) {
    case 'start':
    case 'stop':
    case 'move':
    case 'context':
      return directory.actorName(actor);
    case 'say':
      return `${row.from === null ? 'outside' : directory.actorName(row.from)} → ${directory.actorName(actor)}`;
  }
  if (server >= 0) return directory.address(server);
  if (session >= 0) return directory.peer(session);
  if (row.k === 'file' || row.k === 'fragment' || row.k === 'item') return row.name;
  return '';
}

/** What happened, in words. */
export function whatOf(row: TraceRow, directory: Directory): string {
  switch (row.k) {
    case 'trace':
      return `fdl ${row.fdl} on Node.js ${row.node}, ${row.platform}, started at ${row.startedAt}`;
    case 'machine':
      return `machine ${row.machine}, definition ${row.hash}`;
    case 'start':
      return row.machine === null ? 'started' : `started, runs the machine ${row.machine}`;
    case 'stop':
      return {done: 'reached its end', stopped: 'was stopped', error: 'failed'}[row.how];
    case 'move':
      return `${row.on}: ${row.from === '' ? 'start' : row.from} → ${row.to}`;
    case 'context':
      return `remembers ${Object.entries(row.values)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`;
    case 'say':
      return row.on;
    case 'dropped':
      return `${row.rows} rows are missing here`;
    case 'done':
      return row.message === undefined ? row.how : `${row.how}: ${row.message}`;
    default:
      return downloadWords(row, directory) ?? setWords(row) ?? serveWords(row) ?? '';
  }
}

function downloadWords(row: TraceRow, directory: Directory): string | null {
  switch (row.k) {
    case 'download':
      return `${row.file} from ${formatCount(row.servers, 'server')}`;
    case 'address':
      return row.role === undefined ? `server ${row.server}` : `server ${row.server}, ${row.role}`;
    case 'version':
      return `version ${row.root.slice(0, 16)}…: ${formatBytes(row.size)} in ${formatCount(row.fragments, 'fragment')}`;
    case 'kept':
      return `${formatBytes(row.bytes)} are on disk already (${row.how})`;
    case 'dial':
      return `connection ${row.connection} is dialled${row.again ? ' again' : ''}`;
    case 'lease':
      return `connection ${row.connection} is given ${blocksOf(row)}`;
    case 'steal':
      return `connection ${row.connection} takes over ${blocksOf(row)} of connection ${row.from}`;
    case 'return':
      return `connection ${row.connection} gives back what it has not asked for`;
    case 'fetch':
      return `asked for ${blocksOf(row)}${row.hedge ? ', a second time' : ''}`;
    case 'cancel':
      return `fetch ${row.ticket} is not needed any more`;
    case 'fetched':
      return fetchedWords(row);
    case 'block':
      return `block ${row.block} of fragment ${row.fragment} came${row.wasted === true ? ', a second copy' : ''}`;
    case 'stored':
      return `block ${row.block} of fragment ${row.fragment} is right${row.connection === null ? ', from the disk' : ' and stored'}`;
    case 'brought':
      return `${formatBytes(row.bytes)} are right and stored`;
    case 'wrong':
      return `block ${row.block} of fragment ${row.fragment} is wrong`;
    case 'server':
      return serverWords(row, directory);
    case 'tick':
      return `${formatCount(row.connections.length, 'connection')} at work, ${formatCount(row.storing, 'block')} being stored`;
    case 'disk':
      return row.is === 'full'
        ? `full: ${formatBytes(row.needBytes ?? 0)} are missing`
        : 'there is room again';
    case 'hashing':
      return `${formatBytes(row.doneBytes)} of the whole file hashed`;
    case 'sum':
      return `${formatBytes(row.bytes)} in all, ${row.blocks} blocks, ${row.busyReplies} times busy, ${row.errors} errors`;
    case 'total':
      return `${formatBytes(row.storedBytes)} stored, ${formatBytes(row.resumedBytes)} were here, ${formatBytes(row.wastedBytes)} in vain`;
    default:
      return null;
  }
}

function blocksOf({fragment, first, end}: {fragment: number; first: number; end: number}): string {
  const blocks = end - first === 1 ? `block ${first}` : `blocks ${first}–${end - 1}`;
  return `${blocks} of fragment ${fragment}`;
}

function fetchedWords(row: TraceRow & {k: 'fetched'}): string {
  if (row.how === 'busy') return `busy, asked to come back in ${row.retryAfterMs ?? 0} ms`;
  if (row.how === 'refused') return `refused: ${row.code ?? 'no reason told'}`;
  return row.how === 'ok' ? `fetch ${row.ticket} is here whole` : `fetch ${row.ticket} was cancelled`;
}

function serverWords(row: TraceRow & {k: 'server'}, directory: Directory): string {
  const rest = [row.reason, row.proof, row.detail].filter((it) => it !== undefined);
  if (row.of !== undefined) rest.push(`of ${directory.address(row.of)}`);
  if (row.permille !== undefined) rest.push(`${(row.permille / 10).toFixed(1)} % done`);
  if (row.untilMs !== undefined)
    rest.push(`asked again after ${Math.max(0, row.untilMs - row.t).toFixed(0)} ms`);
  return rest.length === 0 ? `is ${row.is}` : `is ${row.is}: ${rest.join(', ')}`;
}

function setWords(row: TraceRow): string | null {
  switch (row.k) {
    case 'set':
      return row.all ? 'everything that is offered' : `${row.words} names or patterns`;
    case 'offers':
      return row.is === 'answered' ? `offers ${row.files ?? 0} files` : `${row.is}: ${row.reason ?? ''}`;
    case 'chosen':
      return `${row.files} files, ${formatBytes(row.bytes)}: ${row.small} small, ${row.large} large, ${row.complete} here already`;
    case 'item':
      return row.message === undefined ? row.is : `${row.is}: ${row.message}`;
    case 'bundle':
      return `asked for a bundle of ${row.files} files, ${formatBytes(row.bytes)}`;
    case 'bundled':
      return `bundle ${row.bundle}: ${row.how}${row.files === undefined ? '' : `, ${row.files} files`}`;
    default:
      return null;
  }
}

function serveWords(row: TraceRow): string | null {
  switch (row.k) {
    case 'serve':
      return `${row.folder}, ${row.maxTransfers} slots`;
    case 'listening':
      return `on ${row.address}`;
    case 'file':
      return row.reason === undefined ? row.is : `${row.is}: ${row.reason}`;
    case 'indexing':
      return `${row.files} files, ${formatBytes(row.doneBytes)} of ${formatBytes(row.totalBytes)}`;
    case 'fragment':
      return `fragment ${row.fragment} is ${row.is}${row.reason === undefined ? '' : `: ${row.reason}`}`;
    case 'scan':
      return row.reason ?? `${row.files ?? 0} files found`;
    case 'session':
      return 'connected';
    case 'slot':
      return row.granted ? `has a slot, ${row.inUse} in use` : `sent away, all ${row.inUse} slots taken`;
    case 'served':
      return `${row.how}: ${formatBytes(row.bytes)} in ${row.elapsedMs.toFixed(0)} ms`;
    case 'closed':
      return `gone: ${row.reason}`;
    case 'refused':
      return row.reason;
    case 'load':
      return `${row.sessions} clients, ${row.inUse} slots in use, ${formatBytes(row.bytes)} sent`;
    case 'drain':
      return `ends, with ${row.sessions} clients`;
    default:
      return null;
  }
}
