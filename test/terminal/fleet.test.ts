import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FleetCheck, FleetListing, OfferedFile, ServerCheck} from '../../src/fleet-report.js';
import {startCheckView} from '../../src/terminal/check-view.js';
import {columnsOf} from '../../src/terminal/columns.js';
import {checkLines, verdictLines} from '../../src/terminal/fleet-check.js';
import {absentServerLines, listLines, listSummary} from '../../src/terminal/fleet-list.js';
import {VirtualClock} from '../support/virtual-clock.js';

const ROOT = 'aa'.repeat(32);
const OTHER = 'bb'.repeat(32);
const PLAIN = {color: false, columns: null, rowsMax: null};
const AT = new Date(2026, 10, 20, 9, 5).getTime();

test('a list names size, time and holders, and below a file what is the matter with it', () => {
  const listing = listed([
    file('a.bin', {whole: ['one', 'two', 'three']}),
    file('b.bin', {whole: ['one'], partial: [{address: 'two', fragmentsHere: 3}], missing: ['three']}),
    {
      name: 'c.bin',
      versions: [],
      indexing: [{address: 'one', progressPermille: 421}],
      missing: ['two', 'three'],
    },
    file('d.bin', {whole: ['one'], missing: ['two', 'three']}),
  ]);
  assert.deepEqual(listLines(listing, PLAIN), [
    'NAME      SIZE  MODIFIED          SERVERS',
    'a.bin  2.50 MB  2026-11-20 09:05  all 3',
    'b.bin  2.50 MB  2026-11-20 09:05  1 of 3, in part on 1',
    '  two has 3 of 4 fragments',
    'c.bin                             being indexed by one',
    'd.bin  2.50 MB  2026-11-20 09:05  1 of 3, not on two, three',
  ]);
  assert.equal(listSummary(listing), '4 files, 7.50 MB, on 3 of 4 servers');
  assert.deepEqual(absentServerLines(listing), ['four does not answer: connection refused']);
});

test('versions that differ are named with who has which', () => {
  const one = file('x', {whole: ['one', 'two']});
  const other = {root: OTHER, size: 7, fragments: 1, modifiedMs: null, whole: ['three'], partial: []};
  const lines = listLines(listed([{...one, versions: [...one.versions, other]}]), PLAIN);
  assert.deepEqual(lines.slice(1), [
    'x     2.50 MB  2026-11-20 09:05  2 versions',
    '  aaaaaaaa…  2.50 MB  2026-11-20 09:05  one, two',
    '  bbbbbbbb…  7 B  three',
  ]);
});

test('names that servers chose cannot act on a terminal, and no line is wider than it', () => {
  const evil = `\u001b[2Jevil\u202e${'很'.repeat(60)}`;
  const listing = listed([
    file(evil, {whole: ['one']}),
    {name: 'y', versions: [], indexing: [], missing: []},
  ]);
  for (const columns of [80, 160]) {
    for (const line of listLines(listing, {...PLAIN, columns})) {
      assert.doesNotMatch(line, /[\u001b\u202e]/);
      assert.ok(columnsOf(line) <= columns, line);
    }
  }
  assert.ok(listLines(listing, PLAIN)[1]?.includes('很'.repeat(60)), 'a pipe gets the whole name');
});

test('a long list is folded into folders where it is watched', () => {
  const files = Array.from({length: 500}, (_, index) =>
    file(`d/${index % 2}/${index}`, {whole: ['one', 'two', 'three']}),
  );
  const lines = listLines(listed(files), {...PLAIN, columns: 80, rowsMax: 100});
  assert.deepEqual(lines, [
    'NAME    SIZE  MODIFIED  SERVERS',
    'd/0/  625 MB            250 files, all 3',
    'd/1/  625 MB            250 files, all 3',
  ]);
});

test('a check tells each server in a row, and below it what has to be said', () => {
  const report = checked([
    server('127.0.0.1:9000', {}),
    server('127.0.0.1:9001', {
      findings: [
        {
          kind: 'partial',
          fragmentsHere: 1,
          missing: [
            [2, 3],
            [5, 5],
          ],
        },
      ],
    }),
    server('127.0.0.1:9002', {
      findings: [{kind: 'busy', retryAfterMs: 1_500, slots: 4, slotsInUse: 4}],
      sample: {wanted: 8, verified: 0, bytes: 0, bytesPerSecond: null},
    }),
    server('127.0.0.1:9003', {
      findings: [
        {
          kind: 'corrupt',
          evidence: {kind: 'wrong-block', fragment: 2, block: 7, expected: ROOT, received: OTHER},
        },
        {kind: 'slow', bytesPerSecond: 5},
      ],
    }),
    {
      ...server('127.0.0.1:9004', {}),
      latencyMs: null,
      version: null,
      sample: null,
      findings: [{kind: 'unreachable', reason: 'connection refused'}],
    },
  ]);
  assert.deepEqual(checkLines(report, PLAIN), [
    'x.zip: 2.50 MB, 4 fragments, root aaaaaaaa…, modified 2026-11-20 09:05',
    'SERVER          LATENCY       RATE  FINDING',
    '127.0.0.1:9000   1.2 ms  50.0 MB/s  ok, 8 blocks verified',
    '127.0.0.1:9001   1.2 ms  50.0 MB/s  partial',
    '  it has 1 of 4 fragments, not 2-3, 5',
    '127.0.0.1:9002   1.2 ms             busy',
    '  4 of 4 slots taken, ask again in 2s',
    '127.0.0.1:9003   1.2 ms  50.0 MB/s  corrupt, slow',
    '  it sent block 7 of fragment 2 wrong',
    '127.0.0.1:9004                      unreachable: connection refused',
  ]);
  for (const line of checkLines(report, {...PLAIN, columns: 80})) assert.ok(columnsOf(line) <= 80, line);
});

test('where versions differ, each server is told with its own', () => {
  const [version] = [server('one', {}).version];
  assert.ok(version !== null && version !== undefined);
  const other = {
    ...server('two', {findings: [{kind: 'other-version', root: OTHER}]}),
    version: {...version, root: OTHER},
  };
  const lines = checkLines({...checked([server('one', {}), other]), root: null}, PLAIN);
  assert.equal(lines[0], 'x.zip: 2 versions');
  assert.deepEqual(lines.slice(4), [
    'two      1.2 ms  50.0 MB/s  other version',
    '  root bbbbbbbb…, modified 2026-11-20 09:05, 2.50 MB',
  ]);
});

test('a verdict says in words how a download would end, and what to do', () => {
  const report = checked([]);
  assert.deepEqual(verdictLines(report, false), ['ok: a download would succeed, from 2 servers']);
  const verdict = {
    succeeds: false,
    exitCode: 5,
    code: 'servers-disagree',
    message: 'the\u001b servers',
    hint: 'a\nb',
  };
  assert.deepEqual(verdictLines({...report, verdict}, false), [
    'error: a download would fail (exit code 5): the\\u{1b} servers',
    'hint: a\nb',
  ]);
});

test('a check that takes long says how far it is, on a terminal alone', () => {
  const clock = new VirtualClock();
  const written: string[] = [];
  const stream = {isTTY: true, columns: 80, write: (text: string) => written.push(text)};
  const view = startCheckView({stream, mode: 'live', clock});
  view.progress({servers: 7, done: 1, blocks: 1});
  assert.deepEqual(written, [], 'a short check shows nothing');
  clock.advance(1_000);
  view.progress({servers: 7, done: 3, blocks: 42});
  view.progress({servers: 7, done: 3, blocks: 43});
  assert.match(written.join(''), /looking at 7 servers, 3 done, 42 blocks verified/);
  assert.doesNotMatch(written.join(''), /43/, 'ten lines a second are enough');
  view.stop();

  const count = written.length;
  const plain = startCheckView({stream, mode: 'plain', clock});
  clock.advance(5_000);
  plain.progress({servers: 7, done: 3, blocks: 42});
  plain.stop();
  assert.equal(written.length, count);
});

function file(
  name: string,
  {
    whole,
    partial = [],
    missing = [],
  }: {
    readonly whole: readonly string[];
    readonly partial?: OfferedFile['versions'][number]['partial'];
    readonly missing?: readonly string[];
  },
): OfferedFile {
  const version = {root: ROOT, size: 2_500_000, fragments: 4, modifiedMs: AT, whole, partial};
  return {name, versions: [version], indexing: [], missing};
}

function listed(files: readonly OfferedFile[]): FleetListing {
  const answered = ['one', 'two', 'three'].map(
    (address) => ({address, status: 'answered', files: 3}) as const,
  );
  const failed = {address: 'four', status: 'failed', reason: 'connection refused'} as const;
  return {servers: [...answered, failed], files, unmatched: []};
}

function server(address: string, changes: Partial<ServerCheck>): ServerCheck {
  return {
    address,
    latencyMs: 1.234,
    protocolVersion: 1,
    files: null,
    version: {root: ROOT, sha256: ROOT, size: 2_500_000, modifiedMs: AT, fragments: 4, fragmentsHere: 4},
    sample: {wanted: 8, verified: 8, bytes: 8_000_000, bytesPerSecond: 50_000_000},
    findings: [],
    ...changes,
  };
}

function checked(servers: readonly ServerCheck[]): FleetCheck {
  const verdict = {
    succeeds: true,
    exitCode: 0,
    code: null,
    message: 'a download would succeed, from 2 servers',
    hint: null,
  };
  return {file: 'x.zip', servers, root: ROOT, verdict};
}
