/** The actors of the traced process, row by row: which live, in which states, and how they came there. */

import type {RowOf} from '../../../trace/rows.js';
import type {ActorMoment} from './moment.js';

/** Of those that ended so many are kept. */
const ENDED_KEPT = 200;

export class Actors {
  /** Living ones by number, and the last ones that ended. Each entry is replaced, never changed: copies share them. */
  #byNumber = new Map<number, ActorMoment>();
  #ended: number[] = [];

  clone(): Actors {
    const copy = new Actors();
    copy.#byNumber = new Map(this.#byNumber);
    copy.#ended = this.#ended.slice();
    return copy;
  }

  get(actor: number): ActorMoment | undefined {
    return this.#byNumber.get(actor);
  }

  start({t, actor, name, machine, parent, connection, fragment, session, item}: RowOf<'start'>): void {
    this.#byNumber.set(actor, {
      actor,
      name,
      machine,
      parent,
      connection: connection ?? null,
      fragment: fragment ?? null,
      session: session ?? null,
      item: item ?? null,
      states: [],
      startedMs: t,
      sinceMs: t,
      last: null,
      moves: 0,
      context: null,
      ended: null,
    });
  }

  move({t, actor, on, from, to}: RowOf<'move'>, row: number): void {
    const known = this.#byNumber.get(actor);
    if (known === undefined) return;
    const states = pathsOf(to);
    this.#byNumber.set(actor, {
      ...known,
      states,
      sinceMs: t,
      last: {row, t, on, from: pathsOf(from), to: states},
      moves: known.moves + 1,
    });
  }

  remember({actor, values}: RowOf<'context'>): void {
    const known = this.#byNumber.get(actor);
    if (known !== undefined) this.#byNumber.set(actor, {...known, context: values});
  }

  stop({t, actor, how}: RowOf<'stop'>): void {
    const known = this.#byNumber.get(actor);
    if (known === undefined) return;
    this.#byNumber.set(actor, {...known, ended: {t, how}});
    this.#ended.push(actor);
    const oldest = this.#ended.length > ENDED_KEPT ? this.#ended.shift() : undefined;
    if (oldest !== undefined) this.#byNumber.delete(oldest);
  }

  moments(): ActorMoment[] {
    return [...this.#byNumber.values()];
  }
}

function pathsOf(states: string): readonly string[] {
  return states === '' ? [] : states.split(' ');
}
