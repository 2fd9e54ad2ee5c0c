/** How hard a laid chart is to read, as a number to compare with those of other layouts of it. Pure. */

import type {LaidChart, Place} from './laid-chart.js';

/** What a crossing is worth, in pixels of arrows. */
const CROSSING = 400;
/** A screen is wider than high, and what is wider still has to be moved about. */
const ASPECT = 1.2;

export function untidiness({width, height, edges}: LaidChart): number {
  const lines = edges.flatMap(({id, points}) =>
    points.slice(1).map((to, index) => ({id, from: points[index] ?? to, to})),
  );
  const length = lines.reduce(
    (sum, {from, to}) => sum + Math.abs(to.x - from.x) + Math.abs(to.y - from.y),
    0,
  );
  const side = Math.max(width / ASPECT, height);
  return length + 6 * side + CROSSING * crossings(lines);
}

interface Line {
  readonly id: string;
  readonly from: Place;
  readonly to: Place;
}

/** Lines run along the axes: only one that lies and one that stands can cross. */
function crossings(lines: readonly Line[]): number {
  const lying = lines.filter(({from, to}) => from.y === to.y);
  const standing = lines.filter(({from, to}) => from.x === to.x);
  let count = 0;
  for (const a of lying) for (const b of standing) if (a.id !== b.id && cross(a, b)) count++;
  return count;
}

function cross(lying: Line, standing: Line): boolean {
  return (
    isWithin(standing.from.x, lying.from.x, lying.to.x) &&
    isWithin(lying.from.y, standing.from.y, standing.to.y)
  );
}

function isWithin(value: number, a: number, b: number): boolean {
  return value > Math.min(a, b) && value < Math.max(a, b);
}
