/** Why a download took as long as it did, in words. Pure; addresses and names are escaped here. */

import type {Causes} from '../trace/causes.js';
import type {FileTime} from '../trace/file-times.js';
import type {TraceReport} from '../trace/report.js';
import type {ServerTime} from '../trace/server-times.js';
import {wrapped} from './columns.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatElapsed, formatPercent, formatRate} from './format.js';
import {painter} from './paint.js';
import {type Column, type Row, type TableStyle, tableLines} from './table.js';

/** What was the limit, as the first line says it, and as the list of causes does. */
const CAUSES: Readonly<Record<keyof Causes, readonly [verdict: string, meaning: string]>> = {
  servers: ['the servers were the limit', 'waiting for servers: all that they sent was taken at once'],
  busy: ['busy servers were the limit', 'every server that was there was busy'],
  gone: ['there was no server for most of the time', 'no server was there'],
  asking: ['asking servers about files was the limit', 'asking servers about a file, and nothing else'],
  ownLimit: ['--limit-rate was the limit', '--limit-rate was reached'],
  hashing: ['hashing on this machine was the limit', 'hashing on this machine'],
  disk: ['the disk of this machine was the limit', 'writing to the disk'],
  diskFull: ['the full disk was the limit', 'waiting for room on the disk'],
};

/** Less than this is not worth a line. */
const TOLD_FROM_MS = 5;
/** A tail that took so much longer than an even pace is told as a cause. */
const TAIL_LONG = 2;
/** Slow servers that are named in a line; the table has all. */
const SLOW_NAMED_MAX = 3;

const COLUMNS: readonly Column[] = [
  {title: 'server', align: 'left', shrinkTo: 12},
  {title: 'files', align: 'right', shrinkTo: null},
  {title: 'brought', align: 'right', shrinkTo: null},
  {title: 'share', align: 'right', shrinkTo: null},
  {title: 'rate', align: 'right', shrinkTo: null},
  {title: 'busy', align: 'right', shrinkTo: null},
  {title: 'lost', align: 'right', shrinkTo: null},
  {title: 'silent', align: 'right', shrinkTo: null},
  {title: 'cost', align: 'right', shrinkTo: null},
  {title: '', align: 'left', shrinkTo: 0},
];

/** The report, line by line. */
export function reportLines(report: TraceReport, style: TableStyle): string[] {
  const bold = (text: string): string => painter(style.color)('bold', text);
  const sentences = (lines: readonly string[]): readonly string[] =>
    style.columns === null
      ? lines.map((line) => `  ${line}`)
      : lines.flatMap((line) => wrapped(`  ${line}`, style.columns ?? 0, '    '));
  return [
    `${bold(`why ${titleOf(report)} took ${formatElapsed(report.totalMs)}`)}: ${verdictOf(report)}`,
    ...sentences(report.transferMs === 0 ? [] : [partsOf(report)]),
    ...causeLines(report),
    ...serverTable(report, style).map((line) => `  ${line}`),
    ...sentences([...fileLines(report), ...slowLines(report), ...tailLines(report), ...wasteLines(report)]),
    ...sentences(
      report.droppedRows > 0
        ? [`${formatCount(report.droppedRows, 'row')} are missing in the trace: the figures are too small`]
        : [],
    ),
  ];
}

/** A set is called by its number of files, for what was asked for may be long. */
function titleOf({file, files}: TraceReport): string {
  if (files === null || files.files === 0) return escapeRemote(file);
  return formatCount(files.files, 'file');
}

function verdictOf({causes, transferMs, storedBytes, resumedBytes}: TraceReport): string {
  if (storedBytes === 0 && resumedBytes > 0)
    return `nothing was fetched, ${formatBytes(resumedBytes)} were here already`;
  if (storedBytes === 0) return 'nothing was fetched';
  const [most] = causesOf(causes);
  if (most === undefined) return 'it was over at once';
  return `${CAUSES[most.cause][0]} for ${formatPercent(most.ms, transferMs)} of the transfer`;
}

function partsOf({planningMs, transferMs, finishingMs, storedBytes}: TraceReport): string {
  const rate = `, ${formatRate((storedBytes / transferMs) * 1_000)}`;
  return [
    `${formatElapsed(planningMs)} until the first request`,
    `${formatElapsed(transferMs)} of transfer (${formatBytes(storedBytes)}${rate})`,
    `${formatElapsed(finishingMs)} to finish`,
  ].join(', ');
}

/** Longest first. */
function causesOf(causes: Readonly<Causes>): {readonly cause: keyof Causes; readonly ms: number}[] {
  return (Object.keys(CAUSES) as (keyof Causes)[])
    .map((cause) => ({cause, ms: causes[cause]}))
    .filter(({ms}) => ms >= TOLD_FROM_MS)
    .sort((a, b) => b.ms - a.ms);
}

function causeLines({causes, transferMs}: TraceReport): string[] {
  return causesOf(causes).map(
    ({cause, ms}) =>
      `  ${formatElapsed(ms).padStart(7)}  ${formatPercent(ms, transferMs).padStart(5)}  ${CAUSES[cause][1]}`,
  );
}

function serverTable({servers}: TraceReport, style: TableStyle): string[] {
  const asked = servers.filter(({state}) => state !== 'unasked');
  if (asked.length === 0) return [];
  const total = servers.reduce((sum, {bytes}) => sum + bytes, 0);
  const rows = asked.map((server) => cellsOf(server, total));
  // A column that says nothing of anybody is left out, but for the last one, beside which the others stay aligned.
  const used = COLUMNS.map(({title}, index) => title === '' || rows.some((cells) => cells[index] !== ''));
  const shown = <Item>(items: readonly Item[]): Item[] => items.filter((_, index) => used[index]);
  return tableLines(
    shown(COLUMNS),
    rows.map((cells): Row => ({cells: shown(cells).map((text) => ({text}))})),
    {...style, columns: style.columns === null ? null : style.columns - 2},
  );
}

function cellsOf(server: ServerTime, total: number): string[] {
  const {
    address,
    bytes,
    files,
    bytesPerSecond,
    busyMs,
    busyReplies,
    lostMs,
    silentMs,
    costMs,
    isSlow,
    state,
  } = server;
  const busy = busyReplies === 0 ? '' : `${formatElapsed(busyMs)} (${busyReplies}x)`;
  return [
    escapeRemote(address),
    files === 0 ? '' : String(files),
    formatBytes(bytes),
    total === 0 ? '' : formatPercent(bytes, total),
    bytesPerSecond === null ? '' : formatRate(bytesPerSecond),
    busy,
    timeText(lostMs),
    timeText(silentMs),
    costMs < TOLD_FROM_MS ? '' : `~${formatElapsed(costMs)}`,
    state === 'open' || state === 'busy' ? (isSlow ? 'slow' : '') : state,
  ];
}

/** How the files of a set came, and which of them took longest. */
function fileLines({files}: TraceReport): string[] {
  if (files === null) return [];
  const {bundledFiles, bundles, single, slowest, complete, failed} = files;
  const parts = [
    ...(bundledFiles > 0 ? [`${bundledFiles} in ${formatCount(bundles, 'bundle')}`] : []),
    ...(single > 0 ? [`${single} one by one`] : []),
    ...(complete > 0 ? [`${complete} were here already`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const named = slowest.filter(({ms}) => ms >= TOLD_FROM_MS).map(slowFile);
  return [
    ...(parts.length === 0 ? [] : [`files: ${parts.join(', ')}`]),
    ...(named.length < 2 ? [] : [`those that took longest: ${named.join(', ')}`]),
  ];
}

function slowFile({name, is, ms, storedBytes}: FileTime): string {
  const how = is === 'failed' ? ', failed' : is === 'begun' ? ', not at its end' : '';
  return `${escapeRemote(name)} ${formatElapsed(ms)} (${formatBytes(storedBytes)}${how})`;
}

/** Who was much slower than the others, the slowest first: the table has it too, but not at a glance. */
function slowLines({servers}: TraceReport): string[] {
  const quickest = Math.max(0, ...servers.map(({bytesPerSecond}) => bytesPerSecond ?? 0));
  const slow = servers
    .filter(({isSlow}) => isSlow)
    .sort((a, b) => (a.bytesPerSecond ?? 0) - (b.bytesPerSecond ?? 0));
  if (slow.length === 0) return [];
  const named = slow
    .slice(0, SLOW_NAMED_MAX)
    .map(({address, bytesPerSecond}) => `${escapeRemote(address)} (${formatRate(bytesPerSecond ?? 0)})`);
  const more = slow.length > named.length ? ` and ${slow.length - named.length} more` : '';
  return [`slow: ${named.join(', ')}${more}, while the quickest brought ${formatRate(quickest)}`];
}

function timeText(ms: number): string {
  return ms < TOLD_FROM_MS ? '' : formatElapsed(ms);
}

function tailLines({tail}: TraceReport): string[] {
  if (tail === null) return [];
  const {ms, evenMs, lastFrom} = tail;
  const from = lastFrom === null ? '' : `; the last block came from ${escapeRemote(lastFrom)}`;
  const long = ms > TAIL_LONG * evenMs && ms - evenMs > TOLD_FROM_MS ? ', which is long' : '';
  return [
    `the last twentieth took ${formatElapsed(ms)}, at an even pace ${formatElapsed(evenMs)}${long}${from}`,
  ];
}

function wasteLines({wastedBytes, secondCopyBytes, wrongBlocks, steals, hedges}: TraceReport): string[] {
  const parts = [
    ...(secondCopyBytes > 0 ? [`${formatBytes(secondCopyBytes)} in second copies`] : []),
    ...(wrongBlocks > 0 ? [formatCount(wrongBlocks, 'wrong block')] : []),
  ];
  const why = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  const takenOver = [
    ...(steals > 0 ? [`taken over ${formatCount(steals, 'time')}`] : []),
    ...(hedges > 0 ? [`asked for twice ${formatCount(hedges, 'time')}`] : []),
  ];
  return [
    ...(wastedBytes > 0 ? [`${formatBytes(wastedBytes)} were received in vain${why}`] : []),
    ...(takenOver.length === 0 ? [] : [`tails ${takenOver.join(', ')}`]),
  ];
}
