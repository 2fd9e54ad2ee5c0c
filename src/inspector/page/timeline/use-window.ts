/** Which part of the trace the timeline shows: all of it until somebody zooms in, and then what was chosen. */

import {signal} from '@preact/signals';
import {panned, roundEnd, showing, type Window, zoomed} from './window.js';

/** What was chosen; null: everything. It stays while another view is looked at. */
const chosen = signal<Window | null>(null);

export interface WindowControl {
  readonly window: Window;
  readonly isWhole: boolean;
  /** A factor below 1 shows less, `atMs` staying where it is. */
  readonly zoom: (factor: number, atMs: number) => void;
  /** Along by a share of what is shown. */
  readonly pan: (share: number) => void;
  /** So that a moment is in it. */
  readonly show: (atMs: number) => void;
  readonly fit: () => void;
}

/** `endMs`: of the last row. While rows come in, the whole ends at a round time, so that it does not move all the time. */
export function useWindow(endMs: number, isLive: boolean): WindowControl {
  const end = Math.max(1, isLive ? roundEnd(endMs) : endMs);
  const window = chosen.value ?? {fromMs: 0, toMs: end};
  const set = (to: Window): void => {
    const isAll = to.fromMs <= 0 && to.toMs >= end;
    chosen.value = isAll ? null : to;
  };
  return {
    window,
    isWhole: chosen.value === null,
    zoom: (factor, atMs) => set(zoomed(window, factor, atMs, end)),
    pan: (share) => set(panned(window, share * (window.toMs - window.fromMs), end)),
    show: (atMs) => set(showing(window, atMs, end)),
    fit: () => {
      chosen.value = null;
    },
  };
}
