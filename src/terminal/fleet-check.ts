/** The report of a check as a table and a verdict. Pure; what servers said is escaped here. */

import type {CheckedVersion, Finding, FleetCheck, FragmentRange, ServerCheck} from '../fleet-report.js';
import {MESSAGE_TEXT_MAX, NAMED_MAX} from '../limits.js';
import {escapeMessage, escapeRemote} from './escape.js';
import {formatBytes, formatCount, formatDigest, formatRate, formatTime, formatWait} from './format.js';
import {type Colour, painter} from './paint.js';
import {type Cell, type Column, type Row, type TableStyle, tableLines} from './table.js';
import {evidenceWords, reasonWords} from './words.js';

const SERVER: Column = {title: 'SERVER', align: 'left', shrinkTo: 21};
const LATENCY: Column = {title: 'LATENCY', align: 'right', shrinkTo: null};
const FINDING: Column = {title: 'FINDING', align: 'left', shrinkTo: 20};
const FILE_COLUMNS = [SERVER, LATENCY, {title: 'RATE', align: 'right', shrinkTo: null}, FINDING] as const;
const SERVER_COLUMNS = [
  SERVER,
  LATENCY,
  {title: 'PROTOCOL', align: 'left', shrinkTo: null},
  {title: 'FILES', align: 'right', shrinkTo: null},
  FINDING,
] as const;

/** What was asked for, a row for each server, and below a row what the server lacks. */
export function checkLines(check: FleetCheck, style: TableStyle): string[] {
  const paint = painter(style.color);
  if (check.file === null) return tableLines(SERVER_COLUMNS, check.servers.map(serverRow), style);
  const roots = new Set(check.servers.flatMap(({version}) => version?.root ?? []));
  const rows = check.servers.map((server) => fileRow(server, roots.size > 1));
  const about = `${paint('bold', escapeRemote(check.file))}${aboutFile(check, roots.size)}`;
  return [about, ...tableLines(FILE_COLUMNS, rows, style)];
}

/** The verdict in words, and what to do where a download would fail. */
export function verdictLines({verdict}: FleetCheck, color: boolean): string[] {
  const paint = painter(color);
  const message = escapeMessage(verdict.message, MESSAGE_TEXT_MAX);
  if (verdict.succeeds) return [`${paint('green', 'ok')}: ${message}`];
  const lines = [
    `${paint('red', 'error')}: a download would fail (exit code ${verdict.exitCode}): ${message}`,
  ];
  if (verdict.hint !== null)
    lines.push(`${paint('cyan', 'hint')}: ${escapeMessage(verdict.hint, MESSAGE_TEXT_MAX)}`);
  return lines;
}

function aboutFile({servers, root}: FleetCheck, versions: number): string {
  const version = servers.find((server) => server.version !== null && server.version.root === root)?.version;
  if (version === undefined || version === null) return versions > 1 ? `: ${versions} versions` : '';
  return `: ${formatBytes(version.size)}, ${formatCount(version.fragments, 'fragment')}, ${versionWords(version)}`;
}

function versionWords({root, modifiedMs}: CheckedVersion): string {
  return `root ${formatDigest(root)}, modified ${formatTime(modifiedMs)}`;
}

function serverRow(server: ServerCheck): Row {
  const {address, latencyMs, protocolVersion, files} = server;
  return {
    cells: [
      {text: escapeRemote(address)},
      {text: latencyMs === null ? '' : latencyText(latencyMs)},
      {text: protocolVersion === null ? '' : `fdl/${protocolVersion}`},
      {text: files === null ? '' : String(files)},
      findingsCell(server, false),
    ],
  };
}

function fileRow(server: ServerCheck, hasSeveral: boolean): Row {
  const {address, latencyMs, sample} = server;
  const rate = sample?.bytesPerSecond ?? null;
  return {
    cells: [
      {text: escapeRemote(address)},
      {text: latencyMs === null ? '' : latencyText(latencyMs)},
      {text: rate === null ? '' : formatRate(rate)},
      findingsCell(server, true),
    ],
    below: detailLines(server, hasSeveral),
  };
}

/** All findings in one cell, in the colour of the worst, which is the first. */
function findingsCell({findings, sample}: ServerCheck, isAboutFile: boolean): Cell {
  const [first] = findings;
  if (first !== undefined)
    return {text: findings.map(findingWords).join(', '), colour: FINDING_COLOURS[first.kind]};
  if (!isAboutFile) return {text: 'ok', colour: 'green'};
  const {verified = 0, wanted = 0} = sample ?? {};
  const blocks =
    verified < wanted ? `${verified} of ${formatCount(wanted, 'block')}` : formatCount(wanted, 'block');
  return {text: wanted === 0 ? 'ok' : `ok, ${blocks} verified`, colour: 'green'};
}

const FINDING_COLOURS: Readonly<Record<Finding['kind'], Colour>> = {
  unreachable: 'red',
  alias: 'dim',
  absent: 'red',
  indexing: 'yellow',
  corrupt: 'red',
  'other-version': 'red',
  partial: 'yellow',
  busy: 'yellow',
  slow: 'yellow',
  refusing: 'red',
};

/** A word or two: what there is to say beyond stands below the row, where it has the whole width. */
function findingWords(finding: Finding): string {
  switch (finding.kind) {
    case 'unreachable':
      return `unreachable: ${escapeRemote(finding.reason)}`;
    case 'alias':
      return `the same server as ${escapeRemote(finding.of)}`;
    case 'absent':
      return reasonWords(finding.reason);
    case 'indexing':
      return `being indexed${finding.progressPermille === null ? '' : `, ${Math.floor(finding.progressPermille / 10)} % done`}`;
    case 'other-version':
      return 'other version';
    case 'refusing':
      return 'refuses to send';
    default:
      return finding.kind;
  }
}

function detailLines({version, findings}: ServerCheck, hasSeveral: boolean): string[] {
  const about =
    version !== null && hasSeveral ? [`${versionWords(version)}, ${formatBytes(version.size)}`] : [];
  return [...about, ...findings.flatMap((finding) => findingDetail(finding, version?.fragments ?? 0))];
}

function findingDetail(finding: Finding, fragments: number): string[] {
  switch (finding.kind) {
    case 'corrupt':
      return [evidenceWords(finding.evidence)];
    case 'partial':
      return [
        `it has ${finding.fragmentsHere} of ${formatCount(fragments, 'fragment')}, not ${rangesText(finding.missing)}`,
      ];
    case 'busy': {
      const wait = formatWait(finding.retryAfterMs);
      return [`${finding.slotsInUse} of ${formatCount(finding.slots, 'slot')} taken, ask again in ${wait}`];
    }
    case 'refusing':
      return [`it ${reasonWords(finding.reason)}`];
    default:
      return [];
  }
}

/** `2, 5-9 and 3 more ranges`. */
function rangesText(ranges: readonly FragmentRange[]): string {
  const shown = ranges
    .slice(0, NAMED_MAX)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  const more = ranges.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${formatCount(more, 'more range')}` : ''}`;
}

/** Fractions of a millisecond tell machines of one rack apart. */
function latencyText(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
