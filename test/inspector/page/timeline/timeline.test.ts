/** The timeline: what part of a trace is shown, where its segments are, and what is said of one. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {LaneRecords} from '../../../../src/inspector/page/model/lane-records.js';
import type {ServerMoment} from '../../../../src/inspector/page/model/moment.js';
import type {Lane} from '../../../../src/inspector/page/model/queries.js';
import {laneIds} from '../../../../src/inspector/page/overview/lane-order.js';
import {kindsOf} from '../../../../src/inspector/page/timeline/segment-style.js';
import {formatMoment, serverFacts, spanWords} from '../../../../src/inspector/page/timeline/segment-words.js';
import {segmentAt, walked} from '../../../../src/inspector/page/timeline/segments.js';
import {
  panned,
  roundEnd,
  showing,
  ticksOf,
  timeAt,
  topRate,
  xOf,
  zoomed,
} from '../../../../src/inspector/page/timeline/window.js';

const WHOLE = {fromMs: 0, toMs: 10_000};

test('zooming keeps the moment under the pointer where it is', () => {
  const near = zoomed(WHOLE, 0.5, 3_000, 10_000);
  assert.deepEqual(near, {fromMs: 1_500, toMs: 6_500});
  assert.equal(xOf(near, 1_000, 3_000), xOf(WHOLE, 1_000, 3_000));
  assert.equal(timeAt(near, 1_000, 300), 3_000);
});

test('a window never leaves the trace, and is never shorter than anything in it', () => {
  assert.deepEqual(zoomed(WHOLE, 4, 3_000, 10_000), WHOLE);
  assert.deepEqual(zoomed({fromMs: 8_000, toMs: 9_000}, 5, 8_000, 10_000), {fromMs: 5_000, toMs: 10_000});
  assert.deepEqual(panned({fromMs: 1_000, toMs: 2_000}, -5_000, 10_000), {fromMs: 0, toMs: 1_000});
  assert.deepEqual(panned({fromMs: 1_000, toMs: 2_000}, 50_000, 10_000), {fromMs: 9_000, toMs: 10_000});
  const {fromMs, toMs} = zoomed(WHOLE, 1e-9, 5_000, 10_000);
  assert.ok(toMs - fromMs >= 1 && fromMs <= 5_000 && toMs >= 5_000);
});

test('a moment out of sight is brought to the edge', () => {
  const window = {fromMs: 4_000, toMs: 5_000};
  assert.equal(showing(window, 4_500, 10_000), window);
  assert.deepEqual(showing(window, 7_000, 10_000), {fromMs: 6_000, toMs: 7_000});
  assert.deepEqual(showing(window, 1_000, 10_000), {fromMs: 1_000, toMs: 2_000});
});

test('ticks stand at round times, as many as have room', () => {
  assert.deepEqual(ticksOf({fromMs: 0, toMs: 24_600}, 1_000, 90), [0, 5_000, 10_000, 15_000, 20_000]);
  for (const span of [50, 1_000, 86_400_000, 40 * 86_400_000]) {
    const ticks = ticksOf({fromMs: 333, toMs: 333 + span}, 1_000, 90);
    assert.ok(ticks.length >= 1 && ticks.length <= 12, `${span}: ${ticks.length}`);
  }
});

test('a trace that grows ends at a round time not far ahead, and stays there for a while', () => {
  for (const endMs of [1, 999, 5_000, 61_234, 3_600_001]) {
    const end = roundEnd(endMs);
    assert.ok(end >= endMs && end <= Math.max(1_000, endMs * 1.13) + 1_000, `${endMs}: ${end}`);
    assert.equal(roundEnd(end), end);
  }
  assert.deepEqual([0, 87, 105, 1_000, 1_001].map(topRate), [1, 100, 150, 1_000, 1_500]);
});

const LANES = {lanes: [laneOf(0, [0, 100, 400], 900), laneOf(1, [], 0), laneOf(2, [50, 300], 900)]};

test('the segment at a moment is found, and keys walk over lanes that have any', () => {
  const segment = segmentAt(LANES, 0, 250);
  assert.ok(segment !== null);
  assert.deepEqual([segment.fromMs, segment.toMs, segment.doing], [100, 400, 1]);
  assert.equal(segmentAt(LANES, 1, 250), null);
  assert.equal(segmentAt(LANES, 2, 0)?.fromMs, 50);
  const key = (name: string) => walked(LANES, segment, name);
  assert.equal(key('ArrowLeft')?.fromMs, 0);
  assert.equal(key('ArrowRight')?.fromMs, 400);
  assert.equal(key('ArrowUp'), segment);
  assert.equal(key('ArrowDown')?.lane, 2);
  assert.equal(key('Home')?.fromMs, 0);
  assert.equal(key('End')?.fromMs, 400);
  assert.equal(key('x'), null);
});

test('kinds of segments differ in more than colour', () => {
  for (const of of ['servers', 'clients'] as const) {
    const drawn = kindsOf(of).filter(({style}) => style.shape !== 'none');
    const looks = drawn.map(({style: {shape, pattern, colour}}) => ({form: `${shape} ${pattern}`, colour}));
    assert.equal(new Set(looks.map(({form}) => form)).size, looks.length - (of === 'servers' ? 1 : 0));
  }
});

test('a segment tells what was brought, of which fragments, and why a server was busy', () => {
  const before = {state: 'busy', untilMs: 12_009, reason: null, permille: null, proof: null} as const;
  const at = (change: Partial<ServerMoment>) =>
    ({...before, bytes: 0, busyReplies: 0, errors: 0, wastedBlocks: 0, ...change}) as ServerMoment;
  const span = {fromMs: 1_720, toMs: 12_009};
  assert.deepEqual(serverFacts({before: at({}), after: at({busyReplies: 2}), fragments: [], ...span}), [
    'to be asked again at 12.0 s',
    'refused 2 times',
  ]);
  const open = {state: 'open', untilMs: null} as const;
  assert.deepEqual(
    serverFacts({
      before: at(open),
      after: at({...open, bytes: 10_289_000, wastedBlocks: 1}),
      fragments: [3, 7],
      ...span,
    }),
    ['brought 10.3 MB, 1.00 MB/s', 'was asked for blocks of fragments 3, 7', '1 block in vain'],
  );
  assert.equal(spanWords('busy', span), 'busy from 1.72 s to 12.0 s, for 10.3 s');
});

test('moments are written as short as they can be', () => {
  assert.deepEqual([0, 345, 12_345, 65_040, 7_384_000].map(formatMoment), [
    '0.00 s',
    '0.34 s',
    '12.3 s',
    '1:05.0',
    '2:03:04',
  ]);
});

test('lanes that are named come alone and in their order, and the rate is over all there are', () => {
  const records = new LaneRecords();
  for (let id = 0; id < 300; id++) {
    records.label(id, `lane ${id}`);
    records.doing(id, 0, 2);
    records.brought(id, 0, 1_000, 1_000);
  }
  const window = {fromMs: 0, toMs: 1_000, pixels: 4};
  const named = records.window({...window, ids: [299, 7, 4_000]}, 1_000, 'servers');
  assert.deepEqual(
    named.lanes.map(({id}) => id),
    [299, 7],
  );
  assert.deepEqual([...named.rates], [300_000, 300_000, 300_000, 300_000]);
  const first = records.window(window, 1_000, 'servers');
  assert.deepEqual([first.lanes.length, first.total, first.rates[0]], [200, 300, 300_000]);
});

test('of more servers than can be shown the most interesting are, in the order of the list', () => {
  const servers = Array.from({length: 300}, (_, server) => ({
    server,
    doing: 'idle' as const,
    bytes: server >= 150 ? 1 : 0,
    errors: 0,
    busyReplies: 0,
  }));
  const ids = laneIds(servers) ?? [];
  assert.equal(ids.length, 200);
  assert.deepEqual([ids[0], ids[49], ids[50], ids.at(-1)], [0, 49, 150, 299]);
  assert.equal(laneIds(servers.slice(0, 200)), undefined);
});

function laneOf(id: number, starts: readonly number[], end: number): Lane {
  return {
    id,
    label: `lane ${id}`,
    starts: Float64Array.from(starts),
    ends: Float64Array.from(starts, (_, at) => starts[at + 1] ?? end),
    doings: Uint8Array.from(starts, (_, at) => at),
    rates: new Float32Array(4),
  };
}

test('the last tick, which is short, makes no peak of the rate', () => {
  const records = new LaneRecords();
  for (let t = 0; t < 1_000; t += 250) records.brought(0, t, t + 250, 250_000);
  records.brought(0, 1_000, 1_010, 100_000);
  const {rates} = records.window({fromMs: 0, toMs: 1_010, pixels: 101}, 1_010, 'servers');
  assert.ok(Math.max(...rates) <= 1_500_000, `${Math.max(...rates)} bytes a second`);
  const brought = rates.reduce((sum, rate) => sum + rate / 100, 0);
  assert.ok(Math.abs(brought - 1_100_000) < 1_000, `${brought} bytes`);
});
