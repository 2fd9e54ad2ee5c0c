import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {VerifyResult} from '../../src/actors/local/verify-file.js';
import type {UnfinishedDownload} from '../../src/actors/store/unfinished.js';
import {joinLine, rootLines, splitLine, verifyLines} from '../../src/terminal/local-lines.js';
import {plannedLines, statusLines} from '../../src/terminal/unfinished-lines.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const HOSTILE = 'x\u001b]0;owned\u0007\u202e.zip';

const RIGHT: VerifyResult = {
  path: 'x.zip',
  right: true,
  problem: null,
  size: 2_000_000,
  sha256: A,
  root: A,
  expected: {size: 2_000_000, sha256: A, root: A},
  against: 'servers',
  servers: [
    {address: 'h1:1', root: A, problem: null},
    {address: 'h2:2', root: A, problem: null},
  ],
  located: true,
  wrongBlocks: 0,
  wrongBytes: 0,
  wrong: [],
};
const RUN = {
  fragment: 2,
  firstBlock: 3,
  lastBlock: 3,
  offset: 10,
  bytes: 5,
  kind: 'differs',
  grain: 'block',
} as const;

/** Verdicts, and the lines that tell them. */
const VERDICTS: readonly (readonly [string, Partial<VerifyResult>, readonly string[]])[] = [
  ['right', {}, ['x.zip: right, 2.00 MB, as 2 servers have it']],
  [
    'right by a manifest',
    {against: 'manifest', servers: []},
    ['x.zip: right, 2.00 MB, as the manifest says'],
  ],
  [
    'right by a SHA-256',
    {against: 'digest', servers: [], expected: {size: null, root: null, sha256: A}},
    ['x.zip: right, 2.00 MB, its SHA-256 is as given'],
  ],
  [
    'right, and a server has another version',
    {servers: [...RIGHT.servers, {address: 'h3:3', root: B, problem: null}]},
    ['x.zip: right, 2.00 MB, as 2 servers have it', '  h3:3: has another version'],
  ],
  [
    'one wrong block',
    {right: false, problem: 'content', wrongBlocks: 1, wrongBytes: 5, wrong: [RUN]},
    ['x.zip: wrong, 1 block (5 B) differs', '  fragment 2, block 3: bytes 10-14'],
  ],
  [
    'something in a fragment',
    {right: false, problem: 'content', wrongBlocks: 100, wrongBytes: 5, wrong: [{...RUN, grain: 'fragment'}]},
    ['x.zip: wrong, 100 blocks (5 B) differ', '  fragment 2, somewhere in it: bytes 10-14'],
  ],
  [
    'too short',
    {
      right: false,
      problem: 'size',
      size: 10,
      wrongBlocks: 2,
      wrongBytes: 5,
      wrong: [{...RUN, lastBlock: 4, kind: 'missing'}],
    },
    [
      'x.zip: wrong, 2.00 MB too short: 10 bytes instead of 2000000; 2 blocks (5 B) are missing',
      '  fragment 2, blocks 3-4 missing: bytes 10-14',
    ],
  ],
  [
    'too long',
    {right: false, problem: 'size', size: 2_000_001},
    ['x.zip: wrong, 1 B too long: 2000001 bytes instead of 2000000; all else is right'],
  ],
  [
    'nobody told the digests',
    {
      right: false,
      problem: 'content',
      located: false,
      servers: [{address: 'h1:1', root: A, problem: 'lost'}],
    },
    ['x.zip: wrong, and nobody told which blocks it should have', '  h1:1: lost'],
  ],
  [
    'another SHA-256 than the blocks have',
    {right: false, problem: 'sha256', sha256: B},
    [`x.zip: wrong, but all its blocks are right: the SHA-256 ${A} is of something else`],
  ],
];

for (const [name, changes, lines] of VERDICTS) {
  test(`the verdict in words: ${name}`, () => {
    assert.deepEqual(verifyLines({...RIGHT, ...changes}), lines);
  });
}

test('of many wrong places the first are shown, the rest is counted', () => {
  const wrong = Array.from({length: 40}, () => RUN);
  const lines = verifyLines({
    ...RIGHT,
    right: false,
    problem: 'content',
    wrongBlocks: 40,
    wrongBytes: 9,
    wrong,
  });
  assert.equal(lines.length, 18);
  assert.equal(lines.at(-1), '  and 24 more places; all of them with --json');
});

const DOWNLOAD: UnfinishedDownload = {
  output: '/data/x.zip',
  diskBytes: 500,
  changedMs: 1_000_000,
  files: ['/data/x.zip.0123456789abcdef.fdl-part'],
  workedOn: {kind: 'nobody'},
  kind: 'download',
  name: 'models/x.zip',
  root: A,
  size: 1_000,
  storedBytes: 410,
  needsCheck: false,
};
const STYLE = {color: false, folder: '/data', nowMs: 1_090_000};

test('an unfinished download in words, with the command that goes on', () => {
  assert.deepEqual(statusLines([DOWNLOAD], STYLE), [
    'x.zip: 41 % of 1.00 kB (410 B), root aaaaaaaa…, 1m 30s ago',
    '  to go on, with its servers: fdl download models/x.zip',
  ]);
  assert.equal(
    statusLines([{...DOWNLOAD, output: '/other/my file'}], STYLE)[1],
    "  to go on, with its servers: fdl download models/x.zip --output '/other/my file'",
  );
  const running = {...DOWNLOAD, workedOn: {kind: 'running', pid: 7}} as const;
  assert.deepEqual(statusLines([running], STYLE), [
    'x.zip: 41 % of 1.00 kB (410 B), root aaaaaaaa…, 1m 30s ago, being worked on by process 7',
  ]);
  assert.match(plannedLines([running], STYLE)[0] ?? '', /^keep {4}x\.zip: /);
  assert.match(plannedLines([DOWNLOAD], STYLE)[0] ?? '', /^remove {2}x\.zip: .*; 1 file, 500 B on disk$/);
});

test('names of others never reach the terminal raw', () => {
  const said = [
    ...rootLines(
      {path: HOSTILE, bytes: 1, fragments: 1, blocks: 1, root: A, sha256: A, manifest: HOSTILE},
      '/',
    ),
    ...verifyLines({...RIGHT, path: HOSTILE, servers: [{address: HOSTILE, root: null, problem: HOSTILE}]}),
    splitLine(
      {path: HOSTILE, folder: HOSTILE, fragments: 1, bytes: 1, root: A, sha256: A, besideOriginal: false},
      '/',
    ),
    joinLine({folder: HOSTILE, output: HOSTILE, fragments: 1, bytes: 1, root: A, sha256: A}, '/'),
    ...statusLines(
      [
        {...DOWNLOAD, output: `/data/${HOSTILE}`, name: HOSTILE},
        {...DOWNLOAD, output: `/data/${HOSTILE}`, kind: 'damaged', name: null},
        {...DOWNLOAD, output: `/data/${HOSTILE}`, kind: 'crumbs', name: null},
      ],
      STYLE,
    ),
  ];
  for (const line of said)
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/, JSON.stringify(line));
});
