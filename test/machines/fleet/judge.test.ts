import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FleetCheck} from '../../../src/fleet-report.js';
import {judge} from '../../../src/machines/fleet/judge.js';
import type {FileSeen, Observation, SampleEnd} from '../../../src/machines/fleet/observation.js';
import type {RefusalCode} from '../../../src/model.js';

const GEOMETRY = {blockBytes: 10, fragmentBytes: 100};
const ROOT = 'aa'.repeat(32);
const OTHER = 'bb'.repeat(32);
const SHA256 = 'cc'.repeat(32);
const NO_PIN = {root: null, sha256: null};
const FAST = 100_000_000;
const BUSY = {kind: 'busy', retryAfterMs: 2_000, slots: 1, slotsInUse: 1} as const;
const WRONG = {
  kind: 'corrupt',
  evidence: {kind: 'wrong-block', fragment: 1, block: 2, expected: ROOT, received: OTHER},
} as const;

test('healthy servers have no findings, and a download from them would succeed', () => {
  const check = judged([has('one'), has('two')]);
  assert.deepEqual(kinds(check), [[], []]);
  assert.equal(check.root, ROOT);
  assert.deepEqual(check.verdict, {
    succeeds: true,
    exitCode: 0,
    code: null,
    message: 'a download would succeed, from 2 servers',
    hint: null,
  });
});

test('the stale, the corrupt, the partial, the busy and the dead one of six are told apart', () => {
  const check = judged([
    has('good'),
    has('stale', {root: OTHER}),
    has('corrupt', {end: WRONG}),
    has('partial', {holds: 0b101}),
    has('busy', {end: BUSY}),
    {address: 'dead', kind: 'unreachable', reason: 'connection refused'},
  ]);
  assert.deepEqual(kinds(check), [
    [],
    ['other-version'],
    ['corrupt'],
    ['partial'],
    ['busy'],
    ['unreachable'],
  ]);
  assert.deepEqual(check.servers[3]?.findings, [{kind: 'partial', fragmentsHere: 2, missing: [[2, 2]]}]);
  assert.equal(check.verdict.exitCode, 5);
  assert.equal(check.verdict.code, 'servers-disagree');
  assert.match(check.verdict.hint ?? '', new RegExp(`--root ${ROOT}\n.*--root ${OTHER}`));
});

test('the minority is called the other version, and so is everybody where there is no majority', () => {
  assert.deepEqual(kinds(judged([has('a'), has('b'), has('c', {root: OTHER})])), [[], [], ['other-version']]);
  assert.deepEqual(kinds(judged([has('a'), has('b', {root: OTHER})])), [
    ['other-version'],
    ['other-version'],
  ]);
});

test('a pin says which version is another one, also against the majority', () => {
  const servers = [has('a'), has('b'), has('c', {root: OTHER})];
  for (const pin of [
    {root: OTHER, sha256: null},
    {root: null, sha256: OTHER},
  ]) {
    const check = judged(servers, pin);
    assert.deepEqual(kinds(check), [['other-version'], ['other-version'], []]);
    assert.deepEqual([check.verdict.exitCode, check.root], [0, OTHER]);
  }
  const nowhere = judged(servers, {root: 'dd'.repeat(32), sha256: null});
  assert.deepEqual([nowhere.verdict.exitCode, nowhere.verdict.code], [5, 'pin-mismatch']);
});

test('a server is slow beside a much quicker one, not beside equals, and not when it is quick enough', () => {
  const slow = {rate: 1_000_000};
  assert.deepEqual(kinds(judged([has('a'), has('b', slow)])), [[], ['slow']]);
  assert.deepEqual(kinds(judged([has('a', slow), has('b', slow)])), [[], []]);
  assert.deepEqual(kinds(judged([has('a', {rate: 900_000_000}), has('b', {rate: 20_000_000})])), [[], []]);
});

test('one process under two addresses counts once', () => {
  const check = judged([has('a'), {...has('b'), instanceId: 'a'} as Observation, has('c', {root: OTHER})]);
  assert.deepEqual(check.servers[1]?.findings, [{kind: 'alias', of: 'a'}]);
  assert.deepEqual(kinds(check)[0], ['other-version'], 'one of two is no majority');
});

/** What the servers are, and how a download would end. */
const ENDINGS: readonly (readonly [
  what: string,
  servers: readonly Observation[],
  exitCode: number,
  message: RegExp,
])[] = [
  ['nobody is there', [dead('a'), dead('b')], 3, /no server was reached/],
  [
    'nobody has it',
    [refuses('a', 'file-not-found'), refuses('b', 'file-not-found')],
    4,
    /no server has "x.zip"/,
  ],
  ['nobody who answers has it', [refuses('a', 'file-not-found'), dead('b')], 3, /b cannot be asked/],
  ['a disk that fails', [refuses('a', 'io-error')], 3, /a cannot be asked/],
  [
    'someone is indexing it',
    [refuses('a', 'indexing'), dead('b')],
    0,
    /would wait until "x.zip" is indexed by a/,
  ],
  ['all are busy', [has('a', {end: BUSY}), has('b', {end: BUSY})], 0, /from 2 servers, but would wait/],
  ['a part is with a busy one alone', [has('a', {holds: 0b011}), has('b', {end: BUSY})], 0, /but would wait/],
  ['a busy one is not needed', [has('a'), has('b', {end: BUSY})], 0, /from 2 servers$/],
  ['a liar is not needed', [has('a'), has('b', {end: WRONG})], 0, /from 1 server$/],
  ['a liar alone', [has('a', {end: WRONG}), dead('b')], 6, /no honest source.*: a sent wrong content/],
  [
    'a part is with a liar alone',
    [has('a', {holds: 0b011}), has('b', {end: WRONG})],
    6,
    /b sent wrong content/,
  ],
  ['parts that make up the file', [has('a', {holds: 0b011}), has('b', {holds: 0b110})], 0, /from 2 servers/],
  [
    'parts that do not',
    [has('a', {holds: 0b001}), has('b', {holds: 0b100})],
    4,
    /fragment 2 of "x.zip" \(of 3\)/,
  ],
  [
    'lost in the middle',
    [has('a', {end: {kind: 'lost', reason: 'connection reset'}})],
    3,
    /a would have to send/,
  ],
  [
    'an empty file, lost in the middle',
    [has('a', {size: 0, end: {kind: 'lost', reason: 'connection reset'}})],
    3,
    /a would have to send/,
  ],
  ['no fdl at all', [{address: 'a', kind: 'violated', detail: 'noise'}], 6, /speaks fdl as it should/],
];

for (const [what, servers, exitCode, message] of ENDINGS) {
  test(`${what}: exit code ${exitCode}`, () => {
    const {verdict} = judged(servers);
    assert.equal(verdict.exitCode, exitCode, verdict.message);
    assert.match(verdict.message, message);
    assert.equal(verdict.succeeds, exitCode === 0);
    assert.equal(verdict.hint === null, exitCode === 0);
  });
}

test('without a file the servers alone are judged', () => {
  const reached = {...has('a'), file: {kind: 'unasked', files: 7}} as Observation;
  const check = judge([reached, dead('b')], {file: null, pin: NO_PIN});
  assert.equal(check.servers[0]?.files, 7);
  assert.deepEqual([check.verdict.exitCode, check.verdict.message], [0, '1 of 2 servers answer']);
  assert.equal(judge([dead('b')], {file: null, pin: NO_PIN}).verdict.exitCode, 3);
});

interface Traits {
  readonly root?: string;
  /** Bits of the three fragments held; all when left out. */
  readonly holds?: number;
  readonly rate?: number;
  /** Bytes; three fragments unless given. */
  readonly size?: number;
  readonly end?: SampleEnd;
}

/** A server that has x.zip: three fragments. Its SHA-256 is told apart with its root. */
function has(
  address: string,
  {root = ROOT, holds, rate = FAST, size = 250, end = {kind: 'done'}}: Traits = {},
) {
  const file: FileSeen = {
    kind: 'served',
    manifest: {size, geometry: GEOMETRY, sha256: root === ROOT ? SHA256 : OTHER, root, modifiedMs: 0},
    fragmentsHere: holds === undefined ? 3 : holds.toString(2).replaceAll('0', '').length,
    holds: holds === undefined ? null : Uint8Array.of(holds),
    sample: {wanted: 8, verified: 8, bytes: 80, bytesPerSecond: rate},
    end,
  };
  return reached(address, file);
}

function refuses(address: string, code: RefusalCode): Observation {
  return reached(address, {kind: 'refused', refusal: {code, message: '', progressPermille: null}});
}

function dead(address: string): Observation {
  return {address, kind: 'unreachable', reason: 'connection refused'};
}

function reached(address: string, file: FileSeen): Observation {
  return {address, kind: 'reached', instanceId: address, latencyMs: 1, protocolVersion: 1, file};
}

function judged(
  servers: readonly Observation[],
  pin: {root: string | null; sha256: string | null} = NO_PIN,
): FleetCheck {
  return judge(servers, {file: 'x.zip', pin});
}

function kinds({servers}: FleetCheck): string[][] {
  return servers.map(({findings}) => findings.map(({kind}) => kind));
}
