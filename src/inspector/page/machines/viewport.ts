/** What part of a drawing is in sight, and how large: moved, zoomed, fitted. Pure; all lengths are pixels. */

import type {Place, Rectangle} from '../../charts/laid-chart.js';

export interface Viewport {
  /** Where the drawing's left top corner is, from that of the window. */
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const SCALE_MIN = 0.1;
export const SCALE_MAX = 3;
/** Smaller than this, small text is not readable. */
export const READABLE_SCALE = 0.62;
/** What a drawing is shown at that does not fit as a whole. */
const NEAR_SCALE = 0.85;
const MARGIN = 12;
/** What buttons cover at the lower end. */
const BUTTONS_HEIGHT = 44;

/** All of the drawing, in the middle; never larger than it is. */
export function fitted(drawing: Size, view: Size): Viewport {
  const wide = (view.width - 2 * MARGIN) / Math.max(1, drawing.width);
  const free = view.height - BUTTONS_HEIGHT;
  const high = (free - 2 * MARGIN) / Math.max(1, drawing.height);
  const scale = clamp(Math.min(wide, high, 1), SCALE_MIN, SCALE_MAX);
  return {scale, x: (view.width - drawing.width * scale) / 2, y: (free - drawing.height * scale) / 2};
}

/** All of the drawing where that can be read; else the part around `what`, and no empty margin where there is more. */
export function focused(drawing: Size, view: Size, what: Rectangle | null): Viewport {
  const whole = fitted(drawing, view);
  if (whole.scale >= READABLE_SCALE || what === null) return whole;
  const scale = NEAR_SCALE;
  const middle = {x: what.x + what.width / 2, y: what.y + what.height / 2};
  return {
    scale,
    x: within(view.width / 2 - middle.x * scale, drawing.width * scale, view.width),
    y: within(view.height / 2 - middle.y * scale, drawing.height * scale, view.height),
  };
}

function within(offset: number, drawn: number, seen: number): number {
  if (drawn + 2 * MARGIN <= seen) return (seen - drawn) / 2;
  return clamp(offset, seen - drawn - MARGIN, MARGIN);
}

export function moved(viewport: Viewport, by: Place): Viewport {
  return {...viewport, x: viewport.x + by.x, y: viewport.y + by.y};
}

/** So that what is at a point of the window stays there. */
export function zoomed(viewport: Viewport, factor: number, at: Place): Viewport {
  const scale = clamp(viewport.scale * factor, SCALE_MIN, SCALE_MAX);
  const by = scale / viewport.scale;
  return {scale, x: at.x - (at.x - viewport.x) * by, y: at.y - (at.y - viewport.y) * by};
}

/** The rectangle around several; null: there are none. */
export function around(rectangles: readonly Rectangle[]): Rectangle | null {
  if (rectangles.length === 0) return null;
  const x = Math.min(...rectangles.map((it) => it.x));
  const y = Math.min(...rectangles.map((it) => it.y));
  const right = Math.max(...rectangles.map((it) => it.x + it.width));
  const bottom = Math.max(...rectangles.map((it) => it.y + it.height));
  return {x, y, width: right - x, height: bottom - y};
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
