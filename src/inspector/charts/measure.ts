/** What stands in the box of a state and on an arrow, and how much room it takes. */

import type {ChartState} from './chart.js';
import {type Arrow, arrowsOf, piecesOf} from './clauses.js';
import type {TextPiece} from './laid-chart.js';
import {type TextLine, widest, wrapped, wrappedSentence} from './text-lines.js';
import {fixedWidth, LINE_HEIGHT, titleWidth} from './text-size.js';

export const BOX_PADDING = 10;
export const TITLE_HEIGHT = 26;
const LINES_GAP = 6;
const LABEL_PADDING = 5;
/** Lines are broken beyond these: a box is read, a label only passed by. */
const BOX_LINE_WIDTH = 300;
const WIDE_BOX_LINE_WIDTH = 520;
const LABEL_LINE_WIDTH = 230;
const ABOUT_WIDTH = 230;
const ICON_WIDTH = 16;

export interface Head {
  readonly lines: readonly TextLine[];
  readonly width: number;
  readonly height: number;
}

/** The upper part of a box: all of it where there are no states inside. */
export function headOf(state: ChartState): Head {
  const isOuter = state.states.length > 0;
  const widthMax = isOuter ? WIDE_BOX_LINE_WIDTH : BOX_LINE_WIDTH;
  const about =
    state.description === null ? [] : wrappedSentence(state.description, isOuter ? widthMax : ABOUT_WIDTH);
  const lines = [...about, ...factsOf(state).flatMap(({pieces, ids}) => wrapped(pieces, widthMax, ids))];
  const width = Math.max(titleWidth(titleOf(state)) + ICON_WIDTH, widest(lines)) + 2 * BOX_PADDING;
  const below = lines.length === 0 ? 0 : lines.length * LINE_HEIGHT + LINES_GAP;
  return {lines, width: Math.ceil(width), height: TITLE_HEIGHT + below};
}

export function titleOf({kind, key}: ChartState): string {
  return kind === 'history' ? `${key} (history)` : key;
}

interface Fact {
  readonly pieces: readonly TextPiece[];
  readonly ids: readonly string[];
}

function factsOf(state: ChartState): Fact[] {
  const named = (role: TextPiece['role'], word: string, text: string): Fact => ({
    pieces: [
      {role: 'word', text: word},
      {role, text},
    ],
    ids: [],
  });
  const invoked = ({id, source}: ChartState['invokes'][number]) => (id === source ? id : `${id}: ${source}`);
  return [
    ...state.invokes.map((invoke) => named('actor', 'runs', invoked(invoke))),
    ...state.entry.map((action) => named('action', 'entry /', action)),
    ...state.exit.map((action) => named('action', 'exit /', action)),
    ...arrowsOf(state)
      .filter(({targets}) => targets.length === 0)
      .flatMap(({clauses}) => clauses)
      .map((clause) => ({pieces: piecesOf(clause, true), ids: clause.transitions})),
  ];
}

export interface Label {
  readonly lines: readonly TextLine[];
  readonly width: number;
  readonly height: number;
}

/** The text of an arrow: a clause below the other. */
export function labelOf({clauses}: Arrow): Label {
  const lines = clauses.flatMap((clause) =>
    wrapped(piecesOf(clause, false), LABEL_LINE_WIDTH, clause.transitions),
  );
  return {
    lines,
    width: Math.ceil(widest(lines) + 2 * LABEL_PADDING + fixedWidth(' ')),
    height: lines.length * LINE_HEIGHT + LABEL_PADDING,
  };
}
