/**
 * Which rows of a very long list are in sight. A browser has no room for a million rows of 26 pixels, so beyond a
 * height the list is scaled: a pixel of scrolling is then more than a pixel of rows. Pure.
 */

/** Height of a row in pixels; the style sheet has the same. */
export const ROW_PX = 26;
/** Below what every browser can scroll. */
const HEIGHT_MAX_PX = 6_000_000;

export interface Extent {
  readonly total: number;
  /** Height of what is in sight, in pixels. */
  readonly viewPx: number;
}

/** Height of the whole list as it is scrolled, in pixels. */
export function heightOf({total}: Extent): number {
  return Math.min(HEIGHT_MAX_PX, total * ROW_PX);
}

/** First row in sight, with a fraction: part of it has been scrolled away. */
export function firstRowAt(scrollPx: number, extent: Extent): number {
  const range = heightOf(extent) - extent.viewPx;
  const rows = extent.total - extent.viewPx / ROW_PX;
  if (range <= 0 || rows <= 0) return 0;
  return Math.min(1, Math.max(0, scrollPx / range)) * rows;
}

/** How far to scroll so that a row, with a fraction, is the first in sight. */
export function scrollFor(first: number, extent: Extent): number {
  const range = heightOf(extent) - extent.viewPx;
  const rows = extent.total - extent.viewPx / ROW_PX;
  if (range <= 0 || rows <= 0) return 0;
  return (Math.min(rows, Math.max(0, first)) / rows) * range;
}

/** First row in sight after a row was brought into sight: unchanged when it is there already. */
export function revealed(row: number, first: number, extent: Extent): number {
  const visible = extent.viewPx / ROW_PX;
  if (row >= first && row + 1 <= first + visible) return first;
  const isNear = row >= first - visible && row <= first + 2 * visible;
  if (!isNear) return row - visible / 2;
  return row < first ? row : row + 1 - visible;
}
