import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FdlError} from '../../src/errors.js';
import type {Notice} from '../../src/report.js';
import {noticeLine} from '../../src/terminal/notices.js';
import {plainLine} from '../../src/terminal/plain-line.js';
import {errorLines, summaryLines} from '../../src/terminal/summary.js';
import {progressOf, resultOf, serverOf, serverReportOf, WRONG_BLOCK} from './sample-reports.js';

const RAW = /[\u0000-\u001f\u007f-\u009f\u202e]/;
const HOSTILE = '\u001b[2J\u009b\u202e\r\n\u0007';

test('a plain download is summed up in one line', () => {
  const servers = [serverReportOf('a:1', {blocks: 2_000}), serverReportOf('b:1', {blocks: 560})];
  assert.deepEqual(summaryLines(resultOf({servers})), [
    'x.zip: 2.68 GB in 8.6s, 312 MB/s, every block verified, from 2 servers',
  ]);
});

test('what was resumed, received in vain and verified as a whole is in the summary', () => {
  const line = summaryLines(
    resultOf({resumedBytes: 1_050_000_000, wastedBytes: 3_145_728, sha256Verified: true}),
  )[0];
  assert.equal(
    line,
    'x.zip: 2.68 GB in 8.6s, 312 MB/s, 1.05 GB resumed, 3.15 MB received in vain, every block and the SHA-256 given verified',
  );
});

test('a file that was complete is said to be complete', () => {
  const result = resultOf({resumedBytes: 2_684_354_560, storedBytes: 0, receivedBytes: 0});
  assert.deepEqual(summaryLines(result), [
    'x.zip: already complete, verified, 2.68 GB, every block verified',
  ]);
});

test('servers that misbehaved are named with the evidence', () => {
  const servers = [
    serverReportOf('a:1', {blocks: 5}),
    serverReportOf('b:1', {banned: WRONG_BLOCK}),
    serverReportOf('c:1', {otherVersion: 'e'.repeat(64)}),
  ];
  const lines = summaryLines(resultOf({servers}));
  assert.match(lines[0] ?? '', /from 1 server, 2 servers misbehaved$/);
  assert.deepEqual(lines.slice(1), [
    '  b:1 was banned: it sent a wrong block (block 17 of fragment 2: SHA-256 dddddddd… instead of cccccccc…)',
    '  c:1 has another version (eeeeeeee…)',
  ]);
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
  assert.equal(plainLine(progressOf({phase: 'planning', size: null, servers})), 'x.zip: asking 2 servers');
});

test('every notice is one harmless line, whatever a peer wrote into it', () => {
  const root = 'a'.repeat(64);
  const evidence = {kind: 'protocol', detail: HOSTILE} as const;
  const notices: readonly Notice[] = [
    {kind: 'resuming', bytes: 5_000_000},
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
    {kind: 'disk-full', path: HOSTILE, waitMs: 300_000},
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
  for (const line of summaryLines(resultOf({output: HOSTILE, servers}))) assert.doesNotMatch(line, RAW);
  const [first = ''] = errorLines(new FdlError('servers-lost', `lost:\u001b[2J${'x'.repeat(10_000_000)}`));
  assert.doesNotMatch(first, RAW);
  assert.ok(first.length < 5_000);
});
