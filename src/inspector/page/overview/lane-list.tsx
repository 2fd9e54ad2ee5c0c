/**
 * Lanes as the rows of a table that stays usable with a thousand of them: the most interesting ones at first, all on demand,
 * and of those only the ones in sight are there.
 */

import type {ComponentChildren} from 'preact';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import {formatCount} from '../../../units.js';
import {Part} from './part.js';

export interface Column {
  readonly name: string;
  readonly title: string;
}

interface LaneListProps<Item> {
  readonly label: string;
  /** What one lane is, for counts. */
  readonly noun: string;
  readonly columns: readonly Column[];
  readonly items: readonly Item[];
  /** The same ones, the most interesting first. */
  readonly ranked: (items: readonly Item[]) => readonly Item[];
  readonly render: (item: Item, row: number) => ComponentChildren;
}

/** More are shown only when asked for. */
const FIRST = 30;
/** Lanes beyond those in sight, on either side. */
const SPARE = 6;

export function LaneList<Item>({label, noun, columns, items, ranked, render}: LaneListProps<Item>) {
  const [isWhole, setWhole] = useState(false);
  const isLong = items.length > FIRST;
  const shown = isLong && !isWhole ? ranked(items).slice(0, FIRST) : items;
  return (
    <>
      <Part class="lanes" role="table" aria-label={label} aria-rowcount={items.length + 1}>
        <Part role="rowgroup" class="lanes-head">
          <Part role="row" class="lane lane-head" aria-rowindex={1}>
            {columns.map(({name, title}) => (
              <Part key={name} role="columnheader" class={`lane-${name}`}>
                {title}
              </Part>
            ))}
          </Part>
        </Part>
        {isLong && isWhole ? (
          <InSight items={shown} label={label} render={render} />
        ) : (
          <Part role="rowgroup">{shown.map(render)}</Part>
        )}
      </Part>
      {isLong && (
        <p class="lanes-more">
          {isWhole
            ? `all ${formatCount(items.length, noun)}`
            : `${FIRST} of ${formatCount(items.length, noun)}`}
          <button type="button" class="flat-button" onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show the first ones' : `Show all ${items.length}`}
          </button>
        </p>
      )}
    </>
  );
}

interface InSightProps<Item> {
  readonly items: readonly Item[];
  readonly label: string;
  readonly render: (item: Item, row: number) => ComponentChildren;
}

function InSight<Item>({items, label, render}: InSightProps<Item>) {
  const region = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [height, setHeight] = useState(48);
  const count = Math.ceil((region.current?.clientHeight ?? 600) / height) + 2 * SPARE;
  const from = Math.max(0, Math.min(first - SPARE, items.length - count));
  const look = (): void => setFirst(Math.floor((region.current?.scrollTop ?? 0) / height));
  useLayoutEffect(() => {
    const lane = region.current?.querySelector('.lane');
    if (lane instanceof HTMLElement && lane.offsetHeight > 0) setHeight(lane.offsetHeight);
  });
  return (
    <Part
      class="lanes-region"
      ref={region}
      onScroll={look}
      tabIndex={0}
      role="rowgroup"
      aria-label={`${label}, all`}
    >
      <div style={{height: `${from * height}px`}} role="presentation" />
      {items.slice(from, from + count).map((item, index) => render(item, from + index))}
      <div style={{height: `${Math.max(0, items.length - from - count) * height}px`}} role="presentation" />
    </Part>
  );
}
