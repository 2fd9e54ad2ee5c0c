/** Rate and lanes over time, with the moment as a line over both. */

import {useCallback, useRef, useState} from 'preact/hooks';
import type {Lanes} from '../model/queries.js';
import {Part} from '../overview/part.js';
import {useWidth} from '../overview/use-width.js';
import {goTo} from '../store.js';
import {Canvas} from './canvas.js';
import {MomentLine} from './moment-line.js';
import {LANE_HEIGHT, paintLanes} from './paint-lanes.js';
import {paintRate, RATE_HEIGHT} from './paint-rate.js';
import {type Segment, segmentAt, walked} from './segments.js';
import type {WindowControl} from './use-window.js';
import {timeAt} from './window.js';

interface PlotProps {
  readonly lanes: Lanes;
  readonly control: WindowControl;
  /** The moment that all views show. */
  readonly atMs: number;
  readonly endMs: number;
  readonly segment: Segment | null;
  readonly onSegment: (segment: Segment | null) => void;
  /** Lanes of those that take no part for no fault of theirs. */
  readonly isCalm: (id: number) => boolean;
}

/** The lanes are this high at most; more are scrolled. */
const LANES_HEIGHT_MAX = 616;
const ZOOM_STEP = 1.25;

export function Plot({lanes, control, atMs, endMs, segment, onSegment, isCalm}: PlotProps) {
  const [box, width] = useWidth();
  const [top, setTop] = useState(0);
  const {window} = control;
  const whole = lanes.lanes.length * LANE_HEIGHT;
  const height = Math.min(whole, LANES_HEIGHT_MAX);
  const chosen = segment === null ? null : {...segment};

  const drawRate = useCallback(
    (context: CanvasRenderingContext2D, colour: (name: string) => string) =>
      paintRate(context, {lanes, window, width, colour}),
    [lanes, window.fromMs, window.toMs, width],
  );
  const drawLanes = useCallback(
    (context: CanvasRenderingContext2D, colour: (name: string) => string) =>
      paintLanes(context, {lanes, window, width, height, top, colour, chosen, isCalm}),
    [lanes, window.fromMs, window.toMs, width, height, top, segment, isCalm],
  );
  const drag = useDrag((x) => goTo(Math.min(endMs, Math.max(0, timeAt(window, width, x)))));
  const onWheel = (event: WheelEvent, isFree: boolean): void => {
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      control.pan(event.deltaX / Math.max(1, width));
    } else if (isFree || event.ctrlKey || event.metaKey) {
      event.preventDefault();
      control.zoom(event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP, timeAt(window, width, event.offsetX));
    }
  };
  const onLanesClick = (event: MouseEvent): void => {
    const lane = Math.floor((event.offsetY + top) / LANE_HEIGHT);
    onSegment(segmentAt(lanes, lane, timeAt(window, width, event.offsetX)));
  };
  const onLanesKey = (event: KeyboardEvent): void => {
    const to = segment === null ? segmentAt(lanes, 0, atMs) : walked(lanes, segment, event.key);
    if (event.key === 'Escape') onSegment(null);
    else if (event.key === 'Enter' && segment !== null) goTo(segment.fromMs);
    else if (to !== null && /^(Arrow|Home|End)/.test(event.key)) {
      event.preventDefault();
      onSegment(to);
      control.show(to.fromMs);
    }
  };
  return (
    <div class="plot">
      <div class="plot-corner">rate over all</div>
      <Part
        role="group"
        aria-label="Rate over time"
        class="plot-rate"
        ref={box}
        {...drag}
        onWheel={(event) => onWheel(event, true)}
      >
        <Canvas width={width} height={RATE_HEIGHT} paint={drawRate} />
      </Part>
      <Part
        class="plot-lanes"
        role="group"
        tabIndex={0}
        aria-label="Segments: arrow keys walk from one to another, Enter goes to its start"
        style={{maxHeight: `${LANES_HEIGHT_MAX}px`}}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={onLanesKey}
      >
        <ul class="plot-names" style={{height: `${whole}px`}} aria-label="Lanes">
          {lanes.lanes.map(({id, label}) => (
            <li key={id} title={label} style={{height: `${LANE_HEIGHT}px`}}>
              {label}
            </li>
          ))}
        </ul>
        <Part
          role="group"
          aria-label="Lanes over time"
          class="plot-canvas"
          {...drag}
          onClick={onLanesClick}
          onWheel={(event) => onWheel(event, false)}
        >
          <Canvas width={width} height={height} paint={drawLanes} />
        </Part>
      </Part>
      <MomentLine control={control} atMs={atMs} endMs={endMs} width={width} height={RATE_HEIGHT + height} />
    </div>
  );
}

/** Pressed and drawn along: each place on the way. */
function useDrag(onMove: (x: number) => void) {
  const isDown = useRef(false);
  const at = (event: PointerEvent): number =>
    event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left;
  return {
    onPointerDown: (event: PointerEvent): void => {
      if (event.button !== 0) return;
      isDown.current = true;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      onMove(at(event));
    },
    onPointerMove: (event: PointerEvent): void => {
      if (isDown.current) onMove(at(event));
    },
    onPointerUp: (): void => {
      isDown.current = false;
    },
    onPointerCancel: (): void => {
      isDown.current = false;
    },
  };
}
