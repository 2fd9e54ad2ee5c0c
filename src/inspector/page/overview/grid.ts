/** Where the cells of a map go: as large as they may be, in rows from the left. Pure; lengths in CSS pixels. */

export interface Grid {
  readonly cells: number;
  readonly columns: number;
  readonly rows: number;
  /** Edge of a cell, without the gap. */
  readonly size: number;
  readonly gap: number;
  readonly width: number;
  readonly height: number;
}

/** How large cells may be, and how high all of them should be at most; small ones get no gap. */
export interface GridBounds {
  readonly width: number;
  readonly height: number;
  readonly largest: number;
  readonly smallest: number;
}

/** From this edge on cells stand apart. */
const GAP_FROM = 5;
const WIDE_GAP_FROM = 20;
const WIDE_GAP = 3;

/**
 * The largest squares that fit, so many to a row that rows fill the width. Where not even the smallest fit, the grid is higher
 * than wanted, and whoever shows it scrolls.
 */
export function gridOf(cells: number, {width, height, largest, smallest}: GridBounds): Grid {
  const columns = Math.max(1, Math.ceil(width / (largest + WIDE_GAP)));
  let grid = gridWith(cells, width, cells < columns ? largest : Math.min(largest, fitting(width, columns)));
  while (grid.height > height && grid.size > smallest) {
    // The next size at which one more fits into a row.
    const columns = Math.floor((width + grid.gap) / (grid.size + grid.gap)) + 1;
    const size = Math.min(grid.size - 1, fitting(width, columns));
    grid = gridWith(cells, width, Math.max(smallest, size));
  }
  return tidied(grid, {width, height, largest, smallest});
}

/** How many columns may be given up for rows that are all of one length. */
const TIDY_SHARE = 0.2;

/** With whole rows, where a few columns less give them: a hundred blocks are ten by ten. */
function tidied(grid: Grid, {width, height, largest}: GridBounds): Grid {
  if (grid.rows === 1) return grid;
  for (let columns = grid.columns; columns >= grid.columns * (1 - TIDY_SHARE); columns--) {
    const size = fitting(width, columns);
    if (grid.cells % columns !== 0 || size > largest) continue;
    const whole = gridWith(grid.cells, width, size);
    if (whole.columns === columns && whole.height <= height) return whole;
  }
  return grid;
}

/** The edge of cells of which `columns` fill a width. */
function fitting(width: number, columns: number): number {
  const size = Math.floor(width / columns);
  return Math.floor((width + gapOf(size)) / columns) - gapOf(size);
}

function gridWith(cells: number, width: number, size: number): Grid {
  const gap = gapOf(size);
  const columns = Math.max(1, Math.min(cells, Math.floor((width + gap) / (size + gap))));
  const rows = Math.ceil(cells / columns);
  const extent = (count: number): number => Math.max(0, count * (size + gap) - gap);
  return {cells, columns, rows, size, gap, width: extent(columns), height: extent(rows)};
}

function gapOf(size: number): number {
  if (size < GAP_FROM) return 0;
  return size < WIDE_GAP_FROM ? 1 : WIDE_GAP;
}

/** Upper left corner of a cell, from 0. */
export function cornerOf(grid: Grid, cell: number): {readonly x: number; readonly y: number} {
  const step = grid.size + grid.gap;
  return {x: (cell % grid.columns) * step, y: Math.floor(cell / grid.columns) * step};
}

/** The cell at a point; null: none is there. */
export function cellAt(grid: Grid, x: number, y: number): number | null {
  const step = grid.size + grid.gap;
  const column = Math.floor(x / step);
  const row = Math.floor(y / step);
  if (x < 0 || y < 0 || column >= grid.columns) return null;
  const cell = row * grid.columns + column;
  return cell < grid.cells ? cell : null;
}

/** Where a key leads from a cell; null: it is no key of the grid. */
export function movedBy(grid: Grid, cell: number, key: string): number | null {
  const last = grid.cells - 1;
  const column = cell % grid.columns;
  const to = {
    ArrowLeft: cell - 1,
    ArrowRight: cell + 1,
    ArrowUp: cell - grid.columns < 0 ? cell : cell - grid.columns,
    ArrowDown: cell + grid.columns > last ? cell : cell + grid.columns,
    Home: cell - column,
    End: cell - column + grid.columns - 1,
    PageUp: column,
    PageDown: last,
  }[key];
  return to === undefined ? null : Math.min(last, Math.max(0, to));
}
