/** Clients of a server long ago: those that are gone go, and what they and others were given is added up. Pure. */

import type {RowOf, TraceRow} from '../../trace/rows.js';
import type {Selection} from './selection.js';

/** Stands for all clients that are gone; those that connect are counted from 1. */
const GONE = 0;

export function condenseSessions(selection: Selection, places: readonly number[]): void {
  const opened = new Set<number>();
  const closed = new Set<number>();
  for (const place of places) {
    const row = selection.at(place);
    if (row.k === 'session') opened.add(row.session);
    if (row.k === 'closed') closed.add(row.session);
  }
  const isGone = (session: number) => opened.has(session) && closed.has(session);
  const groups = new Map<string, Group>();
  for (const place of places) {
    const row = selection.at(place);
    if (row.k === 'session' || row.k === 'closed') {
      if (!isGone(row.session)) selection.keep(place);
      continue;
    }
    const counted = countedOf(row, isGone);
    if (counted === null) continue;
    const [key, it] = counted;
    const earlier = groups.get(key)?.row;
    groups.set(key, {place, row: earlier === undefined ? it : added(earlier, it)});
  }
  for (const {place, row} of groups.values()) selection.replace(place, [row]);
}

type Counted = RowOf<'slot'> | RowOf<'served'> | RowOf<'refused'>;

interface Group {
  /** Of its last row. */
  readonly place: number;
  readonly row: Counted;
}

/** Rows that are added up, with what those that go together have in common. */
function countedOf(row: TraceRow, isGone: (session: number) => boolean): readonly [string, Counted] | null {
  switch (row.k) {
    case 'refused':
      return [`refused ${row.reason}`, row];
    case 'slot': {
      const it = isGone(row.session) ? {...row, session: GONE} : row;
      return [`slot ${it.session} ${it.granted}`, it];
    }
    case 'served': {
      const it = isGone(row.session) ? {...row, session: GONE} : row;
      return [JSON.stringify([it.session, it.how, it.name, it.code]), it];
    }
    default:
      return null;
  }
}

/** Rows of one key: of several fetches together neither fragment nor first block can be told. */
function added(a: Counted, b: Counted): Counted {
  const times = (a.times ?? 1) + (b.times ?? 1);
  if (a.k !== 'served' || b.k !== 'served') return {...b, times};
  const {fragment: _, first: __, ...last} = b;
  return {
    ...last,
    ...(b.count !== undefined && {count: (a.count ?? 0) + b.count}),
    ...(b.files !== undefined && {files: (a.files ?? 0) + b.files}),
    bytes: a.bytes + b.bytes,
    queuedMs: Math.round(a.queuedMs + b.queuedMs),
    elapsedMs: Math.round(a.elapsedMs + b.elapsedMs),
    readMs: Math.round(a.readMs + b.readMs),
    writeMs: Math.round(a.writeMs + b.writeMs),
    times,
  };
}
