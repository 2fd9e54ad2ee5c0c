/** Which actors are lifelines and where the arrows go, out of rows of messages and moves. Pure. */

import type {NumberedRow} from '../model/queries.js';

/** Lifelines that there is room for. */
const LINES_MAX = 7;

/** Whoever sent a message from outside of all actors. */
export const OUTSIDE = -1;

export type Step =
  | {
      readonly kind: 'message';
      readonly row: NumberedRow;
      readonly from: number;
      readonly to: number;
      readonly text: string;
    }
  | {
      readonly kind: 'state';
      readonly row: NumberedRow;
      readonly line: number;
      readonly text: string;
      readonly how: 'start' | 'move' | 'stop';
    };

export interface Lifelines {
  /** Actors by number, left to right. */
  readonly actors: readonly number[];
  readonly steps: readonly Step[];
  /** Rows that are about none of them. */
  readonly hidden: number;
}

/** `chosen`: actors that are lines in any case. */
export function lifelinesOf(rows: readonly NumberedRow[], chosen: readonly number[]): Lifelines {
  const actors = linesOf(rows, chosen);
  const lineOf = new Map(actors.map((actor, line) => [actor, line]));
  const steps: Step[] = [];
  for (const row of rows) {
    const step = stepOf(row, lineOf);
    if (step !== null) steps.push(step);
  }
  return {actors, steps, hidden: rows.length - steps.length};
}

function stepOf(row: NumberedRow, lineOf: ReadonlyMap<number, number>): Step | null {
  const {data} = row;
  if (data.k === 'say') {
    const from = lineOf.get(data.from ?? OUTSIDE);
    const to = lineOf.get(data.to);
    return from === undefined || to === undefined ? null : {kind: 'message', row, from, to, text: data.on};
  }
  if (data.k !== 'move' && data.k !== 'start' && data.k !== 'stop') return null;
  const line = lineOf.get(data.actor);
  if (line === undefined) return null;
  const text = data.k === 'move' ? data.to : data.k === 'start' ? 'starts' : data.how;
  return {kind: 'state', row, line, text, how: data.k};
}

/** Those that most is told of, in the order in which they appear. */
function linesOf(rows: readonly NumberedRow[], chosen: readonly number[]): number[] {
  const counts = new Map<number, number>(chosen.map((actor) => [actor, Number.POSITIVE_INFINITY]));
  const count = (actor: number): void => void counts.set(actor, (counts.get(actor) ?? 0) + 1);
  for (const {data} of rows) {
    if (data.k === 'say') {
      count(data.from ?? OUTSIDE);
      count(data.to);
    } else if (data.k === 'move' || data.k === 'start' || data.k === 'stop') count(data.actor);
  }
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, LINES_MAX);
  return most.map(([actor]) => actor).sort((a, b) => a - b);
}
