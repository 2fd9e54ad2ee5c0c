/** Which parts of a chart are lit: the states that an actor is in, and the transition that brought it there. Pure. */

import type {Chart, ChartState, ChartTransition} from '../../charts/chart.js';
import type {ActorMoment} from '../model/moment.js';

type Step = NonNullable<ActorMoment['last']>;

export interface Lit {
  /** Paths of the states it is in, and of those around them. */
  readonly states: ReadonlySet<string>;
  /** Of these the innermost ones. */
  readonly inner: ReadonlySet<string>;
  /** Ids of the transitions that the last step can have been; mostly one. */
  readonly taken: ReadonlySet<string>;
}

export function litOf(chart: Chart, actor: Pick<ActorMoment, 'states' | 'last'>): Lit {
  const inner = new Set(actor.states);
  const states = new Set<string>(actor.states.length > 0 ? [''] : []);
  for (const path of actor.states) for (const outer of outerPaths(path)) states.add(outer);
  return {states, inner, taken: new Set(actor.last === null ? [] : takenIn(chart.root, actor.last))};
}

/** `a`, `a.b` and `a.b.c` of `a.b.c`. */
function outerPaths(path: string): string[] {
  const keys = path.split('.');
  return keys.map((_, index) => keys.slice(0, index + 1).join('.'));
}

interface Candidate {
  readonly id: string;
  /** How well it fits; a deeper source and a nearer target fit better. */
  readonly rank: number;
}

function takenIn(root: ChartState, step: Step): string[] {
  if (step.from.length === 0) return [];
  const found = candidatesBelow(root, step);
  const best = Math.max(...found.map(({rank}) => rank));
  return found.filter(({rank}) => rank === best).map(({id}) => id);
}

function candidatesBelow(state: ChartState, step: Step): Candidate[] {
  const isSource = state.path === '' || step.from.some((path) => isWithin(path, state.path));
  if (!isSource) return [];
  const own = state.transitions.flatMap((transition) => {
    const nearness = nearnessOf(transition, step);
    return nearness === null || !isEventOf(transition, step.on)
      ? []
      : [{id: transition.id, rank: 1_000 * depthOf(state.path) + nearness}];
  });
  return [...own, ...state.states.flatMap((child) => candidatesBelow(child, step))];
}

/** How many states the target has in common with where the step led; null: it did not lead there. */
function nearnessOf({targets}: ChartTransition, {to}: Step): number | null {
  if (targets.length === 0) return null;
  const leads = targets.every((target) => to.some((path) => isWithin(path, target)));
  return leads ? Math.max(...targets.map(depthOf)) : null;
}

/** An `always` is taken with the event before it. */
function isEventOf({event, kind}: ChartTransition, on: string): boolean {
  if (kind === 'always' || event === on || event === '*') return true;
  return event.endsWith('.*') && on.startsWith(event.slice(0, -1));
}

function isWithin(path: string, outer: string): boolean {
  return outer === '' || path === outer || path.startsWith(`${outer}.`);
}

function depthOf(path: string): number {
  return path === '' ? 0 : path.split('.').length;
}
