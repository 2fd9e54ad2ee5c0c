/** How marks of the scrubber look and read, and which of them there is room for. Pure. */

import type {Mark} from '../model/queries.js';

/** Places along the scrubber: marks of one place are one sign. */
const PLACES = 120;

/** Most worth telling first: where several share a place, the first of these is drawn. */
const ORDER: readonly Mark['kind'][] = [
  'banned',
  'wrong',
  'disk',
  'lost',
  'refused',
  'dropped',
  'end',
  'busy',
  'version',
];

/** Shapes of 10 by 10, so that colour is not the only difference. */
export const SHAPES: Readonly<Record<Mark['kind'], string>> = {
  banned: 'M1 1 9 9M9 1 1 9',
  wrong: 'M1 1 9 9M9 1 1 9',
  disk: 'M1 2H9V8H1Z',
  lost: 'M5 1 9 9H1Z',
  refused: 'M5 1 9 9H1Z',
  dropped: 'M1 5H3M4.5 5H5.5M7 5H9',
  busy: 'M5 1 9 5 5 9 1 5Z',
  end: 'M2 1V9M2 1H9V5H2',
  version: 'M5 1V9',
};

export interface Sign {
  readonly kind: Mark['kind'];
  /** First of the marks here, to go to. */
  readonly mark: Mark;
  /** Share of the whole time, 0 to 1. */
  readonly at: number;
  /** All of them in words. */
  readonly text: string;
}

const TEXTS_MAX = 4;

/** One sign for each place that has marks. */
export function signsOf(marks: readonly Mark[], endMs: number): Sign[] {
  const places = new Map<number, Mark[]>();
  for (const mark of marks) {
    const place = endMs <= 0 ? 0 : Math.min(PLACES, Math.round((mark.t / endMs) * PLACES));
    places.set(place, [...(places.get(place) ?? []), mark]);
  }
  return [...places].flatMap(([, here]) => {
    const [mark] = [...here].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    if (mark === undefined) return [];
    const texts = here.slice(0, TEXTS_MAX).map(({text}) => text);
    if (here.length > TEXTS_MAX) texts.push(`and ${here.length - TEXTS_MAX} more`);
    return [{kind: mark.kind, mark, at: endMs <= 0 ? 0 : mark.t / endMs, text: texts.join('\n')}];
  });
}
