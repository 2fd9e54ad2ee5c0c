/**
 * What a picture tells of transitions: those of a state that lead to the same place are one arrow, and those of them
 * that differ in nothing but their event are one clause, `a, b [guard] / action`. Each transition is in one clause.
 */

import type {ChartState, ChartTransition} from './chart.js';
import type {TextPiece} from './laid-chart.js';

export interface Clause {
  /** To be read: `link.lost`, `after connectTimeout, 5s`, `always`. */
  readonly on: readonly string[];
  /** `else`: tried when the guards before it have failed. */
  readonly guard: string | null;
  readonly actions: readonly string[];
  readonly reenter: boolean;
  /** Ids. */
  readonly transitions: readonly string[];
}

export interface Arrow {
  /** Path. */
  readonly from: string;
  /** Paths; empty: the state stays. */
  readonly targets: readonly string[];
  readonly clauses: readonly Clause[];
}

/** The arrows of one state, that of transitions without a target among them. */
export function arrowsOf(state: ChartState): Arrow[] {
  const arrows = new Map<string, {targets: readonly string[]; clauses: Map<string, Clause>}>();
  for (const [index, transition] of state.transitions.entries()) {
    const {targets, actions, reenter} = transition;
    const key = targets.join(' ');
    const arrow = arrows.get(key) ?? {targets, clauses: new Map()};
    arrows.set(key, arrow);
    const guard = guardOf(transition, state.transitions.slice(0, index));
    const clauseKey = JSON.stringify([guard, actions, reenter]);
    const {on = [], transitions = []} = arrow.clauses.get(clauseKey) ?? {};
    arrow.clauses.set(clauseKey, {
      on: [...on, onWords(transition)],
      guard,
      actions,
      reenter,
      transitions: [...transitions, transition.id],
    });
  }
  return [...arrows.values()].map(({targets, clauses}) => ({
    from: state.path,
    targets,
    clauses: [...clauses.values()],
  }));
}

function guardOf({guard, event}: ChartTransition, before: readonly ChartTransition[]): string | null {
  if (guard !== null) return guard;
  return before.some((other) => other.event === event && other.guard !== null) ? 'else' : null;
}

function onWords({kind, on}: ChartTransition): string {
  if (kind === 'always') return 'always';
  return kind === 'after' ? `after ${on}` : on;
}

/** A clause in pieces that may stand on lines of their own. `stays`: it has no target. */
export function piecesOf({on, guard, actions, reenter}: Clause, stays: boolean): TextPiece[] {
  const pieces: TextPiece[] = listed('event', on);
  if (guard !== null) pieces.push({role: 'guard', text: `[${guard}]`});
  if (actions.length > 0) pieces.push({role: 'word', text: '/'}, ...listed('action', actions));
  else if (stays) pieces.push({role: 'word', text: '/ ignored'});
  if (reenter) pieces.push({role: 'word', text: '(anew)'});
  return pieces;
}

function listed(role: TextPiece['role'], words: readonly string[]): TextPiece[] {
  return words.map((word, index) => ({role, text: index < words.length - 1 ? `${word},` : word}));
}
