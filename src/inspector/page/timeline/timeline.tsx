/** What every server did over time, with the moment that all views show. */

import '../overview/overview.css';
import '../overview/map.css';
import './timeline.css';
import {useCallback, useState} from 'preact/hooks';
import {formatCount} from '../../../units.js';
import {useAnswer} from '../connection.js';
import type {Moment, ServerMoment} from '../model/moment.js';
import {laneIds} from '../overview/lane-order.js';
import {Part} from '../overview/part.js';
import {useWidth} from '../overview/use-width.js';
import {chosenFile, feed, moment} from '../store.js';
import {Legend} from './legend.js';
import {Plot} from './plot.js';
import {SegmentCard} from './segment-card.js';
import {formatMoment} from './segment-words.js';
import type {Segment} from './segments.js';
import {useWindow, type WindowControl} from './use-window.js';

const ZOOM_STEP = 1.5;
/** Pixels of the plot that are asked for, in steps: while a window is drawn larger not every width is a question. */
const PIXELS_STEP = 100;

export function Timeline() {
  const [box, width] = useWidth();
  const [segment, setSegment] = useState<Segment | null>(null);
  const endMs = feed.value?.endMs ?? 0;
  const control = useWindow(endMs, feed.value?.status.kind === 'live');
  const {fromMs, toMs} = control.window;
  const pixels = Math.max(PIXELS_STEP, Math.ceil(width / PIXELS_STEP) * PIXELS_STEP);
  const now = moment.value;
  const ids = laneIds(now?.servers ?? []);
  const query = {item: chosenFile.value, fromMs, toMs, pixels, ...(ids && {ids})};
  const lanes = useAnswer('lanes', query, 'timeline');
  const calm = calmOnes(now);
  const isCalm = useCallback((id: number) => calm.has(id), [[...calm].join()]);
  const atMs = now?.t ?? 0;
  const noun = lanes?.of === 'clients' ? 'client' : 'server';
  return (
    <div class="timeline" ref={box}>
      <section class="card" aria-label="Timeline">
        <header class="card-head">
          <h2>{noun === 'client' ? 'Clients over time' : 'Servers over time'}</h2>
          <p class="card-note">
            {formatMoment(fromMs)} to {formatMoment(toMs)}
          </p>
          <ZoomButtons control={control} atMs={atMs} />
        </header>
        {lanes === null || lanes.lanes.length === 0 ? (
          <p class="empty">{lanes === null ? '' : 'Nothing has happened yet.'}</p>
        ) : (
          <>
            <Plot
              lanes={lanes}
              control={control}
              atMs={atMs}
              endMs={endMs}
              segment={segment}
              onSegment={setSegment}
              isCalm={isCalm}
            />
            {lanes.total > lanes.lanes.length && (
              <p class="card-note">
                {lanes.lanes.length} of {formatCount(lanes.total, noun)}
              </p>
            )}
            <Legend lanes={lanes} />
          </>
        )}
      </section>
      {segment !== null && lanes !== null && (
        <SegmentCard segment={segment} of={lanes.of} onClose={() => setSegment(null)} />
      )}
    </div>
  );
}

const CALM: ReadonlySet<ServerMoment['state']> = new Set(['absent', 'alias']);

/** Servers that are out for no fault of theirs. */
function calmOnes(now: Moment | null): ReadonlySet<number> {
  return new Set(now?.servers.filter(({state}) => CALM.has(state)).map(({server}) => server));
}

function ZoomButtons({control, atMs}: {readonly control: WindowControl; readonly atMs: number}) {
  const {window, isWhole} = control;
  const centre = atMs >= window.fromMs && atMs <= window.toMs ? atMs : (window.fromMs + window.toMs) / 2;
  return (
    <Part class="zoom-nav zoom-right" role="group" aria-label="Zoom">
      <button type="button" disabled={isWhole} onClick={() => control.pan(-0.5)} aria-label="Earlier">
        ←
      </button>
      <button type="button" disabled={isWhole} onClick={() => control.pan(0.5)} aria-label="Later">
        →
      </button>
      <button
        type="button"
        disabled={isWhole}
        onClick={() => control.zoom(ZOOM_STEP, centre)}
        aria-label="Zoom out"
      >
        −
      </button>
      <button type="button" onClick={() => control.zoom(1 / ZOOM_STEP, centre)} aria-label="Zoom in">
        +
      </button>
      <button type="button" disabled={isWhole} onClick={control.fit}>
        Whole
      </button>
    </Part>
  );
}
