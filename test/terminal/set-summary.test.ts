import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FileReport, FilesResult} from '../../src/report.js';
import {failedFileLines, setSummaryLines} from '../../src/terminal/set-summary.js';
import {serverReportOf, WRONG_BLOCK} from './sample-reports.js';

const STYLE = {color: false, folder: '/srv/me'};
const EXISTS = 'Use --force to replace it, or name another place with --output.';

test('what came is one line: files, bytes, time, rate, servers, what was there', () => {
  const servers = [serverReportOf('a:1', {bytes: 5}), serverReportOf('b:1', {bytes: 0})];
  const result = setOf([row('a'), row('b'), row('c', 'already-complete')], {servers});
  assert.deepEqual(setSummaryLines(result, STYLE), [
    'models/: 2 files, 2.00 MB in 4.0s, 500 kB/s, from 1 server, verified, 1 file already complete',
  ]);
});

test('a set that was there already says so, into this folder or one elsewhere', () => {
  const there = setOf([row('a', 'already-complete')], {output: '/srv/me'});
  assert.deepEqual(setSummaryLines(there, STYLE), [
    'this folder: 1 file already complete, 1.00 MB, verified',
  ]);
  const elsewhere = setOf([row('a', 'already-complete')], {output: '/data/x'});
  assert.match(setSummaryLines(elsewhere, STYLE)[0] ?? '', /^\/data\/x: /);
});

test('failures come first, trouble last', () => {
  const servers = [serverReportOf('a:1', {bytes: 5, banned: WRONG_BLOCK})];
  const result = setOf([row('a'), failed('b', 'b is nowhere', 'Look at the list.')], {
    servers,
    wastedBytes: 2_000,
  });
  assert.deepEqual(setSummaryLines(result, STYLE), [
    'b: b is nowhere',
    '  hint: Look at the list.',
    'models/: 1 file, 1.00 MB in 4.0s, 500 kB/s, from 1 server, verified',
    '  1 of 2 files failed, 1 server banned, 2.00 kB received in vain',
  ]);
  assert.deepEqual(failedFileLines(result, false), ['b: b is nowhere', '  hint: Look at the list.']);
  const none = setOf([failed('b', 'b is nowhere', null)]);
  assert.deepEqual(setSummaryLines(none, STYLE), [
    'b: b is nowhere',
    'models/: nothing is complete',
    '  1 of 1 file failed',
  ]);
});

test('what many files failed with is said once, with a few of their names', () => {
  const names = Array.from({length: 1_803}, (_, index) => `f${index}`);
  const full = names.map((name) => failed(name, 'the disk is full', 'Make room.'));
  assert.deepEqual(failedFileLines(setOf([...full, failed('z', 'z is nowhere', 'Look.')]), false), [
    'f0, f1, f2 and 1800 more files: the disk is full',
    '  hint: Make room.',
    'z: z is nowhere',
    '  hint: Look.',
  ]);
  assert.equal(failedFileLines(setOf(full.slice(0, 4)), false)[0], 'f0, f1, f2, f3: the disk is full');
});

test('a hint that helps several is said once, behind them; of many failures twenty are told', () => {
  const names = Array.from({length: 23}, (_, index) => `f${index}`);
  const lines = failedFileLines(setOf(names.map((name) => failed(name, `${name} exists`, EXISTS))), false);
  assert.deepEqual(lines.slice(-3), [
    'f19: f19 exists',
    `  hint: ${EXISTS}`,
    'and 3 more files; --json has them all',
  ]);
  assert.equal(lines.filter((line) => line.includes('hint')).length, 1);
});

test('names and messages cannot speak to the terminal', () => {
  const hostile = '\u001b[2J\u202e\r\n\u0007';
  for (const color of [false, true]) {
    // Messages are ours and may have several lines; what they quote is cut and escaped where they are made.
    const shown = hostile.replace('\n', '');
    const lines = setSummaryLines(setOf([failed(`x${hostile}`, `y${shown}`, `z${shown}`)]), {
      ...STYLE,
      color,
    });
    const text = lines.join('').replaceAll(/\u001b\[\d+m/g, '');
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u202e]/);
  }
});

function row(file: string, outcome: 'stored' | 'already-complete' = 'stored'): FileReport {
  const digests = {root: 'a'.repeat(64), sha256: 'b'.repeat(64)};
  const storedBytes = outcome === 'stored' ? 1_000_000 : 0;
  return {
    file,
    output: `/srv/me/models/${file}`,
    outcome,
    bytes: 1_000_000,
    ...digests,
    storedBytes,
    error: null,
  };
}

function failed(file: string, message: string, hint: string | null): FileReport {
  const error = {code: 'file-not-found', message, hint, exitCode: 4};
  return {
    file,
    output: null,
    outcome: 'failed',
    bytes: null,
    root: null,
    sha256: null,
    storedBytes: 0,
    error,
  };
}

function setOf(rows: readonly FileReport[], changes: Partial<FilesResult> = {}): FilesResult {
  const count = (outcome: FileReport['outcome']) => rows.filter((it) => it.outcome === outcome).length;
  const storedBytes = rows.reduce((sum, it) => sum + it.storedBytes, 0);
  const bytes = rows.reduce((sum, it) => sum + (it.bytes ?? 0), 0);
  return {
    output: '/srv/me/models',
    files: rows.length,
    stored: count('stored'),
    alreadyComplete: count('already-complete'),
    failed: count('failed'),
    exitCode: 0,
    bytes,
    elapsedMs: 4_000,
    bytesPerSecond: 500_000,
    resumedBytes: bytes - storedBytes,
    storedBytes,
    receivedBytes: storedBytes,
    wastedBytes: 0,
    rows,
    servers: [],
    ...changes,
  };
}
