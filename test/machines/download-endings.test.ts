/** One situation each: how the download goes on or ends, and what it says. */

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import type {FdlErrorCode} from '../../src/errors.js';
import {FDL1_GEOMETRY} from '../../src/geometry.js';
import {
  ACTIVE_MAX,
  AGREEMENT_MS,
  GIVE_UP_AFTER_MS,
  GOODBYE_REDIAL_MS,
  STALL_TIMEOUT_MS,
  WAITING_NOTICE_MS,
} from '../../src/limits.js';
import type {PlanOptions} from '../../src/machines/plan/plan.js';
import type {Geometry} from '../../src/model.js';
import {entriesOf, type ModelOptions, type ModelRun, runModel} from '../support/model-fleet.js';
import type {ModelServer, Period} from '../support/model-server.js';
import {checkInvariants, checkWorkConserving} from '../support/plan-invariants.js';

const KIB = 1024;
const SMALL: Geometry = {blockBytes: 64 * KIB, fragmentBytes: 8 * 64 * KIB};
/** Eight fragments of eight blocks. */
const SIZE = 64 * 64 * KIB;
const GOOD: ModelServer = {rate: 1_000_000};
const OTHER = 'b'.repeat(64);
const NEVER_UP: Period = [0, Number.MAX_SAFE_INTEGER];

interface Ending {
  readonly situation: string;
  readonly servers: readonly ModelServer[];
  readonly plan?: Partial<PlanOptions>;
  readonly code: FdlErrorCode;
  /** The message names these. */
  readonly names: readonly RegExp[];
}

const ENDINGS: readonly Ending[] = [
  {
    situation: 'no server can be reached',
    servers: [
      {...GOOD, down: [NEVER_UP]},
      {...GOOD, down: [NEVER_UP]},
    ],
    code: 'no-server-reachable',
    names: [/s0:1 \(connection refused\)/, /s1:1 \(connection refused\)/],
  },
  {
    situation: 'something else listens there',
    servers: [{...GOOD, isForeign: true}],
    code: 'no-server-reachable',
    names: [/s0:1 \(that port speaks HTTP, not fdl\)/],
  },
  {
    situation: 'no server has the file',
    servers: [
      {...GOOD, refuses: 'file-not-found'},
      {...GOOD, refuses: 'file-not-found'},
    ],
    code: 'file-not-found',
    names: [/s0:1 \(does not have it\)/, /s1:1/],
  },
  {
    situation: 'one server lacks the file and another is down',
    servers: [
      {...GOOD, refuses: 'file-not-found'},
      {...GOOD, down: [NEVER_UP]},
    ],
    code: 'no-server-reachable',
    names: [/s1:1 \(connection refused\)/, /s0:1 \(does not have it\)/],
  },
  {
    situation: 'the servers have different versions',
    servers: [GOOD, {...GOOD, root: OTHER}],
    code: 'servers-disagree',
    names: [/root a{64}: s0:1/, /root b{64}: s1:1/],
  },
  {
    situation: 'nobody has the pinned version',
    servers: [GOOD, GOOD],
    plan: {pin: {root: OTHER, sha256: null}},
    code: 'pin-mismatch',
    names: [/root b{64}/, /root a{64}: s0:1, s1:1/],
  },
  {
    situation: 'nobody has a version with the pinned SHA-256',
    servers: [GOOD],
    plan: {pin: {root: null, sha256: 'c'.repeat(64)}},
    code: 'pin-mismatch',
    names: [/SHA-256 c{64}/, /root a{64}: s0:1/],
  },
  {
    situation: 'the only server sends a wrong block',
    servers: [{...GOOD, wrongEvery: 10}],
    code: 'content-unverifiable',
    names: [/s0:1 sent wrong content for block \d of fragment \d/],
  },
  {
    situation: 'the only server sends wrong digests of the fragments',
    servers: [{...GOOD, wrongDigests: 'fragments'}],
    code: 'content-unverifiable',
    names: [/s0:1 sent wrong digests$/],
  },
  {
    situation: 'the only server sends wrong digests of the blocks',
    servers: [{...GOOD, wrongDigests: 'blocks'}],
    code: 'content-unverifiable',
    names: [/s0:1 sent wrong digests for fragment 1/],
  },
  {
    situation: 'the only server breaks the protocol',
    servers: [{...GOOD, violatesAtMs: 1_000}],
    code: 'content-unverifiable',
    names: [/s0:1 broke the protocol/],
  },
  {
    situation: 'one server lies and the other is lost',
    servers: [
      {...GOOD, wrongEvery: 10},
      {rate: 10_000, down: [[3_000, Number.MAX_SAFE_INTEGER]]},
    ],
    code: 'content-unverifiable',
    names: [/s0:1 sent wrong content/],
  },
  {
    situation: 'the file is replaced on all servers',
    servers: [
      {...GOOD, replacedAtMs: 1_000},
      {...GOOD, replacedAtMs: 1_500},
    ],
    code: 'file-replaced',
    names: [/replaced on all servers/],
  },
  {
    situation: 'one fragment is nowhere',
    servers: [
      {...GOOD, holds: [1, 2, 3, 4]},
      {...GOOD, holds: [5, 6, 8]},
    ],
    code: 'fragments-missing',
    names: [/fragment 7 of "x\.bin" \(of 8\)/],
  },
  {
    situation: 'a fragment turns out not to be there',
    servers: [{...GOOD, lacks: [3]}],
    code: 'fragments-missing',
    names: [/fragment 3 of/],
  },
  {
    situation: 'all servers are lost in the middle and stay away',
    servers: [
      {...GOOD, down: [[1_000, Number.MAX_SAFE_INTEGER]]},
      {...GOOD, down: [[1_500, Number.MAX_SAFE_INTEGER]]},
    ],
    code: 'servers-lost',
    names: [/s0:1 \(connection refused\)/, /s1:1 \(connection refused\)/],
  },
  {
    situation: 'all servers freeze and stay frozen',
    servers: [1, 2, 3].map(() => ({...GOOD, frozen: [[500, Number.MAX_SAFE_INTEGER] as const]})),
    code: 'servers-lost',
    names: [/s0:1/, /s1:1/, /s2:1/],
  },
  {
    situation: 'a server freezes after its goodbye',
    servers: [{...GOOD, frozen: [[400, Number.MAX_SAFE_INTEGER]], goodbyesAtMs: [450]}],
    code: 'servers-lost',
    names: [/s0:1/],
  },
  {
    situation: 'all servers are busy for longer than the user wants to wait',
    servers: [{...GOOD, busy: [NEVER_UP], retryAfterMs: 5_000}],
    plan: {giveUpAfterMs: 60_000},
    code: 'servers-lost',
    names: [/s0:1 \(busy\)/],
  },
  {
    situation: 'the only server is still indexing when the user will wait no longer',
    servers: [{...GOOD, indexedAtMs: Number.MAX_SAFE_INTEGER}],
    plan: {giveUpAfterMs: 10_000},
    code: 'no-server-reachable',
    names: [/"x\.bin"/],
  },
];

describe('a download ends with the error that says what to do', () => {
  for (const {situation, servers, plan = {}, code, names} of ENDINGS) {
    test(`when ${situation}: ${code}`, () => {
      const run = download(servers, {plan});
      const {stage} = run.plan;
      assert.ok(stage.kind === 'failed', stage.kind);
      assert.equal(stage.error.code, code, stage.error.message);
      for (const name of names) assert.match(stage.error.message, name);
      assert.ok(stage.error.hint !== undefined && stage.error.hint !== '');
    });
  }
});

test('lost servers are given up after five minutes without a block, or when the user says', () => {
  const servers = [{...GOOD, down: [[1_000, Number.MAX_SAFE_INTEGER] as const]}];
  const run = download(servers);
  assertAbout(run.elapsedMs, 1_000 + GIVE_UP_AFTER_MS, 2_000);
  assertAbout(download(servers, {plan: {giveUpAfterMs: 20_000}}).elapsedMs, 21_000, 2_000);
});

test('the time to give up counts from the last block, whoever was asked meanwhile', () => {
  const servers = [1, 2, 3, 4].map(() => ({...GOOD, frozen: [[500, Number.MAX_SAFE_INTEGER] as const]}));
  assertAbout(download(servers).elapsedMs, 500 + GIVE_UP_AFTER_MS, 3_000);
  assertAbout(download(servers, {plan: {giveUpAfterMs: 30_000}}).elapsedMs, 30_500, 1_000);
});

test('a server that drips is waited for, however slow it is', () => {
  const run = download([{rate: 100}], {size: 64 * KIB, limitMs: 2_000_000});
  assert.equal(run.plan.stage.kind, 'done');
  assert.ok(run.elapsedMs > GIVE_UP_AFTER_MS);
});

test('three partial copies that together are whole are enough', () => {
  const run = download([
    {...GOOD, holds: [1, 2, 3]},
    {...GOOD, holds: [3, 4, 5, 6]},
    {...GOOD, holds: [6, 7, 8]},
  ]);
  assert.equal(run.plan.stage.kind, 'done');
  for (const {server, run: asked} of entriesOf(run, 'fetch')) {
    assert.ok(
      [
        [1, 2, 3],
        [3, 4, 5, 6],
        [6, 7, 8],
      ][server]?.includes(asked.fragment),
    );
  }
});

test('what is there of a file with a missing fragment is fetched before the download ends', () => {
  const run = download([{...GOOD, holds: [1, 2, 3, 4, 5, 6, 8]}]);
  assert.equal(run.plan.storedBytes, 7 * SMALL.fragmentBytes);
});

test('a fragment that one server lacks against its word comes from another', () => {
  const run = download([{...GOOD, lacks: [1, 2, 3, 4, 5]}, {rate: 50_000}]);
  assert.equal(run.plan.stage.kind, 'done');
  assert.ok(entriesOf(run, 'stored').some(({server, fragment}) => server === 0 && fragment === 8));
});

test('a lost server is dialled again and used again, and both are told', () => {
  const run = download([{rate: 200_000, down: [[2_000, 4_000]]}, {rate: 100_000}]);
  assert.equal(run.plan.stage.kind, 'done');
  assert.ok(entriesOf(run, 'fetch').some(({server, atMs}) => server === 0 && atMs > 4_000));
  assert.deepEqual(
    entriesOf(run, 'notice').map(({notice}) => notice),
    [
      {kind: 'server-lost', address: 's0:1', reason: 'connection reset'},
      {kind: 'server-back', address: 's0:1'},
    ],
  );
});

test('a connection that is cut gives back only what has not come', () => {
  const run = download([{rate: 500_000, cutsAtMs: [1_000, 2_000, 3_000]}]);
  assert.equal(run.plan.stage.kind, 'done');
  assert.equal(run.sent[0], 64, 'no block is sent twice');
});

test('a server that says goodbye finishes what it was asked, and is asked again a moment later', () => {
  const run = download([{rate: 500_000, goodbyesAtMs: [1_000]}]);
  assert.equal(run.plan.stage.kind, 'done');
  assert.equal(run.sent[0], 64, 'no block is sent twice');
  const dialled = entriesOf(run, 'dialled').map(({atMs}) => atMs);
  assert.equal(dialled.length, 2);
  assert.ok((dialled[1] ?? 0) >= 1_000 + GOODBYE_REDIAL_MS);
  assert.ok((dialled[1] ?? 0) <= 2_000 + 2 * GOODBYE_REDIAL_MS);
  assert.equal(run.plan.fleet.servers[0]?.errors, 0, 'a goodbye is no error');
});

test('a frozen connection is dialled anew after its patience is over', () => {
  const run = download([{...GOOD, frozen: [[1_000, 17_000]]}]);
  assert.equal(run.plan.stage.kind, 'done');
  const [, again] = entriesOf(run, 'dialled');
  assert.ok(again !== undefined);
  assertAbout(again.atMs, 1_000 + STALL_TIMEOUT_MS, 2_000);
});

test('a server on standby steps in for one that is lost, one that is busy, and one that crawls', () => {
  // Not slow in themselves: with servers that are, the one on standby would be tried for its own sake.
  const rate = 3_000_000;
  const crew = Array.from({length: ACTIVE_MAX}, () => ({rate, rttMs: 1}));
  const late: ModelServer = {rate, rttMs: 50};
  const faults: readonly Partial<ModelServer>[] = [
    {down: [[3_000, Number.MAX_SAFE_INTEGER]]},
    {busy: [[3_000, Number.MAX_SAFE_INTEGER]], retryAfterMs: 60_000},
    {rate: (atMs: number) => (atMs < 3_000 ? rate : 200)},
  ];
  for (const fault of faults) {
    const run = download([...crew.slice(1), {rate, ...fault}, late], {
      size: 8 * ACTIVE_MAX * rate,
      geometry: FDL1_GEOMETRY,
    });
    assert.equal(run.plan.stage.kind, 'done');
    const fetches = entriesOf(run, 'fetch').filter(({server}) => server === ACTIVE_MAX);
    assert.ok(fetches.length > 0, 'the one on standby never had a turn');
    assert.ok((fetches[0]?.atMs ?? 0) > 3_000, 'it had a turn before');
  }
});

test('with more busy servers than may work at once, all are asked', () => {
  const busy = {...GOOD, busy: [NEVER_UP], retryAfterMs: 60_000};
  const run = download([...Array.from({length: 3 * ACTIVE_MAX}, () => busy), GOOD]);
  assert.equal(run.plan.stage.kind, 'done');
  assert.ok(run.elapsedMs < 15_000, `${run.elapsedMs}`);
});

test('one server under two names is one', () => {
  const run = download([
    {...GOOD, instance: 'same'},
    {...GOOD, instance: 'same'},
    {...GOOD, instance: 'another'},
  ]);
  assert.equal(run.plan.stage.kind, 'done');
  const aliases = run.plan.fleet.servers.filter(({state}) => state.kind === 'alias');
  assert.equal(aliases.length, 1);
  const [alias] = aliases;
  assert.deepEqual(
    entriesOf(run, 'notice').map(({notice}) => notice),
    [{kind: 'server-alias', address: alias?.address, of: alias?.index === 0 ? 's1:1' : 's0:1'}],
  );
  assert.equal(entriesOf(run, 'fetch').filter(({server}) => server === alias?.index).length, 0);
});

test('a server that is still indexing the file joins when it has it', () => {
  const run = download([{rate: 100_000}, {...GOOD, indexedAtMs: 5_000}]);
  assert.equal(run.plan.stage.kind, 'done');
  assert.ok(entriesOf(run, 'fetch').some(({server}) => server === 1));
});

test('a server that answers after the agreement with another version is set aside and told', () => {
  const run = download([{rate: 100_000}, {...GOOD, root: OTHER, rttMs: AGREEMENT_MS}]);
  assert.equal(run.plan.stage.kind, 'done');
  assert.deepEqual(
    entriesOf(run, 'notice').map(({notice}) => notice),
    [{kind: 'server-other-version', address: 's1:1', root: OTHER}],
  );
  assert.equal(run.sent[1], 0);
});

test('with a pin, servers of other versions are passed over', () => {
  const run = download([{...GOOD, root: OTHER}, GOOD], {plan: {pin: {root: 'a'.repeat(64), sha256: null}}});
  assert.equal(run.plan.stage.kind, 'done');
  assert.equal(run.sent[0], 0);
});

test('while every server is busy, that is told at once and then from time to time', () => {
  const run = download([{...GOOD, busy: [[0, 65_000]], retryAfterMs: 2_000}]);
  assert.equal(run.plan.stage.kind, 'done');
  const told = entriesOf(run, 'notice').filter(({notice}) => notice.kind === 'all-busy');
  assert.equal(told.length, 1 + Math.floor(65_000 / WAITING_NOTICE_MS));
});

test('a liar is banned at its first bad block, and the rest comes from the others', () => {
  const run = download([{...GOOD, wrongEvery: 5}, {rate: 200_000}]);
  assert.equal(run.plan.stage.kind, 'done');
  const [liar] = run.plan.fleet.servers;
  assert.ok(liar?.state.kind === 'banned');
  assert.deepEqual(
    {...liar.state.evidence, fragment: 0, block: 0},
    {kind: 'wrong-block', fragment: 0, block: 0, expected: 'aa', received: 'bb'},
  );
  assert.equal(liar.blocks, 4, 'what it sent before and was right stays');
});

test('blocks of an earlier run count at once, or when they were checked; wrong ones are fetched', () => {
  const run = download([GOOD], {
    trusted: [{fragment: 1, first: 0, end: 8}],
    unchecked: [{fragment: 2, first: 0, end: 6}],
  });
  assert.equal(run.plan.stage.kind, 'done');
  assert.equal(run.sent[0], 64 - 8 - 4);
  assert.equal(run.plan.resumedBytes, 12 * SMALL.blockBytes);
});

function download(servers: readonly ModelServer[], more: Partial<ModelOptions> = {}): ModelRun {
  const check: ModelOptions['check'] = (plan) => {
    checkInvariants(plan);
    checkWorkConserving(plan);
  };
  const run = runModel({size: SIZE, geometry: SMALL, servers, limitMs: 1_000_000, check, ...more});
  const stored = entriesOf(run, 'stored').map(({fragment, block}) => `${fragment}/${block}`);
  assert.equal(new Set(stored).size, stored.length, 'a block was stored twice');
  return run;
}

function assertAbout(actualMs: number, expectedMs: number, toleranceMs: number): void {
  const isAbout = Math.abs(actualMs - expectedMs) <= toleranceMs;
  assert.ok(isAbout, `${Math.round(actualMs)} ms, about ${expectedMs} ms expected`);
}
