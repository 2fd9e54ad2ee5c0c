/** What became of work on local files, in words. Pure. */

import type {WrongRun} from '../actors/local/compare.js';
import type {JoinResult} from '../actors/local/join-fragments.js';
import type {FileRoot} from '../actors/local/root-of-file.js';
import type {SplitResult} from '../actors/local/split-file.js';
import type {VerifyResult} from '../actors/local/verify-file.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatCount} from './format.js';
import {painter} from './paint.js';
import {shownPath} from './paths.js';

/** Runs of wrong blocks that are shown; more are counted. */
const RUNS_SHOWN_MAX = 16;
const SERVERS_SHOWN_MAX = 8;

/** A file's root and what else is known of it, for standard output. */
export function rootLines(root: FileRoot, current: string): string[] {
  return [
    shownPath(root.path),
    `  root    ${root.root}`,
    `  sha256  ${root.sha256}`,
    `  size    ${sizeWords(root.bytes)}, ${formatCount(root.fragments, 'fragment')}`,
    ...(root.manifest === null ? [] : [`  saved   ${shownPath(root.manifest, current)}`]),
  ];
}

export function splitLine(result: SplitResult, current: string): string {
  const {path, folder, fragments, bytes, root, besideOriginal} = result;
  const use = besideOriginal ? '' : ', to be served as a copy';
  return `${shownPath(path)}: ${formatBytes(bytes)} in ${formatCount(fragments, 'fragment')} in ${shownPath(folder, current)}${use}, root ${root}`;
}

export function joinLine({output, fragments, bytes, root}: JoinResult, current: string): string {
  return `${shownPath(output, current)}: ${formatBytes(bytes)} from ${formatCount(fragments, 'fragment')}, every block verified, root ${root}`;
}

/** The verdict: one line when the file is right, else what is wrong and where. */
export function verifyLines(result: VerifyResult, color = false): string[] {
  const paint = painter(color);
  const path = shownPath(result.path);
  const servers = troubleOf(result);
  if (result.right) return [`${path}: ${paint('green', 'right')}, ${rightWords(result)}`, ...servers];
  return [`${path}: ${paint('red', 'wrong')}, ${problemWords(result)}`, ...whereLines(result), ...servers];
}

/** The last line of many verdicts: `12 files: 10 right, 1 wrong, 1 unknown`. */
export function verdictsLine(
  rows: readonly (Pick<VerifyResult, 'right'> | {readonly error: unknown})[],
): string {
  const right = rows.filter((row) => 'right' in row && row.right).length;
  const unknown = rows.filter((row) => 'error' in row).length;
  const wrong = rows.length - right - unknown;
  const parts = [
    `${right} right`,
    ...(wrong > 0 ? [`${wrong} wrong`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return `${formatCount(rows.length, 'file')}: ${parts.join(', ')}`;
}

function rightWords({size, against, servers, root, expected}: VerifyResult): string {
  const same = servers.filter((server) => server.root === root).length;
  const by = {
    servers: `as ${formatCount(same, 'server')} ${same === 1 ? 'has' : 'have'} it`,
    manifest: 'as the manifest says',
    digest: expected.root === null ? 'its SHA-256 is as given' : 'its root is as given',
  };
  return `${formatBytes(size)}, ${by[against]}`;
}

function problemWords(result: VerifyResult): string {
  const {problem, size, expected, wrongBlocks, located, against, sha256, root} = result;
  if (against === 'digest') {
    return expected.root !== null && expected.root !== root
      ? `its root is ${root} instead of ${expected.root}`
      : `its SHA-256 is ${sha256} instead of ${expected.sha256}`;
  }
  if (problem === 'sha256')
    return `but all its blocks are right: the SHA-256 ${expected.sha256} is of something else`;
  const parts: string[] = [];
  if (problem === 'size' && expected.size !== null) parts.push(lengthWords(size, expected.size));
  if (!located) parts.push('and nobody told which blocks it should have');
  else if (wrongBlocks > 0) parts.push(blockWords(result));
  else parts.push('all else is right');
  return parts.join('; ');
}

function lengthWords(size: number, expected: number): string {
  const difference = formatBytes(Math.abs(size - expected));
  return `${difference} too ${size < expected ? 'short' : 'long'}: ${size} bytes instead of ${expected}`;
}

function blockWords({wrongBlocks, wrongBytes, wrong}: VerifyResult): string {
  const isMissing = wrong.every(({kind}) => kind === 'missing');
  const verb = isMissing ? (wrongBlocks === 1 ? 'is' : 'are') : wrongBlocks === 1 ? 'differs' : 'differ';
  return `${formatCount(wrongBlocks, 'block')} (${formatBytes(wrongBytes)}) ${verb}${isMissing ? ' missing' : ''}`;
}

function whereLines({wrong}: VerifyResult): string[] {
  const lines = wrong.slice(0, RUNS_SHOWN_MAX).map((run) => `  ${runWords(run)}`);
  const more = wrong.length - lines.length;
  return more > 0 ? [...lines, `  and ${formatCount(more, 'more place')}; all of them with --json`] : lines;
}

/** `fragment 2, blocks 0-3: bytes 104857600-109051903`. */
function runWords({fragment, firstBlock, lastBlock, offset, bytes, kind, grain}: WrongRun): string {
  const blocks = firstBlock === lastBlock ? `block ${firstBlock}` : `blocks ${firstBlock}-${lastBlock}`;
  const where = grain === 'fragment' ? 'somewhere in it' : blocks;
  return `fragment ${fragment}, ${kind === 'missing' ? `${blocks} missing` : where}: bytes ${offset}-${offset + bytes - 1}`;
}

/** Servers that were of no use, or have another version. */
function troubleOf({servers, expected}: VerifyResult): string[] {
  const others = servers.filter(({problem, root}) => problem !== null || root !== expected.root);
  const lines = others.slice(0, SERVERS_SHOWN_MAX).map(({address, problem}) => {
    return `  ${escapeRemote(address)}: ${problem === null ? 'has another version' : escapeRemote(problem)}`;
  });
  const more = others.length - lines.length;
  return more > 0 ? [...lines, `  and ${formatCount(more, 'more server')}`] : lines;
}

function sizeWords(bytes: number): string {
  return bytes < 1_000 ? formatCount(bytes, 'byte') : `${bytes} bytes (${formatBytes(bytes)})`;
}
