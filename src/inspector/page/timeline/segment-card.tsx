/** What there is to say of the segment that was chosen. The worker is asked what was known at both ends of it. */

import {useEffect, useState} from 'preact/hooks';
import {ask} from '../connection.js';
import type {Moment} from '../model/moment.js';
import type {Lanes} from '../model/queries.js';
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
  const facts = useFacts(segment, of);
  const kind = kindsOf(of)[segment.doing];
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
        <button type="button" class="quiet" onClick={() => goTo(segment.fromMs)}>
          Go to its start
        </button>
        <button type="button" class="quiet" onClick={() => goTo(segment.toMs)}>
          Go to its end
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </div>
    </section>
  );
}

function useFacts(segment: Segment, of: Lanes['of']): readonly string[] {
  const [facts, setFacts] = useState<readonly string[]>([]);
  const {id, fromMs, toMs} = segment;
  const item = chosenFile.value;
  useEffect(() => {
    let isStale = false;
    void factsOf({id, fromMs, toMs, of, item}).then((told) => {
      if (!isStale && told !== null) setFacts(told);
    });
    return () => {
      isStale = true;
    };
  }, [id, fromMs, toMs, of, item]);
  return facts;
}

interface Asked {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly of: Lanes['of'];
  readonly item: number | null;
}

/** Null: something else was asked meanwhile. */
async function factsOf({id, fromMs, toMs, of, item}: Asked): Promise<string[] | null> {
  const known = (t: number, slot: string): Promise<Moment | null> =>
    ask('moment', {at: {kind: 'at', t}, item, map: false}, slot);
  const [before, after] = [await known(fromMs, 'segment-start'), await known(toMs, 'segment-end')];
  if (before === null || after === null) return null;
  if (of === 'clients') {
    const client = ({serve}: Moment) => serve?.clients.find(({session}) => session === id);
    return clientFacts(client(before), client(after), {fromMs, toMs});
  }
  const fragments = await fragmentsOf(id, fromMs, toMs);
  const server = ({servers}: Moment) => servers.find((it) => it.server === id);
  return serverFacts({before: server(before), after: server(after), fragments, fromMs, toMs});
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
