/** A laid chart can be read: nothing lies on anything else, everything is there, arrows begin and end where they should. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createMachine} from 'xstate';
import {allCharts, chartNamed} from '../../../src/inspector/charts/catalogue.js';
import type {Chart} from '../../../src/inspector/charts/chart.js';
import {chartOf} from '../../../src/inspector/charts/definition.js';
import {elkOnNode} from '../../../src/inspector/charts/elk-on-node.js';
import type {LaidBox, LaidChart, Place, Rectangle} from '../../../src/inspector/charts/laid-chart.js';
import {layOut} from '../../../src/inspector/charts/layout.js';
import {isBelow, statesOf} from '../../../src/inspector/charts/states.js';
import {svgOf} from '../../../src/inspector/charts/svg.js';
import {amount} from '../../support/campaign.js';
import {asyncProperty} from './random-machines.js';

const elk = elkOnNode();
/** Two pixels more or less are nobody's business. */
const SLACK = 2;

for (const chart of allCharts()) {
  test(`${chart.id}: boxes, labels and arrows are at places where they can be read`, async () => {
    const laid = await layOut(chart, elk);
    assertWhole(chart, laid);
    assertReadable(laid);
  });
}

test('random machines are laid out too, with every state and transition once', async () => {
  await asyncProperty(amount(4, 2), async (config) => {
    const chart = chartOf(createMachine(config as never));
    const laid = await layOut(chart, elk);
    assertWhole(chart, laid);
    assertNested(laid);
    assertWellFormed(svgOf(laid));
  });
});

test('the same chart is drawn the same every time', async () => {
  const chart = chartNamed('fragment');
  assert.equal(svgOf(await layOut(chart, elk)), svgOf(await layOut(chart, elk)));
});

test('text of a machine is text in the picture, whatever it says', async () => {
  const odd = '</text><script>alert(1)</script>&"\'\u0007';
  const machine = createMachine({
    id: 'odd',
    description: odd,
    initial: 'a',
    states: {a: {description: odd, on: {[`${odd}1`]: 'b'}}, b: {entry: odd}},
  } as never);
  const svg = svgOf(await layOut(chartOf(machine), elk));
  assertWellFormed(svg);
  assert.doesNotMatch(svg, /<script|\u0007/);
  assert.match(svg, /&lt;\/text&gt;&lt;script&gt;/);
});

/** Every state has its box; every transition is on one arrow, or in one box, and its words stand there. */
function assertWhole(chart: Chart, laid: LaidChart): void {
  const states = statesOf(chart.root);
  const boxes = laid.boxes.filter(({kind}) => kind !== 'start');
  assert.deepEqual(boxes.map(({path}) => path).sort(), states.map(({path}) => path).sort());
  const told = [
    ...laid.edges.flatMap(({transitions}) => transitions),
    ...laid.boxes.flatMap(({lines}) => [...new Set(lines.flatMap(({transitions}) => transitions))]),
  ];
  const ids = states.flatMap(({transitions}) => transitions.map(({id}) => id));
  assert.deepEqual(told.sort(), ids.sort());
  for (const {label, transitions} of laid.edges) {
    const inLabel = new Set(label?.lines.flatMap((line) => line.transitions) ?? []);
    assert.deepEqual([...inLabel].sort(), [...transitions].sort());
  }
}

function assertNested({boxes, width, height}: LaidChart): void {
  const places = new Map(boxes.filter(({kind}) => kind !== 'start').map((box) => [box.path, box]));
  for (const box of places.values()) {
    assert.ok(contains({x: 0, y: 0, width, height}, box), `${box.path} is in the picture`);
    for (const other of places.values()) {
      if (isBelow(other.path, box.path)) {
        assert.ok(contains(other, box), `${box.path} is in ${other.path}`);
        assert.ok(
          box.y >= other.y + other.headHeight - SLACK,
          `${box.path} is below the words of ${other.path}`,
        );
      } else if (other !== box && !isBelow(box.path, other.path)) {
        assert.ok(!overlap(box, other), `${box.path} and ${other.path} are apart`);
      }
    }
  }
}

function assertReadable(laid: LaidChart): void {
  assertNested(laid);
  const {boxes, edges} = laid;
  const labels = edges.flatMap(({label}) => (label === null ? [] : [label]));
  const heads: Rectangle[] = boxes.map((box) => ({...box, height: Math.min(box.height, box.headHeight)}));
  for (const [index, label] of labels.entries()) {
    for (const other of labels.slice(index + 1)) assert.ok(!overlap(label, other), 'labels are apart');
    for (const head of heads) assert.ok(!overlap(label, head), 'no label on the words of a state');
  }
  const byPath = new Map(boxes.filter(({kind}) => kind !== 'start').map((box) => [box.path, box]));
  for (const {points, from, to, transitions} of edges) {
    const [first, last] = [points[0], points.at(-1)];
    assert.ok(first && last && points.length > 1);
    assert.ok(isAtBorder(last, byPath.get(to)), `the arrow to ${to} ends at its border`);
    if (transitions.length > 0)
      assert.ok(isAtBorder(first, byPath.get(from)), `the arrow from ${from} begins there`);
    for (const box of byPath.values()) {
      const isEnd = [from, to].some((path) => path === box.path || isBelow(box.path, path));
      if (!isEnd) assert.ok(!points.some((point) => isInside(point, box)), `no arrow bends in ${box.path}`);
    }
  }
}

function contains(outer: Rectangle, inner: Rectangle): boolean {
  return (
    inner.x >= outer.x - SLACK &&
    inner.y >= outer.y - SLACK &&
    inner.x + inner.width <= outer.x + outer.width + SLACK &&
    inner.y + inner.height <= outer.y + outer.height + SLACK
  );
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return (
    a.x + a.width > b.x + SLACK &&
    b.x + b.width > a.x + SLACK &&
    a.y + a.height > b.y + SLACK &&
    b.y + b.height > a.y + SLACK
  );
}

function isInside({x, y}: Place, box: Rectangle): boolean {
  return overlap({x: x - SLACK, y: y - SLACK, width: 2 * SLACK, height: 2 * SLACK}, box);
}

function isAtBorder(point: Place, box: LaidBox | undefined): boolean {
  assert.ok(box);
  const {x, y, width, height} = box;
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= SLACK;
  const isBeside = point.y >= y - SLACK && point.y <= y + height + SLACK;
  const isAbove = point.x >= x - SLACK && point.x <= x + width + SLACK;
  return (
    (isBeside && (near(point.x, x) || near(point.x, x + width))) ||
    (isAbove && (near(point.y, y) || near(point.y, y + height)))
  );
}

/** Every element is closed in its order, and nothing that belongs to XML stands in text. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(
      /<(\/?)([a-z]+)((?:\s[a-zA-Z-]+="[^"<]*")*)(\/?)>/g,
      (_, closing: string, name: string, __, single: string) => {
        if (closing === '/') assert.equal(open.pop(), name);
        else if (single === '') open.push(name);
        return '';
      },
    );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /<|>|&(?!amp;|lt;|gt;|quot;)/);
}
