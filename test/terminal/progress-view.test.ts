import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stripVTControlCharacters} from 'node:util';
import fc from 'fast-check';
import {VIEW_LINES_MAX} from '../../src/limits.js';
import type {ServerActivity} from '../../src/report.js';
import {columnsOf} from '../../src/terminal/columns.js';
import {renderProgress} from '../../src/terminal/progress-view.js';
import {AT_MS, progressOf, serverOf, WRONG_BLOCK} from './sample-reports.js';

const FLEET = [
  serverOf(9000, {kind: 'transferring'}, {connections: 3, bytesPerSecond: 152_300_000, bytes: 700_000_000}),
  serverOf(9001, {kind: 'transferring'}, {bytesPerSecond: 35_200_000, bytes: 300_000_000}),
  serverOf(9002, {kind: 'busy', untilMs: AT_MS + 2_400}, {bytes: 100_000_000}),
  serverOf(9003, {kind: 'lost', retryAtMs: AT_MS + 4_000, reason: 'connection reset'}),
  serverOf(9004, {kind: 'banned', evidence: WRONG_BLOCK}, {bytes: 1_048_576}),
  serverOf(9005, {kind: 'other-version', root: '1a2b3c4d5e6f'.padEnd(64, '0')}),
];

const EVERY_ACTIVITY: readonly ServerActivity[] = [
  {kind: 'unasked'},
  {kind: 'connecting'},
  {kind: 'idle'},
  {kind: 'transferring'},
  {kind: 'suspect'},
  {kind: 'busy', untilMs: 0},
  {kind: 'indexing', progressPermille: 415},
  {kind: 'standby'},
  {kind: 'lost', retryAtMs: null, reason: 'refused'},
  {kind: 'absent', reason: 'file not found'},
  {kind: 'other-version', root: null},
  {kind: 'banned', evidence: {kind: 'protocol', detail: 'a frame of 4 GB'}},
  {kind: 'alias', of: '127.0.0.1:9000'},
];

test('the view on 80 columns', () => {
  assert.equal(
    `${renderProgress(progressOf({servers: FLEET}), 80, false)}\n`,
    `\
x.zip  ██████████░░░░░░░░░░░░░░░   40 %  1.10 GB/2.68 GB  312 MB/s, 6s left
  127.0.0.1:9000   152 MB/s   700 MB  transferring on 3 connections
  127.0.0.1:9001  35.2 MB/s   300 MB  transferring
  127.0.0.1:9002              100 MB  busy, asked again in 3s
  127.0.0.1:9003                      connection reset, retry in 4s
  127.0.0.1:9004             1.05 MB  banned: sent a wrong block
  127.0.0.1:9005                      has another version (1a2b3c4d…)
`,
  );
});

test('while the disk is full, the first line says how much more must fit', () => {
  const [first = ''] = renderProgress(progressOf({phase: 'disk-full', servers: FLEET}), 120, false).split(
    '\n',
  );
  assert.match(first, /the disk is full, waiting for room: 1\.\d+ GB more must fit/);
});

test('the view on 160 columns', () => {
  assert.equal(
    `${renderProgress(progressOf({servers: FLEET}), 160, false)}\n`,
    `\
x.zip  ████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   40 %  1.10 GB/2.68 GB  312 MB/s, 6s left
  127.0.0.1:9000   152 MB/s   700 MB  transferring on 3 connections
  127.0.0.1:9001  35.2 MB/s   300 MB  transferring
  127.0.0.1:9002              100 MB  busy, asked again in 3s
  127.0.0.1:9003                      connection reset, retry in 4s
  127.0.0.1:9004             1.05 MB  banned: sent a wrong block
  127.0.0.1:9005                      has another version (1a2b3c4d…)
`,
  );
});

test('before a version is agreed on, the view says what it waits for', () => {
  const servers = [
    serverOf(9000, {kind: 'connecting'}),
    serverOf(9001, {kind: 'idle'}),
    serverOf(9002, {kind: 'lost', retryAtMs: AT_MS + 900, reason: 'connection refused'}),
    serverOf(9003, {kind: 'unasked'}),
  ];
  assert.equal(
    renderProgress(progressOf({phase: 'planning', size: null, doneBytes: 0, servers}), 80, false),
    [
      'x.zip  asking 4 servers, 1 answered',
      '  127.0.0.1:9000  connecting',
      '  127.0.0.1:9001  ready',
      '  127.0.0.1:9002  connection refused, retry in 1s',
      '  127.0.0.1:9003  not asked yet',
    ].join('\n'),
  );
});

test('what is on disk already is looked at before anything is fetched, and the whole may be hashed at the end', () => {
  const line = (changes: Parameters<typeof progressOf>[0]) => renderProgress(progressOf(changes), 80, false);
  assert.equal(line({phase: 'planning'}), 'x.zip  checking what is here already');
  const hashedBytes = 1_342_177_280;
  assert.equal(line({phase: 'planning', hashedBytes}), 'x.zip  checking what is here already, 50 %');
  assert.match(line({phase: 'finishing', hashedBytes}), /all here, hashing the whole, 50 %$/);
  assert.match(line({phase: 'finishing'}), /all here, finishing$/);
});

test('blocks of an earlier run that are being checked have a place of their own in the bar', () => {
  const view = renderProgress(progressOf({doneBytes: 0, uncheckedBytes: 1_342_177_280}), 80, false);
  assert.match(view, / ▒{12}░{13} {4}0 % /);
});

test('while all servers are busy, the view says when the earliest is asked again', () => {
  const servers = [9000, 9001].map((port) => serverOf(port, {kind: 'busy', untilMs: AT_MS + port}));
  const view = renderProgress(progressOf({phase: 'waiting', servers}), 100, false);
  assert.match(view, /all servers busy, asking again in 9s$/m);
});

test('no rate is shown while none is known, and no time left while nothing comes', () => {
  const servers = [serverOf(9000, {kind: 'transferring'})];
  const view = (changes: Parameters<typeof progressOf>[0]) =>
    renderProgress(progressOf({servers, ...changes}), 80, false);
  assert.doesNotMatch(view({bytesPerSecond: 0, remainingMs: null}), /B\/s/);
  // A rate that was measured fades.
  assert.match(view({bytesPerSecond: 0.2, remainingMs: 1e12}), / 0 B\/s$/m);
});

test('a line keeps its parts where they are while the numbers grow', () => {
  const places = [9_440_000, 108_000_000, 1_000_000_000].map((doneBytes) => {
    const [line = ''] = renderProgress(progressOf({doneBytes}), 80, false).split('\n');
    return [line.indexOf('/2.68'), line.indexOf('312 MB/s')].join();
  });
  assert.equal(new Set(places).size, 1, places.join(' '));
});

test('a narrow terminal shows what matters: how far, how fast, and which server', () => {
  assert.deepEqual(
    renderProgress(progressOf({servers: FLEET}), 40, false)
      .split('\n')
      .slice(0, 4),
    [
      'x.zip  40 %  312 MB/s, 6s left',
      '  127.0.0.1:9000  152 MB/s',
      '  127.0.0.1:9001  35.2 MB/s',
      '  127.0.0.1:9002  busy, asked again in …',
    ],
  );
  const long = serverOf(1, {kind: 'transferring'}, {address: 'mirror-of-the-north.example.org:9000'});
  const [, line = ''] = renderProgress(progressOf({servers: [long]}), 40, false).split('\n');
  assert.match(line, /^ {2}mirror-\S*….*org:9000/);
});

test('servers that do not fit are counted by what they do, those that work are shown', () => {
  const servers = [
    ...Array.from({length: 30}, (_, index) => serverOf(9100 + index, {kind: 'standby'})),
    ...Array.from({length: 5}, (_, index) =>
      serverOf(9200 + index, {kind: 'lost', retryAtMs: null, reason: 'refused'}),
    ),
    ...Array.from({length: 18}, (_, index) => serverOf(9000 + index, {kind: 'transferring'}, {bytes: 1})),
  ];
  const lines = renderProgress(progressOf({servers}), 80, false).split('\n');
  assert.equal(lines.length, VIEW_LINES_MAX);
  assert.equal(lines.filter((line) => line.includes('transferring')).length, 18);
  assert.equal(lines.at(-1), '  + 35 more: 30 standby, 5 unreachable');
});

test('of many servers at work those are shown that bring most', () => {
  const servers = Array.from({length: 30}, (_, index) =>
    serverOf(9000 + index, {kind: 'transferring'}, {bytes: index === 29 ? 500_000_000 : 2_000_000 + index}),
  );
  const lines = renderProgress(progressOf({servers}), 80, false).split('\n');
  assert.match(lines.at(-2) ?? '', /:9029 /);
  assert.match(lines[1] ?? '', /:9000 /);
});

test('a view is no higher than the terminal', () => {
  for (const lines of [1, 2, 3, 5]) {
    const view = renderProgress(progressOf({servers: FLEET}), 80, false, lines);
    assert.ok(view.split('\n').length <= Math.max(2, lines), `${lines} lines`);
  }
});

test('colours change nothing but colours', () => {
  const progress = progressOf({
    servers: EVERY_ACTIVITY.map((activity, index) => serverOf(9000 + index, activity)),
  });
  const painted = renderProgress(progress, 80, true);
  assert.notEqual(painted, stripVTControlCharacters(painted));
  assert.equal(stripVTControlCharacters(painted), renderProgress(progress, 80, false));
});

test('hostile names and reasons never reach the terminal raw', () => {
  const hostile = '\u001b]0;owned\u0007\u001b[2J\r\u202e\u009b1m'.repeat(50_000);
  const servers = EVERY_ACTIVITY.map((activity) =>
    serverOf(9000, Object.assign({}, activity, {reason: hostile, of: hostile}), {address: hostile}),
  );
  const view = renderProgress(progressOf({file: hostile, servers}), 80, false);
  assert.doesNotMatch(view, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  assert.ok(view.length < 80 * VIEW_LINES_MAX);
});

test('every line fits, however narrow the terminal and whatever is in it', () => {
  const text = fc.string({unit: 'grapheme', maxLength: 80});
  const server = fc.record({
    address: text,
    activity: fc.constantFrom(...EVERY_ACTIVITY),
    bytes: fc.nat(),
    bytesPerSecond: fc.nat(),
  });
  const property = fc.property(
    fc.integer({min: 1, max: 300}),
    text,
    fc.array(server, {maxLength: 30}),
    fc.constantFrom('planning', 'downloading', 'waiting', 'finishing'),
    (columns, file, servers, phase) => {
      const list = servers.map((changes) => serverOf(1, changes.activity, changes));
      for (const line of renderProgress(progressOf({file, phase, servers: list}), columns, false).split(
        '\n',
      )) {
        assert.ok(columnsOf(line) <= columns, `${columns} columns: '${line}'`);
      }
    },
  );
  fc.assert(property, {numRuns: 200});
});
