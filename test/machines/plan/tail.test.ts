import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  HEDGE_BLOCKS_MIN,
  HEDGE_SAVING_MS,
  RATE_UNKNOWN_BYTES_PER_SECOND,
  RATE_UNTRIED_MIN_BYTES_PER_SECOND,
} from '../../../src/limits.js';
import {RECEIVED} from '../../../src/machines/plan/blocks.js';
import {blocksInTime, chooseHedge, chooseTheft, Forecast} from '../../../src/machines/plan/tail.js';
import {takeStep} from '../../../src/machines/plan/take-step.js';
import {fetchingPlan, give, PLAN_GEOMETRY} from '../../support/model-plan.js';

const WHOLE = {fragment: 1, first: 0, end: 10};

test('an unknown rate is taken as the mean of the known but for no slow one, or as a guess where none is known', () => {
  const rateOfUnknown = (known: readonly number[]) => {
    const {plan, rows} = fetchingPlan(10, [...known, null]);
    const unknown = rows.at(-1);
    assert.ok(unknown);
    return new Forecast(plan).rateOf(unknown);
  };
  assert.equal(rateOfUnknown([5_000, 2_000, 20_000]), 9_000 * PLAN_GEOMETRY.blockBytes);
  assert.equal(rateOfUnknown([5, 2, 20]), RATE_UNTRIED_MIN_BYTES_PER_SECOND);
  assert.equal(rateOfUnknown([]), RATE_UNKNOWN_BYTES_PER_SECOND);
});

test('silence that a tick has seen caps a rate; time since the last tick does not', () => {
  const {plan, rows} = fetchingPlan(10, [20]);
  const [row] = rows;
  assert.ok(row);
  give(plan, row, WHOLE, 2);
  assert.equal(new Forecast(plan).rateOf(row), 20_000);
  plan.tickedAtMs = 500;
  assert.equal(new Forecast(plan).rateOf(row), 2_000, 'a block would have come within half a second');
  row.lastByteMs = 500;
  assert.equal(new Forecast(plan).rateOf(row), 20_000);
  row.suspect = true;
  assert.equal(new Forecast(plan).rateOf(row), 0);
});

test('a connection may ask for what it brings before all together would be done', () => {
  const {plan, rows} = fetchingPlan(100, [8, 2]);
  const [fast, slow] = rows;
  assert.ok(fast && slow);
  const forecast = new Forecast(plan);
  assert.equal(forecast.allDoneMs(), 10_000);
  assert.equal(blocksInTime(plan, fast, 1, forecast), 80);
  assert.equal(blocksInTime(plan, slow, 1, forecast), 20);
});

test('what was asked for already counts against it', () => {
  const {plan, rows} = fetchingPlan(100, [8, 2]);
  const [fast, slow] = rows;
  assert.ok(fast && slow);
  give(plan, fast, {fragment: 1, first: 0, end: 10}, 8);
  give(plan, slow, {fragment: 2, first: 0, end: 10}, 4);
  const forecast = new Forecast(plan);
  assert.equal(blocksInTime(plan, fast, 1, forecast), 72);
  assert.equal(blocksInTime(plan, slow, 2, forecast), 16);
});

test('the last block goes to whoever brings it soonest, and to nobody else', () => {
  const {plan, rows} = fetchingPlan(1, [8, 2]);
  const [fast, slow] = rows;
  assert.ok(fast && slow);
  assert.equal(blocksInTime(plan, fast, 1, new Forecast(plan)), 1);
  assert.equal(blocksInTime(plan, slow, 1, new Forecast(plan)), 0);
});

test('a slow one that holds a fragment alone is asked for it all the same', () => {
  const {plan, rows} = fetchingPlan(1, [8, 2]);
  const [fast, slow] = rows;
  assert.ok(fast && slow);
  fast.server.holds = new Uint8Array(1);
  assert.equal(blocksInTime(plan, slow, 1, new Forecast(plan)), 1);
});

test('a thief takes so much of the lease that would end last that both end together', () => {
  const {plan, rows} = fetchingPlan(20, [1, 3, 1]);
  const [victim, thief, other] = rows;
  assert.ok(victim && thief && other);
  give(plan, victim, WHOLE, 2);
  give(plan, other, {fragment: 2, first: 0, end: 5}, 2);
  const theft = chooseTheft(plan, thief, new Forecast(plan));
  // Eight blocks not asked for yet: 10 s at one a second. With seven for the thief, three seconds and 2.3.
  assert.equal(theft?.victim, victim);
  assert.deepEqual(theft?.run, {fragment: 1, first: 3, end: 10});
});

test('a connection that has fallen silent loses all that was not asked of it', () => {
  const {plan, rows} = fetchingPlan(20, [5, 5]);
  const [victim, thief] = rows;
  assert.ok(victim && thief);
  give(plan, victim, WHOLE, 2);
  victim.suspect = true;
  assert.deepEqual(chooseTheft(plan, thief, new Forecast(plan))?.run, {fragment: 1, first: 2, end: 10});
  assert.equal(chooseTheft(plan, victim, new Forecast(plan)), null, 'and takes nothing itself');
});

test('nothing is taken that saves next to nothing, or that the thief does not hold', () => {
  const {plan, rows} = fetchingPlan(20, [100, 100]);
  const [victim, thief] = rows;
  assert.ok(victim && thief);
  give(plan, victim, WHOLE, 2);
  assert.equal(chooseTheft(plan, thief, new Forecast(plan)), null);
  const slow = fetchingPlan(20, [1, 1]);
  const [holder, stranger] = slow.rows;
  assert.ok(holder && stranger);
  give(slow.plan, holder, WHOLE, 2);
  stranger.server.holds = new Uint8Array(1);
  assert.equal(chooseTheft(slow.plan, stranger, new Forecast(slow.plan)), null);
});

test('a second copy is fetched of what would come much later, from its end', () => {
  const {plan, rows} = fetchingPlan(10, [0.5, 10]);
  const [slow, fast] = rows;
  assert.ok(slow && fast);
  give(plan, slow, WHOLE, 10);
  assert.deepEqual(chooseHedge(plan, fast, new Forecast(plan)), {fragment: 1, first: 1, end: 10});
});

test('no second copy where it saves too little, and none of a third', () => {
  const {plan, rows} = fetchingPlan(10, [4, 10, 20]);
  const [slow, fast, faster] = rows;
  assert.ok(slow && fast && faster);
  give(plan, slow, {fragment: 1, first: 0, end: 1}, 1);
  const forecast = new Forecast(plan);
  assert.ok(forecast.askedMs(slow) - forecast.msPerBlock(fast) < HEDGE_SAVING_MS);
  assert.equal(chooseHedge(plan, fast, forecast), null);
  const late = fetchingPlan(10, [0.5, 10, 20]);
  const [slowest, first, second] = late.rows;
  assert.ok(slowest && first && second);
  give(late.plan, slowest, {fragment: 1, first: 0, end: 1}, 1);
  for (const row of [first, second]) give(late.plan, row, {fragment: 1, first: 1, end: 1}, 0);
  const run = chooseHedge(late.plan, second, new Forecast(late.plan));
  assert.deepEqual(run, {fragment: 1, first: 0, end: 1});
  if (run !== null) takeStep(late.plan, {kind: 'hedge', row: second, run}, 0);
  assert.equal(chooseHedge(late.plan, first, new Forecast(late.plan)), null);
});

test('a second copy is left to whoever brings it soonest', () => {
  const {plan, rows} = fetchingPlan(1, [0.1, 1, 10]);
  const [slow, fair, fast] = rows;
  assert.ok(slow && fair && fast);
  give(plan, slow, {fragment: 1, first: 0, end: 1}, 1);
  const forecast = new Forecast(plan);
  assert.equal(chooseHedge(plan, fair, forecast), null);
  assert.deepEqual(chooseHedge(plan, fast, forecast), {fragment: 1, first: 0, end: 1});
});

test('blocks that came meanwhile are not fetched again', () => {
  const {plan, rows} = fetchingPlan(10, [0.5, 10]);
  const [slow, fast] = rows;
  assert.ok(slow && fast);
  give(plan, slow, WHOLE, 10);
  for (const block of [7, 8, 9]) plan.blocks.set(1, block, RECEIVED);
  assert.equal(chooseHedge(plan, fast, new Forecast(plan))?.end, 7);
});

test('second copies have a budget, but for what a silent connection holds', () => {
  const {plan, rows} = fetchingPlan(10, [0.5, 10]);
  const [slow, fast] = rows;
  assert.ok(slow && fast);
  give(plan, slow, WHOLE, 10);
  plan.vainBlocks = HEDGE_BLOCKS_MIN;
  assert.equal(chooseHedge(plan, fast, new Forecast(plan)), null);
  plan.vainBlocks = HEDGE_BLOCKS_MIN - 2;
  assert.deepEqual(chooseHedge(plan, fast, new Forecast(plan)), {fragment: 1, first: 8, end: 10});
  plan.vainBlocks = HEDGE_BLOCKS_MIN;
  slow.suspect = true;
  assert.deepEqual(chooseHedge(plan, fast, new Forecast(plan)), WHOLE);
});
