/** Lists of rows that views look at: one search each, which goes on where it was. */

import {EVENTS_MAX, SLICE_MS} from '../limits.js';
import {Finder} from '../model/find.js';
import type {History} from '../model/history.js';
import type {Ask, Events, NumberedRow} from '../model/queries.js';
import {whatOf, whoOf} from '../model/words.js';

export class EventLists {
  readonly #history: History;
  readonly #finders = new Map<string, {readonly filter: string; readonly finder: Finder}>();

  constructor(history: History) {
    this.#history = history;
  }

  forget(key: string): void {
    this.#finders.delete(key);
  }

  /** Searches for a moment at most; `scanned` less than `of`: ask again. */
  answer(key: string, {filter, offset, count, at}: Ask<'events'>, now: () => number): Events {
    const finder = this.#finderFor(key, filter);
    const untilMs = now() + SLICE_MS;
    while (finder.step() && now() < untilMs);
    const history = this.#history;
    const index = finder.placeOf(history.rowsAt(at));
    const from = offset === 'at' ? Math.max(0, index - Math.floor(count / 2)) : offset;
    const rows = finder.found(from, Math.min(count, EVENTS_MAX)).flatMap((row) => this.#told(row));
    return {
      offset: from,
      rows,
      names: this.#namesIn(rows),
      total: finder.total,
      scanned: finder.scanned,
      of: history.rows,
      index,
      kinds: history.index.counts(),
    };
  }

  #finderFor(key: string, filter: Ask<'events'>['filter']): Finder {
    const text = JSON.stringify(filter);
    const known = this.#finders.get(key);
    if (known?.filter === text) return known.finder;
    const finder = new Finder(this.#history, filter);
    this.#finders.set(key, {filter: text, finder});
    return finder;
  }

  #namesIn(rows: readonly NumberedRow[]): Record<number, string> {
    const names: Record<number, string> = {};
    for (const {data, actor} of rows) {
      if (actor !== null) names[actor] = this.#history.directory.actorName(actor);
      if (data.k === 'say' && data.from !== null)
        names[data.from] = this.#history.directory.actorName(data.from);
    }
    return names;
  }

  #told(row: number): NumberedRow | [] {
    const {store, directory} = this.#history;
    const [data] = store.read(row, row + 1);
    if (data === undefined) return [];
    const {server, actor} = directory.subjectOf(data);
    return {
      row,
      data,
      who: whoOf(data, directory),
      what: whatOf(data, directory),
      actor: actor < 0 ? null : actor,
      server: server < 0 ? null : server,
    };
  }
}
