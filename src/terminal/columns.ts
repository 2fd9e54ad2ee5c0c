/** Fitting text into the columns of a terminal. Expects escaped text: no controls, nothing of zero width but marks. */

/** Blocks that terminals draw two columns wide: Hangul, kana, CJK, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const MARK = /\p{Mn}|\p{Me}/u;

/** Columns that a text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** The text within so many columns; what is cut ends in an ellipsis. */
export function fit(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let used = 1;
  let shown = '';
  for (const character of text) {
    used += widthOf(character);
    if (used > columns) break;
    shown += character;
  }
  return columns < 1 ? '' : `${shown}…`;
}

/** The text within so many columns, cut in its middle: what tells two addresses apart may be host or port. */
export function fitMiddle(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const end = [...text].reverse();
  const endColumns = Math.max(0, Math.floor((columns - 1) / 2));
  let used = 0;
  let shown = '';
  for (const character of end) {
    used += widthOf(character);
    if (used > endColumns) break;
    shown = character + shown;
  }
  return fit(text, columns - columnsOf(shown)) + shown;
}

/** The text in exactly so many columns: cut, or filled up on its right. */
export function left(text: string, columns: number): string {
  const shown = fit(text, columns);
  return shown + ' '.repeat(columns - columnsOf(shown));
}

/** The text in exactly so many columns: cut, or filled up on its left. */
export function right(text: string, columns: number): string {
  const shown = fit(text, columns);
  return ' '.repeat(columns - columnsOf(shown)) + shown;
}

/**
 * A sentence in lines of at most so many columns, broken between words; those after the first begin with `indent`. A word
 * that is longer stays whole.
 */
export function wrapped(text: string, columns: number, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<=\S) +/)) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last === undefined) lines.push(word);
    else if (columnsOf(longer) > columns) lines.push(indent + word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function widthOf(character: string): number {
  if (character < '\u0300') return 1;
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
