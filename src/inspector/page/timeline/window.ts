/** The part of a trace that the timeline shows: zoom, pan, and where times stand. Pure; times in ms, lengths in pixels. */

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Closer than this nothing new is to be seen. */
const SPAN_MS_MIN = 20;

/** The same window with its length times `factor`, `atMs` staying where it is; never beyond `[0, endMs]`. */
export function zoomed({fromMs, toMs}: Window, factor: number, atMs: number, endMs: number): Window {
  const span = toMs - fromMs;
  const wanted = Math.min(Math.max(span * factor, SPAN_MS_MIN), Math.max(endMs, SPAN_MS_MIN));
  const share = span === 0 ? 0.5 : (atMs - fromMs) / span;
  return within({fromMs: atMs - share * wanted, toMs: atMs + (1 - share) * wanted}, endMs);
}

/** Moved along by `byMs`, as far as there is anything. */
export function panned({fromMs, toMs}: Window, byMs: number, endMs: number): Window {
  return within({fromMs: fromMs + byMs, toMs: toMs + byMs}, endMs);
}

/** The window, moved so far that `atMs` is in it. */
export function showing(window: Window, atMs: number, endMs: number): Window {
  if (atMs < window.fromMs) return panned(window, atMs - window.fromMs, endMs);
  if (atMs > window.toMs) return panned(window, atMs - window.toMs, endMs);
  return window;
}

function within({fromMs, toMs}: Window, endMs: number): Window {
  const span = toMs - fromMs;
  const end = Math.max(endMs, span);
  const from = Math.min(Math.max(0, fromMs), end - span);
  return {fromMs: from, toMs: from + span};
}

export function xOf({fromMs, toMs}: Window, width: number, atMs: number): number {
  return ((atMs - fromMs) / Math.max(toMs - fromMs, Number.MIN_VALUE)) * width;
}

export function timeAt({fromMs, toMs}: Window, width: number, x: number): number {
  return fromMs + (x / Math.max(1, width)) * (toMs - fromMs);
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 43_200_000, 86_400_000, 172_800_000,
  604_800_000,
] as const;

/** Round times of the window, at least `apart` pixels from one another. */
export function ticksOf(window: Window, width: number, apart: number): number[] {
  const span = window.toMs - window.fromMs;
  const wanted = (span * apart) / Math.max(1, width);
  const step = STEPS_MS.find((it) => it >= wanted) ?? Math.max(wanted, 1);
  const ticks: number[] = [];
  for (let at = Math.ceil(window.fromMs / step) * step; at <= window.toMs; at += step) ticks.push(at);
  return ticks;
}

/** A round rate at or above the highest one: the top of the axis. */
export function topRate(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const digit = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((it) => it * power >= highest) ?? 10;
  return digit * power;
}

/** A round time at or somewhat after the end of a trace that grows. */
export function roundEnd(endMs: number): number {
  const step = Math.max(1_000, 2 ** Math.floor(Math.log2(Math.max(1, endMs) / 8)));
  return Math.ceil(Math.max(1, endMs) / step) * step;
}
