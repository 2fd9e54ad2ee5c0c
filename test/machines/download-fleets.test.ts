/** Random fleets with random faults: what must hold of every download, and how each ends. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {HEDGE_BLOCKS_MIN, HEDGE_BLOCKS_PER_CONNECTION} from '../../src/limits.js';
import type {PlanOptions} from '../../src/machines/plan/plan.js';
import type {Geometry, ServerRole} from '../../src/model.js';
import {entriesOf, type ModelRun, runModel} from '../support/model-fleet.js';
import type {ModelServer, Period} from '../support/model-server.js';
import {checkInvariants, checkWorkConserving} from '../support/plan-invariants.js';
import {seededRandom} from '../support/random.js';

const KIB = 1024;
const SMALL: Geometry = {blockBytes: 64 * KIB, fragmentBytes: 4 * 64 * KIB};
/** On a slow machine there are fewer runs rather than a longer wait. */
const BOUNDED = {interruptAfterTimeLimit: 7_000};
/** Faults happen within this. */
const SPAN_MS = 10_000;

/** 20 kB/s to 20 MB/s, evenly over the decades. */
const rates = fc.double({min: 0, max: 3, noNaN: true}).map((decades) => 20_000 * 10 ** decades);
const times = fc.integer({min: 1, max: SPAN_MS});
const periods: fc.Arbitrary<readonly Period[]> = fc.array(
  fc.tuple(times, fc.integer({min: 100, max: 20_000})).map(([fromMs, ms]): Period => [fromMs, fromMs + ms]),
  {maxLength: 2},
);
const sizes = fc.integer({min: 1, max: 64 * 64 * KIB});

/** Slow at times, frozen at times, cut, busy, restarted: but honest, and there in the end. */
const honest: fc.Arbitrary<ModelServer> = fc.record({
  rate: rates,
  frozen: periods,
  rttMs: fc.integer({min: 1, max: 200}),
  busy: periods,
  retryAfterMs: fc.integer({min: 0, max: 3_000}),
  cutsAtMs: fc.array(times, {maxLength: 3}),
  goodbyesAtMs: fc.array(times, {maxLength: 1}),
  down: periods,
});

/** Never so long out of reach that it is given up before its first block. */
const reliable = honest.map((server) => ({...server, down: []}));

/** What may be wrong with a server for good. */
const faults: fc.Arbitrary<Partial<ModelServer>> = fc.oneof(
  fc.record({wrongEvery: fc.integer({min: 1, max: 20})}),
  fc.record({violatesAtMs: times}),
  fc.record({replacedAtMs: times}),
  fc.record({holds: fc.uniqueArray(fc.integer({min: 1, max: 16}), {maxLength: 16})}),
  fc.record({lacks: fc.uniqueArray(fc.integer({min: 1, max: 16}), {maxLength: 16})}),
  fc.record({rate: fc.constant(0)}),
  fc.record({refuses: fc.constant('file-not-found' as const)}),
  fc.record({isForeign: fc.constant(true)}),
  fc.record({wrongDigests: fc.constantFrom('blocks' as const, 'fragments' as const)}),
  fc.record({indexedAtMs: times}),
  fc.record({instance: fc.constant('twin')}),
  fc.record({root: fc.constant('b'.repeat(64))}),
);
const faulty = fc.tuple(honest, faults).map(([server, fault]): ModelServer => ({...server, ...fault}));

const scenarios = fc.record({
  size: sizes,
  seed: fc.integer(),
  connectionsMax: fc.integer({min: 1, max: 3}),
  servers: fc.array(fc.oneof(honest, faulty), {minLength: 1, maxLength: 6}),
});
type Scenario = typeof scenarios extends fc.Arbitrary<infer S> ? S : never;

test('with one honest whole server, a download ends done, whatever the others do', () => {
  const withHonest = fc.tuple(scenarios, reliable, fc.nat()).map(([scenario, server, at]): Scenario => {
    const servers = [...scenario.servers];
    servers.splice(at % (servers.length + 1), 0, server);
    return {...scenario, servers};
  });
  fc.assert(
    fc.property(withHonest, (scenario) => {
      // The honest one may be slow (20 kB/s), and redialled after pauses of up to 15 s.
      const limitMs = 300_000 + (scenario.size / 20_000) * 1000;
      // Another version may be offered before the honest one is reached: so the wanted one is named.
      const run = runChecked(scenario, limitMs, {pin: {root: 'a'.repeat(64), sha256: null}});
      const {stage} = run.plan;
      assert.equal(stage.kind, 'done', stage.kind === 'failed' ? stage.error.message : '');
      checkJournal(run, scenario);
      assert.equal(run.plan.blocks.storedBytes, scenario.size);
    }),
    {numRuns: 150, ...BOUNDED},
  );
});

test('every download ends, and one that fails says why', () => {
  const codes = new Set([
    'no-server-reachable',
    'servers-lost',
    'file-not-found',
    'fragments-missing',
    'content-unverifiable',
    'file-replaced',
    'servers-disagree',
  ]);
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const run = runChecked(scenario, 10_000_000);
      const {stage} = run.plan;
      checkJournal(run, scenario);
      if (stage.kind === 'done') return;
      assert.ok(stage.kind === 'failed', stage.kind);
      assert.ok(codes.has(stage.error.code), `${stage.error.code}: ${stage.error.message}`);
      assert.ok(stage.error.hint !== undefined && stage.error.hint !== '', 'it says what to do');
    }),
    {numRuns: 100, ...BOUNDED},
  );
});

function runChecked(scenario: Scenario, limitMs: number, plan: Partial<PlanOptions> = {}): ModelRun {
  const random = seededRandom(scenario.seed);
  const {size, servers, connectionsMax} = scenario;
  return runModel({
    size,
    geometry: SMALL,
    servers: servers.map((server) => withinFile(server, size)),
    limitMs,
    random,
    plan: {random, connectionsMax, roles: rolesOf(scenario), ...plan},
    check: (plan) => {
      checkInvariants(plan);
      checkWorkConserving(plan);
    },
  });
}

/** Mostly all usual; else the first ones preferred, the last ones backups, in any number. */
function rolesOf({seed, servers}: Scenario): ServerRole[] {
  if (seed % 3 !== 0) return [];
  const preferred = Math.abs(seed >> 8) % (servers.length + 1);
  const backups = Math.abs(seed >> 16) % (servers.length - preferred + 1);
  return servers.map((_, index) =>
    index < preferred ? 'prefer' : index >= servers.length - backups ? 'backup' : 'usual',
  );
}

/** Fragments beyond the end of the file are nobody's. */
function withinFile(server: ModelServer, size: number): ModelServer {
  const fragments = Math.ceil(size / SMALL.fragmentBytes);
  const {holds, lacks} = server;
  return {
    ...server,
    ...(holds === undefined ? {} : {holds: holds.filter((fragment) => fragment <= fragments)}),
    ...(lacks === undefined ? {} : {lacks: lacks.filter((fragment) => fragment <= fragments)}),
  };
}

function checkJournal(run: ModelRun, {connectionsMax, servers}: Scenario): void {
  const stored = entriesOf(run, 'stored').map(({fragment, block}) => `${fragment}/${block}`);
  assert.equal(new Set(stored).size, stored.length, 'a block was stored twice');
  checkProofs(run);
  if (connectionsMax === 1) checkBusyTimes(run);
  const budget = Math.max(HEDGE_BLOCKS_MIN, HEDGE_BLOCKS_PER_CONNECTION * servers.length * connectionsMax);
  // Blocks of suspects are hedged beyond the budget: at most what such a connection had asked for each time.
  const suspects = servers.length * connectionsMax * 2 * 16;
  assert.ok(run.plan.vainBlocks <= budget + suspects, `${run.plan.vainBlocks} blocks fetched twice`);
}

function checkProofs({journal}: ModelRun): void {
  const banned = new Set<number>();
  for (const entry of journal) {
    if (entry.kind === 'proof') banned.add(entry.server);
    if (entry.kind !== 'fetch' && entry.kind !== 'dialled') continue;
    assert.ok(!banned.has(entry.server), `server ${entry.server} was asked after proof against it`);
  }
}

function checkBusyTimes({journal}: ModelRun): void {
  const until = new Map<number, number>();
  for (const entry of journal) {
    if (entry.kind === 'refused')
      until.set(entry.server, Math.max(until.get(entry.server) ?? 0, entry.untilMs));
    if (entry.kind !== 'fetch') continue;
    const untilMs = until.get(entry.server) ?? 0;
    assert.ok(entry.atMs >= untilMs, `asked ${untilMs - entry.atMs} ms before the time it named`);
  }
}
