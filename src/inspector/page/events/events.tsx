/** Everything that happened, row by row, or as messages between actors. */

import './events.css';
import {useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';
import {useAnswer} from '../connection.js';
import type {Events as Answer, NumberedRow} from '../model/queries.js';
import {chosenActor, chosenServer, goTo, position, showActor} from '../store.js';
import {filter} from './filter.js';
import {Filters} from './filters.js';
import {RowDetail} from './row-detail.js';
import {formatRowTime} from './row-time.js';
import {firstRowAt, heightOf, ROW_PX, revealed, scrollFor} from './scroll.js';
import {Sequence} from './sequence.js';

type Mode = 'list' | 'sequence';

/** Rows fetched beyond what is in sight, so that a little scrolling shows them at once. */
const BEYOND = 20;

export function Events() {
  const [mode, setMode] = useState<Mode>('list');
  const [first, setFirst] = useState(0);
  const [viewPx, setViewPx] = useState(600);
  const visible = Math.ceil(viewPx / ROW_PX) + 1;
  const offset = Math.max(0, Math.floor(first) - BEYOND);
  const query = {filter: filter.value, offset, count: visible + 2 * BEYOND, at: position.value};
  const answer = useAnswer('events', query);
  return (
    <div class="events">
      <div class="events-head">
        <ModeButtons mode={mode} onChoose={setMode} />
        <p class="card-note" role="status">
          {answer === null ? '' : totalWords(answer)}
        </p>
      </div>
      <Filters kinds={mode === 'sequence' ? {} : (answer?.kinds ?? {})} />
      {mode === 'sequence' ? (
        <Sequence />
      ) : (
        <>
          <List answer={answer} first={first} onScroll={setFirst} viewPx={viewPx} onResize={setViewPx} />
          <RowDetail row={answer === null ? null : rowAt(answer, answer.index)} />
        </>
      )}
    </div>
  );
}

function ModeButtons({mode, onChoose}: {readonly mode: Mode; readonly onChoose: (mode: Mode) => void}) {
  return (
    <fieldset class="modes">
      <legend class="away">Shown as</legend>
      <button
        type="button"
        class="flat-button"
        aria-pressed={mode === 'list'}
        onClick={() => onChoose('list')}
      >
        List
      </button>
      <button
        type="button"
        class="flat-button"
        aria-pressed={mode === 'sequence'}
        onClick={() => onChoose('sequence')}
      >
        Messages
      </button>
    </fieldset>
  );
}

function totalWords({total, scanned, of}: Answer): string {
  const rows = `${total.toLocaleString()} of ${of.toLocaleString()} rows`;
  return scanned < of ? `${rows}, still searching` : rows;
}

function rowAt({rows, offset}: Answer, index: number): NumberedRow | null {
  return rows[index - offset] ?? null;
}

interface ListProps {
  readonly answer: Answer | null;
  /** First row in sight, with a fraction. */
  readonly first: number;
  readonly viewPx: number;
  readonly onScroll: (first: number) => void;
  readonly onResize: (viewPx: number) => void;
}

function List({answer, first, viewPx, onScroll, onResize}: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const extent = {total: answer?.total ?? 0, viewPx};
  const index = answer?.index ?? -1;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => onResize(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [onResize]);
  const isLive = position.value.kind === 'live';
  const follow = useRef({isLive, isAtEnd: true});
  // Whatever moved the moment, its row is in sight. Rows that come in move nothing away from whoever has scrolled back.
  useEffect(() => {
    const element = box.current;
    const {isAtEnd, isLive: wasLive} = follow.current;
    follow.current = {isLive, isAtEnd};
    if (element === null || index < 0 || (isLive && wasLive && !isAtEnd)) return;
    const next = revealed(index, first, extent);
    if (next !== first) element.scrollTop = scrollFor(next, extent);
  }, [index, isLive]);
  const onScrolled = ({scrollTop}: HTMLElement): void => {
    const next = firstRowAt(scrollTop, extent);
    follow.current.isAtEnd = next + viewPx / ROW_PX >= extent.total - 1;
    onScroll(next);
  };
  const visible = Math.ceil(viewPx / ROW_PX) + 1;
  const from = Math.floor(first);
  const rows = Array.from(
    {length: Math.min(visible, Math.max(0, extent.total - from))},
    (_, at) => from + at,
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table has no rows that are not there
    <div
      class="rows"
      role="grid"
      aria-label="Events"
      aria-rowcount={extent.total}
      aria-activedescendant={index >= from && index < from + visible ? `event-${index}` : undefined}
      tabIndex={0}
      ref={box}
      onScroll={({currentTarget}) => onScrolled(currentTarget)}
      onKeyDown={(event) => onKey(event, answer, Math.floor(viewPx / ROW_PX) - 1)}
    >
      <div class="rows-all" style={{height: `${Math.max(viewPx, heightOf(extent))}px`}}>
        <div class="rows-seen" style={{height: `${viewPx}px`}}>
          <div style={{transform: `translateY(${-(first - from) * ROW_PX}px)`}}>
            {rows.map((at) => (
              <Row key={at} at={at} index={index} row={answer === null ? null : rowAt(answer, at)} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** Up and Down go to the row before or after, Enter shows its actor. */
function onKey(event: KeyboardEvent, answer: Answer | null, page: number): void {
  if (answer === null) return;
  const {index, total} = answer;
  if (event.key === 'Enter') {
    const actor = rowAt(answer, index)?.actor ?? null;
    if (actor !== null) showActor(actor);
    return;
  }
  const targets: Readonly<Record<string, number>> = {
    ArrowUp: index - 1,
    ArrowDown: index + 1,
    PageUp: index - page,
    PageDown: index + page,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  const row = rowAt(answer, Math.min(total - 1, Math.max(0, target)));
  if (row !== null) choose(row);
}

function choose({row, data, actor, server}: NumberedRow): void {
  goTo(data.t, row);
  if (actor !== null) chosenActor.value = actor;
  if (server !== null) chosenServer.value = server;
}

interface RowProps {
  readonly at: number;
  readonly index: number;
  readonly row: NumberedRow | null;
}

/** Keys are those of the grid; a row takes the pointer alone. */
function Row({at, index, row}: RowProps) {
  const time = at === index ? 'now' : at < index ? 'past' : 'future';
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of a grid
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      class="row"
      role="row"
      id={`event-${at}`}
      aria-rowindex={at + 1}
      aria-selected={at === index}
      data-time={time}
      data-kind={row?.data.k}
      tabIndex={-1}
      onClick={() => row !== null && choose(row)}
    >
      <Cell name="time">{row === null ? '' : formatRowTime(row.data.t)}</Cell>
      <Cell name="kind">{row?.data.k ?? ''}</Cell>
      <Cell name="who">{row?.who ?? ''}</Cell>
      <Cell name="what">{row?.what ?? ''}</Cell>
    </div>
  );
}

function Cell({name, children}: {readonly name: string; readonly children: string}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of a grid
    <span role="gridcell" class={`row-${name}`} title={children} tabIndex={-1}>
      {children}
    </span>
  );
}
