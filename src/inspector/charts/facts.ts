/** What a picture says inside a state, as clauses of text: for the formats that know lines of text and nothing else. */

import type {ChartState} from './chart.js';
import {type Arrow, arrowsOf, type Clause, piecesOf} from './clauses.js';

/** `entry / survey`, `link.block / report`: one line each. */
export function factLines(state: ChartState): string[] {
  return [
    ...state.invokes.map(({id, source}) => `runs ${id === source ? id : `${id}: ${source}`}`),
    ...state.entry.map((action) => `entry / ${action}`),
    ...state.exit.map((action) => `exit / ${action}`),
    ...arrowsOf(state)
      .filter(({targets}) => targets.length === 0)
      .flatMap(({clauses}) => clauses.map((clause) => clauseLine(clause, true))),
  ];
}

/** The text of an arrow, a clause a line. */
function arrowLines({clauses}: Arrow): string[] {
  return clauses.map((clause) => clauseLine(clause, false));
}

/** The arrows that lead somewhere, one for each target; only the first of them has lines. */
export function leadingArrows(state: ChartState): {readonly to: string; readonly lines: readonly string[]}[] {
  return arrowsOf(state).flatMap((arrow) =>
    arrow.targets.map((to, index) => ({to, lines: index === 0 ? arrowLines(arrow) : []})),
  );
}

function clauseLine(clause: Clause, stays: boolean): string {
  return piecesOf(clause, stays)
    .map(({text}) => text)
    .join(' ');
}
