/** Breaks pieces of text into lines, and puts lines at their places. */

import type {LaidLine, TextPiece} from './laid-chart.js';
import {fixedWidth, LINE_HEIGHT, plainWidth} from './text-size.js';

/** A line that has no place yet. */
export interface TextLine {
  readonly pieces: readonly TextPiece[];
  readonly width: number;
  readonly transitions: readonly string[];
}

/** From the top of a line to the base of its letters. */
const BASE = 12;

/** Breaks between pieces, so that no line but that of one long piece is wider than `widthMax`. */
export function wrapped(
  pieces: readonly TextPiece[],
  widthMax: number,
  transitions: readonly string[] = [],
): TextLine[] {
  const lines: TextPiece[][] = [];
  let width = 0;
  for (const piece of pieces) {
    const last = lines.at(-1);
    const more = widthOf(piece) + fixedWidth(' ');
    if (last !== undefined && width + more <= widthMax) {
      last.push(piece);
      width += more;
    } else {
      lines.push([piece]);
      width = widthOf(piece);
    }
  }
  return lines.map((line) => ({pieces: line, width: lineWidth(line), transitions}));
}

/** A sentence in lines. */
export function wrappedSentence(sentence: string, widthMax: number): TextLine[] {
  const words = sentence.split(/\s+/).filter((word) => word !== '');
  const lines = wrapped(
    words.map((text) => ({role: 'about', text})),
    widthMax,
  );
  return lines.map(({pieces, width}) => ({
    pieces: [{role: 'about', text: pieces.map(({text}) => text).join(' ')}],
    width,
    transitions: [],
  }));
}

function widthOf({role, text}: TextPiece): number {
  return role === 'about' ? plainWidth(text) : fixedWidth(text);
}

function lineWidth(pieces: readonly TextPiece[]): number {
  return pieces.reduce((sum, piece) => sum + widthOf(piece), 0) + (pieces.length - 1) * fixedWidth(' ');
}

export function widest(lines: readonly TextLine[]): number {
  return lines.reduce((most, {width}) => Math.max(most, width), 0);
}

/** Lines below one another; `x` is their left end, or their middle. */
export function placed(
  lines: readonly TextLine[],
  {x, y, align}: {readonly x: number; readonly y: number; readonly align: LaidLine['align']},
): LaidLine[] {
  return lines.map(({pieces, transitions}, index) => ({
    x,
    y: y + index * LINE_HEIGHT + BASE,
    align,
    pieces,
    transitions,
  }));
}
