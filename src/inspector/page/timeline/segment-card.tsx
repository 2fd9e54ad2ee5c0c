/** What there is to say of the segment that was chosen. The worker is asked what was known at both ends of it. */

import {useEffect, useState} from 'preact/hooks';
import {ask} from '../connection.js';
import type {Moment} from '../model/moment.js';
import type {Lanes} from '../model/queries.js';
import {type Look, serverLook} from '../overview/looks.js';
import {chosenFile, goTo} from '../store.js';
import {kindsOf} from './segment-style.js';
import {clientFacts, serverFacts, spanWords} from './segment-words.js';
import type {Segment} from './segments.js';

interface SegmentCardProps {
  readonly segment: Segment;
  readonly of: Lanes['of'];
  readonly onClose: () => void;
}

export function SegmentCard({segment, of, onClose}: SegmentCardProps) {
  const {look, facts} = useTold(segment, of);
  const kind = look ?? kindsOf(of)[segment.doing];
  return (
    <section class="card segment-card" aria-label="Chosen segment">
      <div class="segment-words" aria-live="polite">
        <h3 title={segment.label}>{segment.label}</h3>
        <p>
          {spanWords(kind?.word ?? 'not known', segment)}
          {kind !== undefined && <span class="segment-about">: {kind.about}</span>}
        </p>
        <ul>
          {facts.map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
      </div>
      <div class="segment-buttons">
        <button type="button" class="flat-button" onClick={() => goTo(segment.fromMs)}>
          Go to its start
        </button>
        <button type="button" class="flat-button" onClick={() => goTo(segment.toMs)}>
          Go to its end
        </button>
        <button type="button" class="flat-button" onClick={onClose}>
          Close
        </button>
      </div>
    </section>
  );
}

interface Told {
  /** How the server was at the end of it, which says more than the kind of the segment; null: not known. */
  readonly look: Look | null;
  readonly facts: readonly string[];
}

const NOTHING: Told = {look: null, facts: []};

function useTold(segment: Segment, of: Lanes['of']): Told {
  const [told, setTold] = useState(NOTHING);
  const {id, fromMs, toMs} = segment;
  const item = chosenFile.value;
  useEffect(() => {
    let isStale = false;
    setTold(NOTHING);
    void toldOf({id, fromMs, toMs, of, item}).then((it) => {
      if (!isStale && it !== null) setTold(it);
    });
    return () => {
      isStale = true;
    };
  }, [id, fromMs, toMs, of, item]);
  return told;
}

interface Asked {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly of: Lanes['of'];
  readonly item: number | null;
}

/** Null: something else was asked meanwhile. */
async function toldOf({id, fromMs, toMs, of, item}: Asked): Promise<Told | null> {
  const known = (t: number, slot: string): Promise<Moment | null> =>
    ask('moment', {at: {kind: 'at', t}, item, map: false}, slot);
  const [before, after] = [await known(fromMs, 'segment-start'), await known(toMs, 'segment-end')];
  if (before === null || after === null) return null;
  if (of === 'clients') {
    const client = ({serve}: Moment) => serve?.clients.find(({session}) => session === id);
    return {look: null, facts: clientFacts(client(before), client(after), {fromMs, toMs})};
  }
  const fragments = await fragmentsOf(id, fromMs, toMs);
  const server = ({servers}: Moment) => servers.find((it) => it.server === id);
  const [start, end] = [server(before), server(after)];
  return {
    look: start?.doing === 'out' ? serverLook(start, false) : null,
    facts: serverFacts({before: start, after: end, fragments, fromMs, toMs}),
  };
}

/** Fetches that are looked at: a longer segment names its first fragments. */
const FETCHES_MAX = 200;

async function fragmentsOf(server: number, fromMs: number, toMs: number): Promise<number[]> {
  const query = {filter: {server, kinds: ['fetch']}, at: {kind: 'at', t: fromMs}} as const;
  const begun = await ask('events', {...query, offset: 0, count: 1}, 'segment-fetches');
  if (begun === null) return [];
  const offset = Math.max(0, begun.index);
  const events = await ask('events', {...query, offset, count: FETCHES_MAX}, 'segment-fetches');
  const fragments = new Set<number>();
  for (const {data} of events?.rows ?? [])
    if (data.k === 'fetch' && data.t >= fromMs && data.t <= toMs) fragments.add(data.fragment);
  return [...fragments];
}
