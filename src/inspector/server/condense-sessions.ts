/** Clients of a server long ago: those that are gone go, of the others what they were given is added up. Pure. */

import type {RowOf} from '../../trace/rows.js';
import type {Selection} from './selection.js';

export function condenseSessions(selection: Selection, places: readonly number[]): void {
  const opened = new Set<number>();
  const closed = new Set<number>();
  for (const place of places) {
    const row = selection.at(place);
    if (row.k === 'session') opened.add(row.session);
    if (row.k === 'closed') closed.add(row.session);
  }
  const slots = new Set<number>();
  for (const place of places.toReversed()) {
    const row = selection.at(place);
    if (row.k === 'session' && !closed.has(row.session)) selection.keep(place);
    if (row.k === 'closed' && !opened.has(row.session)) selection.keep(place);
    if (row.k === 'slot' && !closed.has(row.session) && !slots.has(row.session)) {
      slots.add(row.session);
      selection.keep(place);
    }
  }
  addUpServed(selection, places, closed);
}

interface Served {
  readonly place: number;
  readonly row: RowOf<'served'>;
}

/** Fetches of one client that ended alike, of one file, as one row: without their fragments and first blocks. */
function addUpServed(selection: Selection, places: readonly number[], closed: ReadonlySet<number>): void {
  const groups = new Map<string, Served>();
  for (const place of places) {
    const row = selection.at(place);
    if (row.k !== 'served' || closed.has(row.session)) continue;
    const key = JSON.stringify([row.session, row.how, row.name, row.code]);
    const earlier = groups.get(key);
    groups.set(key, {place, row: earlier === undefined ? row : added(earlier.row, row)});
  }
  for (const {place, row} of groups.values()) selection.replace(place, [row]);
}

function added(
  {fragment: _, first: __, ...a}: RowOf<'served'>,
  {fragment: ___, first: ____, ...b}: RowOf<'served'>,
): RowOf<'served'> {
  return {
    ...b,
    ...(b.count !== undefined && {count: (a.count ?? 0) + b.count}),
    ...(b.files !== undefined && {files: (a.files ?? 0) + b.files}),
    bytes: a.bytes + b.bytes,
    queuedMs: Math.round(a.queuedMs + b.queuedMs),
    elapsedMs: Math.round(a.elapsedMs + b.elapsedMs),
    readMs: Math.round(a.readMs + b.readMs),
    writeMs: Math.round(a.writeMs + b.writeMs),
  };
}
