/** The live view of a download: a total line, then one line a server. Pure: a report in, lines out. */

import {MIB, VIEW_LINES_MAX} from '../limits.js';
import type {Progress, ServerActivity, ServerProgress} from '../report.js';
import {barText} from './bar.js';
import {columnsOf, fit, fitMiddle, left, right} from './columns.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatPercent, formatRate, formatWait} from './format.js';
import {type Paint, painter} from './paint.js';
import {ACTIVITY_COLOURS, ACTIVITY_NAMES, activityWords} from './words.js';

const NAME_COLUMNS_MAX = 32;
const ADDRESS_COLUMNS_MAX = 32;
const BAR_COLUMNS_MAX = 60;
/** `35.2 MB/s, 1m 05s left`: room for it even while the words are shorter, or the bar would change its length. */
const WORDS_COLUMNS = 22;
/** `9.44 MB`, and so wide while it is `108 MB`. */
const SIZE_COLUMNS = 7;
const RATE_COLUMNS = SIZE_COLUMNS + 2;
const NUMBERS_COLUMNS = RATE_COLUMNS + SIZE_COLUMNS + 4;
const WORDS_COLUMNS_MIN = 16;
/** Nobody waits longer; such a guess is shown as none. */
const REMAINING_MS_MAX = 100 * 24 * 3_600 * 1_000;
const INDENT = '  ';

/**
 * The view as text of at most `lines` lines, each within `columns`, joined by line breaks. Servers that do not fit
 * are counted in the last line. Escape sequences appear only with `color`. `words` say what happens as a whole.
 */
export function renderProgress(
  progress: Progress,
  columns: number,
  color: boolean,
  lines = VIEW_LINES_MAX,
  words = phaseWords(progress),
): string {
  const paint = painter(color);
  const room = Math.max(1, lines - 1);
  const {servers} = progress;
  const shown = servers.length <= room ? servers : mostTelling(servers, room - 1);
  const view = [totalLine(progress, words, columns, paint), ...serverLines(progress, shown, columns, paint)];
  if (shown.length < servers.length) view.push(paint('dim', fit(foldedWords(servers, shown), columns)));
  return view.join('\n');
}

/** What is happening as a whole, in words: `312 MB/s, 5s left`; empty while no rate is known. Also in plain lines. */
export function phaseWords(progress: Progress): string {
  const {phase} = progress;
  if (phase === 'planning') return planningWords(progress);
  if (phase === 'finishing') return finishingWords(progress);
  if (phase === 'disk-full') return fullWords(progress);
  if (phase === 'waiting') return `all servers busy${nextAskWords(progress)}`;
  // A measured rate fades and is never 0 again: 0 is one that is not known yet.
  return progress.bytesPerSecond > 0
    ? `${formatRate(progress.bytesPerSecond)}${remainingWords(progress)}`
    : '';
}

/** Once a version is agreed on, what is on disk is looked at: with much of it that takes its time. */
function planningWords(progress: Progress): string {
  const {size, servers} = progress;
  if (size !== null) return `checking what is here already${hashedWords(progress)}`;
  const silent: readonly ServerActivity['kind'][] = ['unasked', 'connecting', 'lost'];
  const answered = servers.filter(({activity}) => !silent.includes(activity.kind)).length;
  return `asking ${formatCount(servers.length, 'server')}${answered === 0 ? '' : `, ${answered} answered`}`;
}

function fullWords({size, doneBytes}: Progress): string {
  const need = size === null ? '' : `: ${formatBytes(size - doneBytes)} more must fit`;
  return `the disk is full, waiting for room${need}`;
}

function finishingWords(progress: Progress): string {
  return progress.hashedBytes > 0
    ? `all here, hashing the whole${hashedWords(progress)}`
    : 'all here, finishing';
}

function hashedWords({hashedBytes, size}: Progress): string {
  return hashedBytes > 0 && size !== null ? `, ${formatPercent(hashedBytes, size)}` : '';
}

function remainingWords({bytesPerSecond, remainingMs}: Progress): string {
  const isKnown = remainingMs !== null && bytesPerSecond >= 1 && remainingMs <= REMAINING_MS_MAX;
  return isKnown ? `, ${formatWait(remainingMs)} left` : '';
}

function nextAskWords({servers, atMs}: Progress): string {
  const times = servers.flatMap(({activity}) => (activity.kind === 'busy' ? [activity.untilMs] : []));
  return times.length === 0 ? '' : `, asking again in ${formatWait(Math.min(...times) - atMs)}`;
}

/** `x.zip  ██████░░░░░░  41 %  1.10 GB/2.68 GB  312 MB/s, 5s left`; the bar takes what is left over. */
function totalLine(progress: Progress, words: string, columns: number, paint: Paint): string {
  const {doneBytes, phase, size, uncheckedBytes} = progress;
  const name = fit(escapeRemote(progress.file), Math.min(NAME_COLUMNS_MAX, Math.floor(columns / 3)));
  if (size === null || phase === 'planning') return narrowLine([name, words], columns);
  const percent = formatPercent(doneBytes, size).padStart(5);
  const bytes = `${formatBytes(doneBytes).padStart(SIZE_COLUMNS)}/${formatBytes(size)}`;
  const shareOf = (part: number) => (size === 0 ? 1 : part / size);
  const wordsColumns = Math.max(WORDS_COLUMNS, columnsOf(words));
  for (const done of [`${percent}  ${bytes}`, percent]) {
    const rest = columns - columnsOf(`${name}    ${done}  `) - wordsColumns;
    const bar = barText(shareOf(doneBytes), Math.min(rest, BAR_COLUMNS_MAX), shareOf(uncheckedBytes));
    if (bar === null) continue;
    const drawn = `${paint('green', bar.full)}${paint('dim', bar.unsure)}${paint('dim', bar.empty)}`;
    return `${paint('bold', name)}  ${drawn}  ${done}  ${words}`.trimEnd();
  }
  return narrowLine([name, percent.trim(), words], columns);
}

/** Without room for a bar: the name gives way to the numbers. */
function narrowLine([name, ...numbers]: readonly [string, ...string[]], columns: number): string {
  const end = numbers.join('  ').trimEnd();
  const room = Math.max(0, columns - columnsOf(end) - 2);
  return fit([fit(name, room), end].filter((part) => part !== '').join('  '), columns);
}

function serverLines(
  {atMs, phase}: Progress,
  shown: readonly ServerProgress[],
  columns: number,
  paint: Paint,
): string[] {
  const addresses = shown.map(({address}) => escapeRemote(address));
  const widest = Math.max(0, ...addresses.map(columnsOf));
  // A terminal too narrow for words beside the numbers shows the words; before the start there are no numbers.
  const third = Math.min(widest, ADDRESS_COLUMNS_MAX, Math.floor(columns / 3));
  const hasNumbers =
    phase !== 'planning' && columns - INDENT.length - third - NUMBERS_COLUMNS >= WORDS_COLUMNS_MIN;
  const addressColumns = hasNumbers
    ? third
    : Math.min(widest, ADDRESS_COLUMNS_MAX, Math.max(0, Math.floor(columns / 2) - INDENT.length));
  return shown.map((server, index) => {
    const numbers = hasNumbers ? numbersOf(server) : '';
    const address = left(fitMiddle(addresses[index] ?? '', addressColumns), addressColumns);
    const start = fit(`${INDENT}${address}${numbers}  `, columns);
    const rate = rateOf(server);
    const words = hasNumbers || rate === '' ? activityWords(server.activity, server.connections, atMs) : rate;
    const shownWords = fit(words, columns - columnsOf(start));
    return start + paint(ACTIVITY_COLOURS[server.activity.kind], shownWords);
  });
}

/** Speed, and bytes of this run, in NUMBERS_COLUMNS; blank for a server that brought nothing yet. */
function numbersOf(server: ServerProgress): string {
  const brought = server.bytes > 0 ? formatBytes(server.bytes) : '';
  return `  ${right(rateOf(server), RATE_COLUMNS)}  ${right(brought, SIZE_COLUMNS)}`;
}

function rateOf({activity, bytesPerSecond}: ServerProgress): string {
  const isMoving = activity.kind === 'transferring' || activity.kind === 'suspect';
  return isMoving && bytesPerSecond > 0 ? formatRate(bytesPerSecond) : '';
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

/** Classes of what servers brought, each four times the one before: coarse, so that equals do not swap places. */
function weightOf({bytes}: ServerProgress): number {
  return Math.ceil(Math.log2(1 + bytes / MIB) / 2);
}

/** The servers that tell most, in the order of the list, so that lines do not jump. */
function mostTelling(servers: readonly ServerProgress[], count: number): readonly ServerProgress[] {
  const ranked = servers
    .map((server, index) => ({server, index}))
    .sort(
      (a, b) =>
        RANKS[a.server.activity.kind] - RANKS[b.server.activity.kind] ||
        weightOf(b.server) - weightOf(a.server) ||
        a.index - b.index,
    );
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
