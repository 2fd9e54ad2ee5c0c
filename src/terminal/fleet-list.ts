/** What a fleet offers, as a table. Pure; names that servers chose are escaped here. */

import type {FleetListing, OfferedFile, OfferedVersion} from '../fleet-report.js';
import {NAMED_MAX} from '../limits.js';
import {escapeRemote} from './escape.js';
import {foldRows} from './fold.js';
import {formatBytes, formatCount, formatDigest, formatTime} from './format.js';
import {type Cell, type Column, type Row, type TableStyle, tableLines} from './table.js';

/** How a listing is shown. */
export interface ListStyle extends TableStyle {
  /** More files than this are shown as folders; null: all of them. */
  readonly rowsMax: number | null;
}

/** Longest name on the wire, every character of it escaped, is shorter: nothing of a name is lost in a pipe. */
const NAME_CHARACTERS_MAX = 2_000;

const COLUMNS: readonly Column[] = [
  {title: 'NAME', align: 'left', shrinkTo: 24},
  {title: 'SIZE', align: 'right', shrinkTo: null},
  {title: 'MODIFIED', align: 'left', shrinkTo: null},
  {title: 'SERVERS', align: 'left', shrinkTo: 12},
];

/** A row for each file or, where these are too many, for each folder; nothing when there is no file. */
export function listLines({files, servers}: FleetListing, style: ListStyle): string[] {
  if (files.length === 0) return [];
  const answered = servers.filter(({status}) => status === 'answered').length;
  const {rows, hidden} = foldRows(files, style.rowsMax);
  const shown = rows.map((row) =>
    row.kind === 'file' ? fileRow(row.file, answered) : folderRow(row.name, row.files, answered),
  );
  const lines = tableLines(COLUMNS, shown, style);
  if (hidden > 0) lines.push(`… and ${formatCount(hidden, 'more file')}`);
  return lines;
}

/** How many files, how much, and of how many servers: the line below the list. */
export function listSummary({files, servers}: FleetListing): string {
  const answered = servers.filter(({status}) => status === 'answered').length;
  const asked = servers.filter(({status}) => status !== 'alias').length;
  const whose = answered === asked ? formatCount(answered, 'server') : `${answered} of ${asked} servers`;
  return `${formatCount(files.length, 'file')}, ${formatBytes(bytesOf(files))}, on ${whose}`;
}

/** A line for each server that has no part in the list, with the reason. */
export function absentServerLines({servers}: FleetListing): string[] {
  return servers.flatMap((server) => {
    const address = escapeRemote(server.address);
    if (server.status === 'failed') return [`${address} does not answer: ${escapeRemote(server.reason)}`];
    return server.status === 'alias' ? [`${address} is the same server as ${escapeRemote(server.of)}`] : [];
  });
}

function fileRow(file: OfferedFile, answered: number): Row {
  const [version] = file.versions;
  const name = {text: escapeRemote(file.name, NAME_CHARACTERS_MAX)};
  if (version === undefined) return {cells: [name, {text: ''}, {text: ''}, indexingCell(file)]};
  const isOne = file.versions.length === 1;
  return {
    cells: [
      name,
      {text: formatBytes(version.size)},
      {text: timeOf(version)},
      isOne
        ? holdersCell(file, version, answered)
        : {text: `${file.versions.length} versions`, colour: 'red'},
    ],
    below: [...(isOne ? [] : file.versions.map(versionLine)), ...partialLines(file), ...indexingLines(file)],
  };
}

function holdersCell({missing}: OfferedFile, {whole, partial}: OfferedVersion, answered: number): Cell {
  if (whole.length === answered) return {text: allWords(answered), colour: 'green'};
  const inPart = partial.length === 0 ? '' : `, in part on ${partial.length}`;
  const text = `${whole.length} of ${answered}${inPart}`;
  if (partial.length > 0) return {text, colour: 'yellow'};
  const few = missing.length > 0 && missing.length <= 2;
  return {text: few ? `${text}, not on ${missing.map((it) => escapeRemote(it)).join(', ')}` : text};
}

/** Where there is one server, there is nothing to count. */
function allWords(answered: number): string {
  return answered === 1 ? 'whole' : `all ${answered}`;
}

function versionLine(version: OfferedVersion): string {
  const holders = [...version.whole, ...version.partial.map(({address}) => address)];
  const parts = [formatDigest(version.root), formatBytes(version.size), timeOf(version)];
  return `${parts.filter((part) => part !== '').join('  ')}  ${named(holders)}`;
}

function partialLines({versions}: OfferedFile): string[] {
  return versions.flatMap(({partial, fragments}) =>
    partial.slice(0, NAMED_MAX).map(({address, fragmentsHere}) => {
      const has =
        fragmentsHere === null ? 'only a part' : `${fragmentsHere} of ${formatCount(fragments, 'fragment')}`;
      return `${escapeRemote(address)} has ${has}`;
    }),
  );
}

function indexingCell({indexing}: OfferedFile): Cell {
  const [first] = indexing;
  const where = first === undefined ? '' : ` by ${named(indexing.map(({address}) => address))}`;
  return {text: `being indexed${where}`, colour: 'yellow'};
}

function indexingLines({indexing}: OfferedFile): string[] {
  return indexing.slice(0, NAMED_MAX).map(({address, progressPermille}) => {
    const progress = progressPermille === null ? '' : `, ${Math.floor(progressPermille / 10)} % done`;
    return `${escapeRemote(address)} is indexing it${progress}`;
  });
}

function folderRow(name: string, files: readonly OfferedFile[], answered: number): Row {
  const isEverywhere = files.every(
    ({versions}) => versions.length === 1 && versions[0]?.whole.length === answered,
  );
  const where = isEverywhere ? allWords(answered) : 'not all of it on all';
  const text = `${formatCount(files.length, 'file')}, ${where}`;
  return {
    cells: [
      {text: escapeRemote(name, NAME_CHARACTERS_MAX)},
      {text: formatBytes(bytesOf(files))},
      {text: ''},
      isEverywhere ? {text, colour: 'green'} : {text},
    ],
  };
}

function bytesOf(files: readonly OfferedFile[]): number {
  return files.reduce((bytes, {versions}) => bytes + (versions[0]?.size ?? 0), 0);
}

function timeOf({modifiedMs}: OfferedVersion): string {
  return modifiedMs === null ? '' : formatTime(modifiedMs);
}

function named(addresses: readonly string[]): string {
  const shown = addresses.slice(0, NAMED_MAX).map((address) => escapeRemote(address));
  const more = addresses.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
