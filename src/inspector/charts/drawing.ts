/** The shapes of a laid chart as SVG path data: what the standalone picture and the page draw alike. Pure. */

import type {LaidEdge, Place} from './laid-chart.js';

/** Bends are rounded so far. */
const CORNER_RADIUS = 6;
const ARROW_LENGTH = 7;
const ARROW_HALF_WIDTH = 3.5;

/** The line of an arrow, its bends rounded; it ends where the head begins. */
export function edgePath({points}: LaidEdge): string {
  const line = shortened(points);
  const [first, ...rest] = line;
  if (first === undefined) return '';
  const parts = [`M${at(first)}`];
  rest.forEach((corner, index) => {
    const before = line[index];
    const after = line[index + 2];
    if (before === undefined || after === undefined) parts.push(`L${at(corner)}`);
    else parts.push(bend(before, corner, after));
  });
  return parts.join('');
}

/** The head of an arrow, as a closed triangle. */
export function arrowHead({points}: LaidEdge): string {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (tip === undefined || before === undefined) return '';
  const {x, y} = unit(before, tip);
  const base = {x: tip.x - x * ARROW_LENGTH, y: tip.y - y * ARROW_LENGTH};
  const left = {x: base.x - y * ARROW_HALF_WIDTH, y: base.y + x * ARROW_HALF_WIDTH};
  const right = {x: base.x + y * ARROW_HALF_WIDTH, y: base.y - x * ARROW_HALF_WIDTH};
  return `M${at(tip)}L${at(left)}L${at(right)}Z`;
}

function shortened(points: readonly Place[]): readonly Place[] {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (tip === undefined || before === undefined) return points;
  const {x, y} = unit(before, tip);
  return [...points.slice(0, -1), {x: tip.x - x * (ARROW_LENGTH - 1), y: tip.y - y * (ARROW_LENGTH - 1)}];
}

function bend(before: Place, corner: Place, after: Place): string {
  const radius = Math.min(CORNER_RADIUS, distance(before, corner) / 2, distance(corner, after) / 2);
  const from = towards(corner, before, radius);
  const to = towards(corner, after, radius);
  return `L${at(from)}Q${at(corner)} ${at(to)}`;
}

function towards(from: Place, to: Place, far: number): Place {
  const {x, y} = unit(from, to);
  return {x: from.x + x * far, y: from.y + y * far};
}

function unit(from: Place, to: Place): Place {
  const length = distance(from, to) || 1;
  return {x: (to.x - from.x) / length, y: (to.y - from.y) / length};
}

function distance(from: Place, to: Place): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}

function at({x, y}: Place): string {
  return `${short(x)} ${short(y)}`;
}

/** Tenths of a pixel are enough. */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
