import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stripVTControlCharacters} from 'node:util';
import {FdlError} from '../../src/errors.js';
import type {Notice} from '../../src/report.js';
import {noticeLine} from '../../src/terminal/notices.js';
import {plainLine} from '../../src/terminal/plain-line.js';
import {errorLines, keptText, summaryLines} from '../../src/terminal/summary.js';
import {progressOf, resultOf, serverOf, serverReportOf, WRONG_BLOCK} from './sample-reports.js';

const RAW = /[\u0000-\u001f\u007f-\u009f\u202e]/;
const HOSTILE = '\u001b[2J\u009b\u202e\r\n\u0007';

const STYLE = {color: false, folder: '/srv/me'};

test('a plain download is summed up in one line', () => {
  const servers = [serverReportOf('a:1', {blocks: 2_000}), serverReportOf('b:1', {blocks: 560})];
  assert.deepEqual(summaryLines(resultOf({servers}), STYLE), [
    'x.zip: 2.68 GB in 8.6s, 312 MB/s, from 2 servers, verified',
  ]);
});

test('what was resumed is told apart from what came now; what was wrong is on a second line', () => {
  const servers = [
    serverReportOf('a:1', {blocks: 5}),
    serverReportOf('b:1', {banned: WRONG_BLOCK}),
    serverReportOf('c:1', {otherVersion: 'e'.repeat(64)}),
  ];
  const result = resultOf({
    servers,
    resumedBytes: 1_050_000_000,
    storedBytes: 1_634_354_560,
    wastedBytes: 3_145_728,
    sha256Verified: true,
  });
  assert.deepEqual(summaryLines(result, STYLE), [
    'x.zip: 2.68 GB, 1.63 GB of it in 8.6s, 312 MB/s, from 1 server, SHA-256 verified',
    '  1 server banned, 1 server with another version, 3.15 MB received in vain',
  ]);
});

test('a file that was complete is said to be complete', () => {
  const result = resultOf({resumedBytes: 2_684_354_560, storedBytes: 0, receivedBytes: 0});
  assert.deepEqual(summaryLines(result, STYLE), ['x.zip: already complete, 2.68 GB, verified']);
});

test('an output is named from the current folder when it is in it', () => {
  const named = (output: string) => summaryLines(resultOf({output}), STYLE)[0]?.split(': ')[0];
  assert.equal(named('/srv/me/data/x.zip'), 'data/x.zip');
  assert.equal(named('/data/x.zip'), '/data/x.zip');
  assert.equal(named('/srv/x.zip'), '/srv/x.zip');
});

test('what somebody stopped is no error, and says what is kept', () => {
  assert.equal(
    errorLines(new FdlError('interrupted', keptText(progressOf())))[0],
    'stopped: 1.10 GB of 2.68 GB are here and kept',
  );
  const files = {files: 2_011, doneFiles: 412, failedFiles: 1, currentFiles: []};
  assert.equal(
    keptText({...progressOf(), ...files}),
    '412 of 2011 files, 1.10 GB of 2.68 GB, are here and kept',
  );
  assert.equal(keptText(progressOf({size: null})), 'nothing was fetched');
  assert.equal(keptText(undefined), 'nothing was fetched');
});

test('colours change nothing but colours', () => {
  const result = resultOf({servers: [serverReportOf('b:1', {banned: WRONG_BLOCK})]});
  const error = new FdlError('usage', 'no', {hint: 'Yes.'});
  for (const [painted, plain] of [
    [summaryLines(result, {...STYLE, color: true}), summaryLines(result, STYLE)],
    [errorLines(error, true), errorLines(error)],
    [[noticeLine({kind: 'server-back', address: 'a:1'}, true)], ['a:1: is back']],
  ] as const) {
    assert.notDeepEqual(painted, plain);
    assert.deepEqual(painted.map(stripVTControlCharacters), plain);
  }
});

test('an error is its message and what to do', () => {
  const error = new FdlError('servers-file-missing', 'there is no servers.txt', {hint: 'Write one.'});
  assert.deepEqual(errorLines(error), ['error: there is no servers.txt', 'hint: Write one.']);
  assert.deepEqual(errorLines(new FdlError('usage', 'no')), ['error: no']);
});

test('a plain line says how far, how fast, how long and by how many', () => {
  const servers = [serverOf(1, {kind: 'transferring'}), serverOf(2, {kind: 'standby'})];
  assert.equal(
    plainLine(progressOf({servers})),
    'x.zip: 40 % of 2.68 GB, 312 MB/s, 6s left, 1 of 2 servers transferring',
  );
  assert.equal(
    plainLine(progressOf({phase: 'planning', size: null, servers})),
    'x.zip: asking 2 servers, 2 answered',
  );
});

test('every notice is one harmless line, whatever a peer wrote into it', () => {
  const root = 'a'.repeat(64);
  const evidence = {kind: 'protocol', detail: HOSTILE} as const;
  const notices: readonly Notice[] = [
    {kind: 'resuming', bytes: 5_000_000, uncheckedBytes: 0},
    {kind: 'resuming', bytes: 0, uncheckedBytes: 5_000_000},
    {kind: 'restarting-other-version', oldRoot: root, newRoot: 'b'.repeat(64)},
    {kind: 'server-banned', address: HOSTILE, evidence},
    {kind: 'server-banned', address: 'a:1', evidence: {kind: 'wrong-digests', fragment: 3, detail: HOSTILE}},
    {kind: 'server-other-version', address: 'a:1', root},
    {kind: 'server-other-version', address: 'a:1', root: null},
    {kind: 'server-absent', address: 'a:1', reason: HOSTILE},
    {kind: 'server-lost', address: 'a:1', reason: HOSTILE},
    {kind: 'server-back', address: 'a:1'},
    {kind: 'server-alias', address: 'a:1', of: HOSTILE},
    {kind: 'all-busy', waitMs: 2_500},
    {kind: 'disk-full', path: HOSTILE, needBytes: 5_000_000, waitMs: 300_000},
  ];
  for (const notice of notices) {
    const line = noticeLine(notice);
    assert.doesNotMatch(line, RAW, notice.kind);
    assert.ok(line.length > 10, notice.kind);
  }
  assert.equal(noticeLine({kind: 'all-busy', waitMs: 2_500}), 'all servers are busy: asking again in 3s');
});

test('summaries and errors show hostile names and messages by their codes', () => {
  const servers = [serverReportOf(HOSTILE, {banned: {kind: 'protocol', detail: HOSTILE.repeat(100_000)}})];
  for (const line of summaryLines(resultOf({output: HOSTILE, servers}), STYLE))
    assert.doesNotMatch(line, RAW);
  const [first = ''] = errorLines(new FdlError('servers-lost', `lost:\u001b[2J${'x'.repeat(10_000_000)}`));
  assert.doesNotMatch(first, RAW);
  assert.ok(first.length < 5_000);
});
