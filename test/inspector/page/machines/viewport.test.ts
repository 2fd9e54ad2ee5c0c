import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  around,
  fitted,
  focused,
  moved,
  READABLE_SCALE,
  SCALE_MAX,
  SCALE_MIN,
  type Viewport,
  zoomed,
} from '../../../../src/inspector/page/machines/viewport.js';

const VIEW = {width: 800, height: 600};
const LARGE = {width: 2_000, height: 2_400};

/** Where a point of the drawing is in the window. */
const seen = ({x, y, scale}: Viewport, at: {x: number; y: number}) => ({
  x: x + at.x * scale,
  y: y + at.y * scale,
});

test('fitted, all of a drawing is in sight, and a small one is not blown up', () => {
  for (const drawing of [LARGE, {width: 100, height: 50}, {width: 5_000, height: 10}]) {
    const viewport = fitted(drawing, VIEW);
    const [first, last] = [
      seen(viewport, {x: 0, y: 0}),
      seen(viewport, {x: drawing.width, y: drawing.height}),
    ];
    assert.ok(first.x >= 0 && first.y >= 0 && last.x <= VIEW.width && last.y <= VIEW.height);
    assert.ok(viewport.scale <= 1);
  }
});

test('what is too large to be read as a whole is shown around what is lit, and that is in sight', () => {
  for (const [x, y] of [
    [0, 0],
    [1_800, 2_350],
    [900, 100],
  ] as const) {
    const lit = {x, y, width: 200, height: 50};
    const viewport = focused(LARGE, VIEW, lit);
    assert.ok(viewport.scale >= READABLE_SCALE);
    const [first, last] = [seen(viewport, lit), seen(viewport, {x: x + 200, y: y + 50})];
    assert.ok(first.x >= 0 && first.y >= 0 && last.x <= VIEW.width && last.y <= VIEW.height, `${x} ${y}`);
  }
  assert.deepEqual(focused(LARGE, VIEW, null), fitted(LARGE, VIEW));
  assert.deepEqual(focused({width: 300, height: 300}, VIEW, {x: 0, y: 0, width: 9, height: 9}).scale, 1);
});

test('zooming leaves what is at the pointer where it is, within bounds', () => {
  const before = moved(fitted(LARGE, VIEW), {x: 13, y: -7});
  const pointer = {x: 300, y: 200};
  const at = {x: (pointer.x - before.x) / before.scale, y: (pointer.y - before.y) / before.scale};
  const after = seen(zoomed(before, 1.7, pointer), at);
  assert.ok(Math.abs(after.x - pointer.x) < 1e-9 && Math.abs(after.y - pointer.y) < 1e-9);
  assert.equal(zoomed(before, 1e9, pointer).scale, SCALE_MAX);
  assert.equal(zoomed(before, 1e-9, pointer).scale, SCALE_MIN);
});

test('the rectangle around several holds all of them', () => {
  assert.equal(around([]), null);
  assert.deepEqual(
    around([
      {x: 5, y: 1, width: 10, height: 10},
      {x: 0, y: 4, width: 2, height: 20},
    ]),
    {x: 0, y: 1, width: 15, height: 23},
  );
});
