/** How fast a download is, in virtual time: figures as bounds against what the servers together could bring. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FDL1_GEOMETRY} from '../../src/geometry.js';
import {ACTIVE_MAX, HEDGE_BLOCKS_MIN, MIB, STANDBY_REST_MS} from '../../src/limits.js';
import {entriesOf, type ModelOptions, type ModelRun, runModel} from '../support/model-fleet.js';
import type {ModelServer} from '../support/model-server.js';
import {checkInvariants} from '../support/plan-invariants.js';
import {seededRandom} from '../support/random.js';

const MB = 1_000_000;
const SIZE = 300 * MIB;

test('a slow server does not hold up the end: 40, 20, 10 and 0.02 MB/s take what the first three need', () => {
  const run = download(SIZE, [40, 20, 10, 0.02].map(steady));
  assertWithin(run.elapsedMs, 1.03 * idealMs(SIZE, 70 * MB) + 500);
});

test('a small file from the same four servers is there within a second', () => {
  assertWithin(download(5 * MIB, [40, 20, 10, 0.02].map(steady)).elapsedMs, 1_000);
});

test('a single server is used to its rate', () => {
  assertWithin(download(100 * MIB, [steady(10)]).elapsedMs, 1.01 * idealMs(100 * MIB, 10 * MB) + 100);
});

test('one of three that freezes costs at most three seconds over what the other two need', () => {
  const frozenAtMs = 0.3 * idealMs(SIZE, 90 * MB);
  const frozen = {...steady(30), frozen: [[frozenAtMs, 1e9] as const]};
  const run = download(SIZE, [frozen, steady(30), steady(30)]);
  const left = SIZE - (90 * MB * frozenAtMs) / 1000;
  assertWithin(run.elapsedMs, frozenAtMs + idealMs(left, 60 * MB) + 3_000);
  assert.equal(run.plan.fleet.servers[0]?.state.kind === 'banned', false, 'silence is no proof');
});

test('one of three that falls to a hundredth costs at most two and a half seconds', () => {
  const fallsAtMs = 0.5 * idealMs(SIZE, 90 * MB);
  const falling = {...steady(30), rate: (atMs: number) => (atMs < fallsAtMs ? 30 : 0.3) * MB};
  const run = download(SIZE, [falling, steady(30), steady(30)]);
  assertWithin(run.elapsedMs, fallsAtMs + idealMs(SIZE / 2, 60.3 * MB) + 2_500);
});

test('when all freeze for 20 s and go on, the download ends by itself, bans nobody and wastes little', () => {
  const pause = [[1_000, 21_000] as const];
  const run = download(
    SIZE,
    [30, 30, 30].map((rate) => ({...steady(rate), frozen: pause})),
  );
  // A stalled connection is closed after 15 s and dialled again, so the last pause of a redial may follow.
  assertWithin(run.elapsedMs, 20_000 + idealMs(SIZE, 90 * MB) + 3_000);
  for (const {state} of run.plan.fleet.servers) assert.notEqual(state.kind, 'banned');
  assert.ok(wastedBlocks(run) <= 12, `${wastedBlocks(run)} blocks were sent in vain`);
});

test('sixty servers, most of them dripping, are as good as the best four', () => {
  const drips = Array.from({length: 40}, () => steady(0.01));
  const fast = Array.from({length: 4}, () => steady(20));
  const medium = Array.from({length: 16}, () => steady(2));
  const random = seededRandom(60);
  const servers = [...drips, ...fast, ...medium].sort(() => random() - 0.5);
  const size = 1_000 * MIB;
  const run = download(size, servers);
  assertWithin(run.elapsedMs, idealMs(size, 80 * MB) / 0.9);
});

test('a fast server that comes late among many that drip gets its first block', () => {
  // Half of the fast ones stand by at first: when their turn comes, the median of what is known is a drip.
  const drips = Array.from({length: 40}, () => steady(0.01));
  const fast = [steady(30), steady(30)];
  const size = 1_000 * MIB;
  const run = download(size, [...fast, ...drips, ...fast]);
  assertWithin(run.elapsedMs, idealMs(size, 120 * MB) / 0.9);
});

test('fast servers that freeze for seconds among many that drip come back and bring the rest', () => {
  const size = 600 * MIB;
  for (let seed = 0; seed < 16; seed++) {
    const random = seededRandom(seed);
    const fromMs = random() * 5_000;
    const toMs = fromMs + random() * 6_000;
    const fast = Array.from({length: 4}, () => ({...steady(30), frozen: [[fromMs, toMs] as const]}));
    const drips = Array.from({length: 40}, () => steady(0.01));
    const servers = [...fast, ...drips].map((server) => ({server, at: random()})).sort((a, b) => a.at - b.at);
    const run = download(
      size,
      servers.map(({server}) => server),
      {random, plan: {random, connectionsMax: 4}},
    );
    assertWithin(run.elapsedMs, toMs + idealMs(size, 120 * MB) + STANDBY_REST_MS);
  }
});

test('of two hundred equal servers as many work as may at once, and none is idle', () => {
  const size = 500 * MIB;
  const run = download(
    size,
    // A little less than 1 MB/s, as measured rates are: no reason to exchange one for another.
    Array.from({length: 200}, () => steady(0.99)),
  );
  assertWithin(run.elapsedMs, idealMs(size, ACTIVE_MAX * MB) / 0.9);
  assert.ok(wastedBlocks(run) <= ACTIVE_MAX, `${wastedBlocks(run)} blocks were sent in vain`);
  assert.equal(run.sent.filter((blocks) => blocks > 0).length, ACTIVE_MAX, 'equal servers took turns');
});

test('random fleets end close to what their servers could bring together', () => {
  const ratios = Array.from({length: 12}, (_, seed) => ratioOfRandomFleet(seed, 32)).sort((a, b) => a - b);
  const median = ratios[ratios.length >> 1] ?? 0;
  assert.ok(median <= 1.01, `median ${median}`);
  assert.ok((ratios.at(-1) ?? 0) <= 1.05, `worst ${ratios.at(-1)}`);
});

test('a fleet larger than may work at once is tried in turns, at the cost of a few seconds', () => {
  const rates = randomRates(seededRandom(7), 95);
  const size = 2_000 * MIB;
  const run = download(size, rates.map(steady));
  const best = rates.sort((a, b) => b - a).slice(0, ACTIVE_MAX);
  assertWithin(run.elapsedMs, idealMs(size, sum(best) * MB) + 4_000);
});

test('a long path costs a few round trips, not one for each block', () => {
  const run = download(
    SIZE,
    [40, 20].map((rate) => ({...steady(rate), rttMs: 200})),
  );
  assertWithin(run.elapsedMs, idealMs(SIZE, 60 * MB) + 5 * 200 + 1_000);
});

test('second copies stay within their budget', () => {
  const run = download(SIZE, [40, 20, 10, 0.02, 0.05, 0.1].map(steady));
  assert.ok(wastedBlocks(run) <= HEDGE_BLOCKS_MIN, `${wastedBlocks(run)} blocks fetched twice`);
});

test('a connection that pays is kept, and one that does not is closed again', () => {
  const paying = download(SIZE, [steady(5)], {plan: {connectionsMax: 3}});
  assert.equal(paying.plan.fleet.servers[0]?.connections.length, 3);
  const vain = download(SIZE, [{...steady(5), isShared: true}], {plan: {connectionsMax: 3}});
  assert.equal(vain.plan.fleet.servers[0]?.connections.length, 1);
});

function download(size: number, servers: readonly ModelServer[], more: Partial<ModelOptions> = {}): ModelRun {
  const run = runModel({size, geometry: FDL1_GEOMETRY, servers, ...more});
  checkInvariants(run.plan);
  assert.equal(run.plan.stage.kind, 'done');
  const stored = entriesOf(run, 'stored');
  assert.equal(stored.length, run.plan.blocks.total);
  return run;
}

function steady(megabytesPerSecond: number): ModelServer {
  return {rate: megabytesPerSecond * MB, rttMs: 2};
}

function ratioOfRandomFleet(seed: number, serversMax: number): number {
  const random = seededRandom(seed);
  const rates = randomRates(random, Math.max(3, Math.round(serversMax ** random())));
  const size = Math.floor((1_000 + 1_000 * random()) * MIB);
  const servers = rates.map((rate) => ({...steady(rate), rttMs: 1 + 19 * random()}));
  const run = download(size, servers, {random, plan: {random}});
  return run.elapsedMs / idealMs(size, sum(rates) * MB);
}

/** MB/s, evenly over three decades. */
function randomRates(random: () => number, count: number): number[] {
  return Array.from({length: count}, () => 0.02 * 1_000 ** random());
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function idealMs(bytes: number, bytesPerSecond: number): number {
  return (bytes / bytesPerSecond) * 1_000;
}

function wastedBlocks(run: ModelRun): number {
  return sum(run.sent) - run.plan.blocks.total;
}

function assertWithin(elapsedMs: number, mostMs: number): void {
  assert.ok(elapsedMs <= mostMs, `${Math.round(elapsedMs)} ms, at most ${Math.round(mostMs)} ms`);
}
