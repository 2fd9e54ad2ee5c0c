/** Which rows the events view shows, as somebody chose; kept while other views are looked at. */

import {signal} from '@preact/signals';
import type {RowFilter} from '../model/queries.js';

export const filter = signal<RowFilter>({});

/** Sets one part of the filter; undefined: it restricts no more. */
export function restrict<Key extends keyof RowFilter>(key: Key, value: RowFilter[Key] | undefined): void {
  const {[key]: _, ...rest} = filter.value;
  filter.value = value === undefined ? rest : {...rest, [key]: value};
}

/** Adds a kind, or takes it away; without any there are all. */
export function toggleKind(kind: string): void {
  const kinds = filter.value.kinds ?? [];
  const next = kinds.includes(kind) ? kinds.filter((it) => it !== kind) : [...kinds, kind];
  restrict('kinds', next.length === 0 ? undefined : next);
}
