/** The actors as the lines of a tree: who started whom, what is open, what a filter leaves, and where keys lead. Pure. */

import type {ActorMoment} from '../model/moment.js';

export interface TreeLine {
  readonly actor: ActorMoment;
  /** From 1. */
  readonly level: number;
  /** Place among those with the same parent, from 1, and how many they are. */
  readonly place: number;
  readonly places: number;
  /** Null: it has started nobody. */
  readonly isOpen: boolean | null;
}

export interface TreeQuery {
  /** Part of a name, of a state, or of what else is known of an actor; case does not matter. */
  readonly text: string;
  readonly showsEnded: boolean;
  /** Numbers of the actors whose children are hidden. */
  readonly closed: ReadonlySet<number>;
  /** What else is known of an actor, in words: the address of its server. */
  readonly about: (actor: ActorMoment) => string;
}

/** The lines that are in sight, in their order. Those that lead to one that a filter found stay. */
export function treeLines(actors: readonly ActorMoment[], query: TreeQuery): TreeLine[] {
  const shown = filtered(actors, query);
  const known = new Set(shown.map(({actor}) => actor));
  const children = new Map<number | null, ActorMoment[]>();
  for (const actor of shown) {
    const parent = actor.parent !== null && known.has(actor.parent) ? actor.parent : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [actor]);
    else siblings.push(actor);
  }
  // While somebody searches, nothing that was found is hidden.
  const closed = query.text.trim() === '' ? query.closed : new Set<number>();
  const linesBelow = (parent: number | null, level: number): TreeLine[] => {
    const siblings = children.get(parent) ?? [];
    return siblings.flatMap((actor, index) => {
      const isOpen = children.has(actor.actor) ? !closed.has(actor.actor) : null;
      const line = {actor, level, place: index + 1, places: siblings.length, isOpen};
      return isOpen === true ? [line, ...linesBelow(actor.actor, level + 1)] : [line];
    });
  };
  return linesBelow(null, 1);
}

function filtered(actors: readonly ActorMoment[], {text, showsEnded, about}: TreeQuery): ActorMoment[] {
  const wanted = text.trim().toLowerCase();
  const byNumber = new Map(actors.map((actor) => [actor.actor, actor]));
  const kept = new Set<number>();
  for (const actor of actors) {
    if (actor.ended !== null && !showsEnded) continue;
    const words = `${actor.name} ${actor.states.join(' ')} ${about(actor)}`.toLowerCase();
    if (!words.includes(wanted)) continue;
    for (let at: ActorMoment | undefined = actor; at !== undefined && !kept.has(at.actor); ) {
      kept.add(at.actor);
      at = at.parent === null ? undefined : byNumber.get(at.parent);
    }
  }
  return actors.filter(({actor}) => kept.has(actor));
}

/** What a key does in the tree. */
export type TreeMove =
  | {readonly kind: 'choose'; readonly actor: number}
  | {readonly kind: 'open' | 'close'; readonly actor: number};

/** As the pattern for trees has it; null: the key does nothing here. */
export function treeMove(lines: readonly TreeLine[], chosen: number | null, key: string): TreeMove | null {
  const at = lines.findIndex(({actor}) => actor.actor === chosen);
  const line = lines[at];
  const choose = (index: number): TreeMove | null => {
    const target = lines[index];
    return target === undefined ? null : {kind: 'choose', actor: target.actor.actor};
  };
  switch (key) {
    case 'ArrowDown':
      return choose(at + 1);
    case 'ArrowUp':
      return choose(Math.max(0, at - 1));
    case 'Home':
      return choose(0);
    case 'End':
      return choose(lines.length - 1);
    case 'ArrowRight':
      if (line === undefined || line.isOpen === null) return null;
      return line.isOpen ? choose(at + 1) : {kind: 'open', actor: line.actor.actor};
    case 'ArrowLeft':
      if (line === undefined) return null;
      if (line.isOpen === true) return {kind: 'close', actor: line.actor.actor};
      return choose(lines.slice(0, at).findLastIndex(({level}) => level < line.level));
    default:
      return null;
  }
}
