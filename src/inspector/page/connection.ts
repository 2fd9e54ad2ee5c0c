/** The way to the worker: questions go there, the newest answers come back. */

import {useSignal, useSignalEffect} from '@preact/signals';
import type {Answer, Ask, QueryName} from './model/queries.js';
import {feed} from './store.js';

const waiting = new Map<number, (answer: unknown) => void>();
const count = 0;

/** Asks the worker. Of several questions under one name and `slot` only the newest is answered; others resolve with null. */
export function ask<Name extends QueryName>(
  _name: Name,
  _query: Ask<Name>,
  _slot = '',
): Promise<Answer<Name> | null> {
  return new Promise((resolve) => {
    waiting.set(count, resolve as (answer: unknown) => void);
  });
}

/**
 * For a component: the newest answer to a question, asked anew when it changes and when rows come in; null: none yet.
 * While an answer is on its way the one before stays. `slot`: tells apart questions of the same name by several components.
 */
export function useAnswer<Name extends QueryName>(
  name: Name,
  query: Ask<Name>,
  slot = '',
): Answer<Name> | null {
  const answer = useSignal<Answer<Name> | null>(null);
  const asked = JSON.stringify(query);
  useSignalEffect(() => {
    if (feed.value === null) return;
    void ask(name, JSON.parse(asked) as Ask<Name>, slot).then((it) => {
      if (it !== null) answer.value = it;
    });
  });
  return answer.value;
}
