/** The way to the worker: what the page shows goes there, what is known at that moment comes back. */

import {computed, effect, useSignal} from '@preact/signals';
import {useEffect, useId} from 'preact/hooks';
import type {Answer, Ask, QueryName} from './model/queries.js';
import {chosenFile, feed, marks, moment, position, tab} from './store.js';
import type {NamedAsk, ToPage, ToWorker} from './worker/messages.js';

interface Listener {
  readonly id: number;
  take(answer: Answer<QueryName>, isWhole: boolean): void;
  /** Somebody asked again before there was an answer. */
  drop(): void;
}

let worker: Worker | null = null;
let asks = 0;
const listeners = new Map<string, Listener>();

/** Changes when rows have come, or all of them were forgotten. */
const rowsKnown = computed(() => `${feed.value?.generation ?? -1} ${feed.value?.rows ?? 0}`);

/** Starts the worker, which reads by itself. Called once. */
export function connect(): void {
  worker = new Worker(new URL('./worker/main.ts', import.meta.url), {type: 'module'});
  worker.addEventListener('message', ({data}: MessageEvent<ToPage>) => take(data));
  worker.addEventListener('error', ({message}) => fail(message));
  effect(() => {
    const watch = {at: position.value, item: chosenFile.value, map: tab.value === 'overview'};
    tell({type: 'watch', watch});
  });
  const tellVisible = (): void => tell({type: 'visible', isVisible: !document.hidden});
  document.addEventListener('visibilitychange', tellVisible);
  tellVisible();
}

/**
 * For a component: the newest answer to a question, asked anew when the question changes or rows have come; null: none yet.
 * Until there is a new answer the one before stays. `slot`: for tests and eyes that look at the messages.
 */
export function useAnswer<Name extends QueryName>(
  name: Name,
  query: Ask<Name>,
  slot = '',
): Answer<Name> | null {
  const key = `${name} ${slot} ${useId()}`;
  const answer = useSignal<Answer<Name> | null>(null);
  const text = JSON.stringify(query);
  const known = rowsKnown.value;
  useEffect(() => {
    listen(key, {name, query: JSON.parse(text)} as NamedAsk, (it) => {
      answer.value = it as Answer<Name>;
    });
  }, [key, text, known]);
  useEffect(() => () => forget(key), [key]);
  return answer.value;
}

/** Asks once. Of several questions under one `slot` only the newest is answered; those before resolve with null. */
export function ask<Name extends QueryName>(
  name: Name,
  query: Ask<Name>,
  slot: string,
): Promise<Answer<Name> | null> {
  const key = `${name} ${slot}`;
  return new Promise((resolve) => {
    listeners.get(key)?.drop();
    listen(
      key,
      {name, query} as NamedAsk,
      (answer, isWhole) => {
        if (!isWhole) return;
        listeners.delete(key);
        resolve(answer as Answer<Name>);
      },
      () => resolve(null),
    );
  });
}

function listen(key: string, named: NamedAsk, take: Listener['take'], drop: () => void = () => {}): void {
  const id = ++asks;
  listeners.set(key, {id, take, drop});
  tell({type: 'ask', key, id, ask: named});
}

function forget(key: string): void {
  listeners.delete(key);
  tell({type: 'forget', key});
}

function tell(message: ToWorker): void {
  worker?.postMessage(message);
}

function take(message: ToPage): void {
  if (message.type === 'news') {
    feed.value = message.feed;
    marks.value = message.marks;
    moment.value = message.moment;
    return;
  }
  const listener = listeners.get(message.key);
  // An answer to an earlier question is of no use any more.
  if (listener?.id === message.id) listener.take(message.answer, message.isWhole);
}

/** A mistake of ours: said, rather than an empty page. */
function fail(message: string): void {
  const known = feed.value;
  const status = {kind: 'failed', reason: `The page's worker failed: ${message}`} as const;
  feed.value = {
    mode: 'recorded',
    command: 'download',
    name: '',
    bytes: 0,
    bytesTotal: null,
    rows: 0,
    endMs: 0,
    startedAt: null,
    problems: [],
    generation: 0,
    ...known,
    status,
  };
}
