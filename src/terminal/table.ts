/** Rows under headings, as wide as what is in them, within the columns of a terminal. Pure. Expects escaped text. */

import {columnsOf, fit, fitMiddle, left, right} from './columns.js';
import {type Colour, painter} from './paint.js';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** What is given up first where there is no room for all, down to so many columns; null: nothing. */
  readonly shrinkTo: number | null;
}

export interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Lines below the row, shown indented and cut like it. */
  readonly below?: readonly string[];
}

export interface TableStyle {
  readonly color: boolean;
  /** Of the terminal; null: lines may be as long as they are. */
  readonly columns: number | null;
}

const GAP = '  ';
/** Without a terminal nothing is cut; one very long name does not move the columns of all others away. */
const UNCUT_COLUMNS_MAX = 60;

/** The heading and the rows. The last column is never filled up with blanks. */
export function tableLines(columns: readonly Column[], rows: readonly Row[], style: TableStyle): string[] {
  const paint = painter(style.color);
  const widths = widthsOf(columns, rows, style.columns);
  const isCut = style.columns !== null;
  const lineOf = (cells: readonly Cell[]) =>
    columns
      .map(({align}, index) => {
        const {text = '', colour} = cells[index] ?? {};
        const width = widths[index] ?? 0;
        const isLast = index === columns.length - 1;
        const cell = isLast ? within(text, isCut ? width : null, 0) : cellText(text, align, width, isCut);
        return colour === undefined || cell === '' ? cell : paint(colour, cell);
      })
      .join(GAP)
      .trimEnd();
  const lines = [paint('dim', lineOf(columns.map(({title}) => ({text: title}))))];
  for (const {cells, below = []} of rows) {
    lines.push(lineOf(cells));
    for (const line of below) lines.push(paint('dim', GAP + within(line, style.columns, GAP.length)));
  }
  return lines;
}

function cellText(text: string, align: Column['align'], width: number, isCut: boolean): string {
  if (!isCut && columnsOf(text) > width) return text;
  return align === 'right' ? right(text, width) : left(fitMiddle(text, width), width);
}

function within(line: string, columns: number | null, used: number): string {
  return columns === null ? line : fit(line, Math.max(1, columns - used));
}

/** Each column as wide as its widest cell; where that is too much, columns shrink one after the other from the left. */
function widthsOf(columns: readonly Column[], rows: readonly Row[], most: number | null): number[] {
  const widths = columns.map(({title}, index) =>
    rows.reduce((width, {cells}) => Math.max(width, columnsOf(cells[index]?.text ?? '')), columnsOf(title)),
  );
  if (most === null) return widths.map((width) => Math.min(width, UNCUT_COLUMNS_MAX));
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (columns.length - 1) - most;
  for (const [index, {shrinkTo}] of columns.entries()) {
    if (shrinkTo === null || excess <= 0) continue;
    const width = widths[index] ?? 0;
    const narrower = Math.max(Math.min(shrinkTo, width), width - excess);
    widths[index] = narrower;
    excess -= width - narrower;
  }
  return widths;
}
