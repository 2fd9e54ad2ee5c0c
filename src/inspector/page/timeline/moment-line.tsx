/** The moment that all views show, as a line over the timeline that keys move. */

import {goLive, goTo} from '../store.js';
import {formatMoment} from './segment-words.js';
import type {WindowControl} from './use-window.js';
import {xOf} from './window.js';

interface MomentLineProps {
  readonly control: WindowControl;
  readonly atMs: number;
  readonly endMs: number;
  readonly width: number;
  readonly height: number;
}

/** Steps of the arrow keys, as shares of what is shown. */
const STEP = 0.01;
const LONG_STEP = 0.1;
const ZOOM_STEP = 1.5;

export function MomentLine({control, atMs, endMs, width, height}: MomentLineProps) {
  const {window} = control;
  const x = xOf(window, width, atMs);
  const span = window.toMs - window.fromMs;
  const go = (to: number): void => {
    const at = Math.min(endMs, Math.max(0, to));
    goTo(at);
    control.show(at);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = span * (event.shiftKey ? LONG_STEP : STEP);
    const actions: Record<string, () => void> = {
      ArrowLeft: () => go(atMs - step),
      ArrowDown: () => go(atMs - step),
      ArrowRight: () => go(atMs + step),
      ArrowUp: () => go(atMs + step),
      Home: () => go(0),
      End: goLive,
      PageUp: () => control.pan(-0.5),
      PageDown: () => control.pan(0.5),
      '+': () => control.zoom(1 / ZOOM_STEP, atMs),
      '=': () => control.zoom(1 / ZOOM_STEP, atMs),
      '-': () => control.zoom(ZOOM_STEP, atMs),
      '0': control.fit,
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  return (
    <div class="moment-frame">
      <div
        class="moment-line"
        role="slider"
        tabIndex={0}
        aria-label="Moment in the timeline: arrow keys move, plus and minus zoom"
        aria-valuemin={0}
        aria-valuemax={Math.round(endMs)}
        aria-valuenow={Math.round(atMs)}
        aria-valuetext={formatMoment(atMs)}
        data-outside={x < 0 || x > width}
        style={{transform: `translateX(${Math.min(width, Math.max(0, x))}px)`, height: `${height}px`}}
        onKeyDown={onKeyDown}
      >
        <span class="moment-flag" data-left={x > width - 64}>
          {formatMoment(atMs)}
        </span>
      </div>
    </div>
  );
}
