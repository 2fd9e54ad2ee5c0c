/** Ways through the states of a chart. Pure. */

import type {ChartState} from './chart.js';

/** A state and all below it, outer ones first. */
export function statesOf(state: ChartState): ChartState[] {
  return [state, ...state.states.flatMap(statesOf)];
}

/** Whether the second path is below the first one; '' is the root. */
export function isBelow(outer: string, inner: string): boolean {
  return outer !== inner && (outer === '' || inner.startsWith(`${outer}.`));
}

/** Short names that a format allows for the paths of a chart: letters, digits and `_`, no two alike. */
export function identifiers(states: readonly ChartState[]): Map<string, string> {
  const used = new Set<string>();
  const names = new Map<string, string>();
  for (const {path} of states) {
    // Never a reserved word: none begins like this.
    const wanted = `s_${path.replaceAll('.', '__').replace(/[^A-Za-z0-9_]/g, '_')}`;
    let name = wanted;
    for (let count = 2; used.has(name); count++) name = `${wanted}_${count}`;
    used.add(name);
    names.set(path, name);
  }
  return names;
}
