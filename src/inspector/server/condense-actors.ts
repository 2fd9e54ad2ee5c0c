/** Actors of long ago: those that have ended go with all that was told of them, of the living ones their state is left. Pure. */

import type {RowOf, TraceRow} from '../../trace/rows.js';
import type {Selection} from './selection.js';

export function condenseActors(selection: Selection, places: readonly number[]): void {
  const ended = endedActors(selection, places);
  const told = {move: new Set<number>(), context: new Set<number>()};
  // From the newest to the oldest: the last move of an actor tells where it is, the last context what it knows.
  for (const place of places.toReversed()) {
    const row = selection.at(place);
    if (!isOfActor(row) || ended.has(row.actor)) continue;
    if (row.k === 'move' || row.k === 'context') {
      if (told[row.k].has(row.actor)) continue;
      told[row.k].add(row.actor);
    }
    selection.keep(place);
  }
}

type ActorRow = RowOf<'start'> | RowOf<'stop'> | RowOf<'move'> | RowOf<'context'>;

function isOfActor(row: TraceRow): row is ActorRow {
  return row.k === 'start' || row.k === 'stop' || row.k === 'move' || row.k === 'context';
}

/** Those whose start and end are both here, and what they had started: it ended with them. */
function endedActors(selection: Selection, places: readonly number[]): Set<number> {
  const stops = new Set<number>();
  const starts: RowOf<'start'>[] = [];
  for (const place of places) {
    const row = selection.at(place);
    if (row.k === 'stop') stops.add(row.actor);
    if (row.k === 'start') starts.push(row);
  }
  const ended = new Set<number>();
  for (const {actor, parent} of starts)
    if (stops.has(actor) || (parent !== null && ended.has(parent))) ended.add(actor);
  return ended;
}
