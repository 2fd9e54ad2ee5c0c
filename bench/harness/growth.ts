/** How the cost of a step grows with the plan, and what of that is asked for. Pure. */

import {ACTIVE_MAX} from '../../src/limits.js';
import type {Plot} from './plot.js';
import {fitLine} from './statistics.js';
import type {StepCost} from './step-cost.js';
import type {Table, Target} from './suite.js';

export interface Costs {
  readonly byServers: readonly StepCost[];
  readonly byFragments: readonly StepCost[];
}

type Phase = 'middleMicroseconds' | 'endMicroseconds' | 'tickMicroseconds';
type Count = 'servers' | 'fragments';
type Point = readonly [count: number, microseconds: number];
const PHASES = [
  ['in the middle', 'middleMicroseconds'],
  ['at the end', 'endMicroseconds'],
] as const;

/** A file of one fragment has no middle. */
function pointsOf(costs: readonly StepCost[], of: Count, phase: Phase): Point[] {
  return costs.map((cost): Point => [cost[of], cost[phase]]).filter(([, cost]) => Number.isFinite(cost));
}

/** Up to ACTIVE_MAX servers more connections are at work: what they cost is bounded. Beyond, a logarithm is asked for. */
export function costTargets({byServers, byFragments}: Costs): Target[] {
  const large = byServers.filter(({servers}) => servers >= ACTIVE_MAX);
  const long = byFragments.filter(({fragments}) => fragments > 1);
  return PHASES.flatMap(([when, phase]) => [
    ...growthTarget(when, 'servers', pointsOf(large, 'servers', phase)),
    ...growthTarget(when, 'fragments', pointsOf(long, 'fragments', phase)),
  ]);
}

/** The cost at the most by that at the fewest must not exceed the quotient of their logarithms. */
function growthTarget(when: string, of: Count, points: readonly Point[]): Target[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const allowed = Math.log(last[0]) / Math.log(first[0]);
  const seen = last[1] / first[1];
  return [
    {
      what: `cost of a step ${when}: ${last[0]} ${of} by ${first[0]}`,
      asked: `<= ${allowed.toFixed(2)} (log)`,
      seen: seen.toFixed(2),
      isMet: seen <= allowed,
    },
  ];
}

export function fits({byServers, byFragments}: Costs): string[] {
  const few = byServers.filter(({servers}) => servers <= ACTIVE_MAX);
  const many = byServers.filter(({servers}) => servers >= ACTIVE_MAX);
  const power = (costs: readonly StepCost[], of: Count, phase: Phase): string =>
    exponent(pointsOf(costs, of, phase));
  return [
    ...PHASES.map(
      ([when, phase]) =>
        `Cost of a step ${when} as a power of the servers: ${power(few, 'servers', phase)} up to ${ACTIVE_MAX}, ${power(many, 'servers', phase)} from there on; of the fragments: ${power(byFragments, 'fragments', phase)}. (0 is flat, 1 is linear.)`,
    ),
    `Cost of a tick as a power of the servers, from ${ACTIVE_MAX} on: ${power(many, 'servers', 'tickMicroseconds')}.`,
  ];
}

/** The slope of a line through logarithms. */
function exponent(points: readonly Point[]): string {
  return fitLine(points.map(([count, cost]) => [Math.log(count), Math.log(cost)])).slope.toFixed(2);
}

export function costPlots({byServers, byFragments}: Costs): Plot[] {
  const costPlot = (of: Count, costs: readonly StepCost[]): Plot => ({
    kind: 'lines',
    file: `plan-${of}`,
    title: `What a step of the policy costs, by ${of}`,
    x: {name: of, isLogarithmic: true},
    y: {name: 'microseconds', isLogarithmic: true},
    lines: PHASES.map(([name, phase]) => ({name, points: pointsOf(costs, of, phase)})),
  });
  return [costPlot('servers', byServers), costPlot('fragments', byFragments)];
}

export function costTable({byServers, byFragments}: Costs): Table {
  return {
    title: 'Microseconds of real time',
    columns: ['servers', 'fragments', 'a step in the middle', 'a step at the end', 'a tick'],
    rows: [...byServers, ...byFragments].map((cost) => [
      ...[cost.servers, cost.fragments].map(String),
      ...[cost.middleMicroseconds, cost.endMicroseconds, cost.tickMicroseconds].map(microseconds),
    ]),
  };
}

function microseconds(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '-';
}
