/** The live view of a download: a total line, then one line a server. Pure: a report in, lines out. */

import {VIEW_LINES_MAX} from '../limits.js';
import type {Progress, ServerActivity, ServerProgress} from '../report.js';
import {barText} from './bar.js';
import {columnsOf, fit, left, right} from './columns.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatPercent, formatRate, formatWait} from './format.js';
import {type Paint, painter} from './paint.js';
import {ACTIVITY_COLOURS, ACTIVITY_NAMES, activityWords} from './words.js';

const NAME_COLUMNS_MAX = 32;
const ADDRESS_COLUMNS_MAX = 32;
const BAR_COLUMNS_MAX = 60;
/** `35.2 MB/s, 1m 05s left`: room for it even while the words are shorter, or the bar would change its length. */
const WORDS_COLUMNS = 22;
/** So long after the start a rate of 0 means that nothing comes. */
const RATE_UNKNOWN_MS = 1_000;
const RATE_COLUMNS = 9;
const SHARE_COLUMNS = 5;
const NUMBERS_COLUMNS = RATE_COLUMNS + SHARE_COLUMNS + 4;
const WORDS_COLUMNS_MIN = 16;
const INDENT = '  ';

/**
 * The view as text of at most `lines` lines, each within `columns`, joined by line breaks. Servers that do not fit
 * are counted in the last line. Escape sequences appear only with `color`.
 */
export function renderProgress(
  progress: Progress,
  columns: number,
  color: boolean,
  lines = VIEW_LINES_MAX,
): string {
  const paint = painter(color);
  const room = Math.max(1, lines - 1);
  const {servers} = progress;
  const shown = servers.length <= room ? servers : mostTelling(servers, room - 1);
  const view = [totalLine(progress, columns, paint), ...serverLines(progress, shown, columns, paint)];
  if (shown.length < servers.length) view.push(paint('dim', fit(foldedWords(servers, shown), columns)));
  return view.join('\n');
}

/** What is happening as a whole, in words: `312 MB/s, 5s left`. Also the end of a plain line. */
export function phaseWords(progress: Progress): string {
  const {phase, servers, remainingMs} = progress;
  if (phase === 'planning') return `asking ${formatCount(servers.length, 'server')}`;
  if (phase === 'finishing') return 'all here, writing it to disk';
  if (phase === 'waiting') return `all servers busy${nextAskWords(progress)}`;
  const left = remainingMs === null ? '' : `, ${formatWait(remainingMs)} left`;
  return `${formatRate(rateOf(progress))}${left}`;
}

/** The rate, or in the first second, while none is measured, the average so far. */
function rateOf({bytesPerSecond, doneBytes, resumedBytes, elapsedMs}: Progress): number {
  if (bytesPerSecond > 0 || elapsedMs <= 0 || elapsedMs > RATE_UNKNOWN_MS) return bytesPerSecond;
  return ((doneBytes - resumedBytes) * 1000) / elapsedMs;
}

function nextAskWords({servers, atMs}: Progress): string {
  const times = servers.flatMap(({activity}) => (activity.kind === 'busy' ? [activity.untilMs] : []));
  return times.length === 0 ? '' : `, asking again in ${formatWait(Math.min(...times) - atMs)}`;
}

/** `x.zip  ██████░░░░░░  41 %  1.10 GB/2.68 GB  312 MB/s, 5s left`; the bar takes what is left over. */
function totalLine(progress: Progress, columns: number, paint: Paint): string {
  const {doneBytes, size} = progress;
  const name = fit(escapeRemote(progress.file), Math.min(NAME_COLUMNS_MAX, Math.floor(columns / 3)));
  const words = phaseWords(progress);
  if (size === null) return fit(`${name}  ${words}`, columns);
  const done = `${formatPercent(doneBytes, size).padStart(5)}  ${formatBytes(doneBytes)}/${formatBytes(size)}`;
  const rest = columns - columnsOf(`${name}    ${done}  `) - Math.max(WORDS_COLUMNS, columnsOf(words));
  const bar = barText(size === 0 ? 1 : doneBytes / size, Math.min(rest, BAR_COLUMNS_MAX));
  if (bar === null) return fit(`${name}  ${done}  ${words}`, columns);
  return `${paint('bold', name)}  ${paint('green', bar.full)}${paint('dim', bar.empty)}  ${done}  ${words}`;
}

function serverLines(
  {atMs, servers}: Progress,
  shown: readonly ServerProgress[],
  columns: number,
  paint: Paint,
): string[] {
  const total = servers.reduce((sum, server) => sum + server.bytes, 0);
  const addresses = shown.map(({address}) => escapeRemote(address));
  const widest = Math.max(0, ...addresses.map(columnsOf));
  const addressColumns = Math.min(widest, ADDRESS_COLUMNS_MAX, Math.floor(columns / 3));
  // A terminal too narrow for words beside the numbers shows the words.
  const hasNumbers = columns - INDENT.length - addressColumns - NUMBERS_COLUMNS >= WORDS_COLUMNS_MIN;
  return shown.map((server, index) => {
    const numbers = hasNumbers ? numbersOf(server, total) : '';
    const start = fit(`${INDENT}${left(addresses[index] ?? '', addressColumns)}${numbers}  `, columns);
    const words = fit(activityWords(server.activity, server.connections, atMs), columns - columnsOf(start));
    return start + paint(ACTIVITY_COLOURS[server.activity.kind], words);
  });
}

/** Speed and share of the bytes of this run, in NUMBERS_COLUMNS; blank for a server that brought nothing yet. */
function numbersOf({activity, bytes, bytesPerSecond}: ServerProgress, total: number): string {
  const isMoving = activity.kind === 'transferring' || activity.kind === 'suspect';
  const rate = isMoving ? formatRate(bytesPerSecond) : '';
  const share = isMoving || bytes > 0 ? formatPercent(bytes, Math.max(1, total)) : '';
  return `  ${right(rate, RATE_COLUMNS)}  ${right(share, SHARE_COLUMNS)}`;
}

/** Shown first when not all fit: who works, then who is about to, then who is in trouble. */
const RANKS: Readonly<Record<ServerActivity['kind'], number>> = {
  transferring: 0,
  suspect: 0,
  banned: 1,
  busy: 2,
  idle: 2,
  connecting: 2,
  indexing: 2,
  lost: 3,
  'other-version': 3,
  absent: 4,
  unasked: 5,
  standby: 5,
  alias: 6,
};

/** The servers that tell most, in the order of the list, so that lines do not jump. */
function mostTelling(servers: readonly ServerProgress[], count: number): readonly ServerProgress[] {
  const ranked = servers
    .map((server, index) => ({server, index}))
    .sort((a, b) => RANKS[a.server.activity.kind] - RANKS[b.server.activity.kind] || a.index - b.index);
  return ranked
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({server}) => server);
}

/** `+ 35 more: 30 standby, 5 lost`. */
function foldedWords(servers: readonly ServerProgress[], shown: readonly ServerProgress[]): string {
  const visible = new Set(shown);
  const counts = new Map<string, number>();
  for (const server of servers) {
    if (visible.has(server)) continue;
    const name = ACTIVITY_NAMES[server.activity.kind];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const words = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`);
  return `${INDENT}+ ${servers.length - shown.length} more: ${words.join(', ')}`;
}
