/** Text of others, made harmless: whatever a peer or a file name says reaches terminal and logs only through here. */

import {REMOTE_TEXT_MAX} from '../limits.js';

/**
 * What a terminal may act on, or an eye cannot see: controls, format characters (bidi, zero-width), lone surrogates,
 * private and unassigned code points, line separators, and everything that is ignorable by default.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * The text with every unsafe character written as `\u{…}`, cut to `max` characters (code points of the result, an
 * ellipsis included). The work is bounded by `max`, not by the length of the text.
 */
export function escapeRemote(text: string, max = REMOTE_TEXT_MAX): string {
  const shown: string[] = [];
  let length = 0;
  for (const character of text) {
    const piece = UNSAFE.test(character) ? `\\u{${character.codePointAt(0)?.toString(16)}}` : character;
    const pieceLength = piece === character ? 1 : piece.length;
    if (length + pieceLength > max) return `${withinLength(shown, max - 1)}…`;
    shown.push(piece);
    length += pieceLength;
  }
  return shown.join('');
}

/** A message of ours that may quote others: escaped line by line, so that its own line breaks stay. */
export function escapeMessage(message: string, max: number): string {
  return message
    .slice(0, max)
    .split('\n')
    .map((line) => escapeRemote(line, max))
    .join('\n');
}

/** JSON for machines, harmless on a terminal too: unsafe characters as `\uXXXX`, which reads back as the same text. */
export function safeJson(value: unknown): string {
  const unsafe = new RegExp(UNSAFE.source, 'gu');
  return JSON.stringify(value, null, 2).replace(unsafe, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()].map((i) => unit(character, i)).join(''),
  );
}

function unit(text: string, index: number): string {
  return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
}

/** As many whole pieces as fit: an escape is never cut in two. */
function withinLength(pieces: readonly string[], max: number): string {
  let length = 0;
  let fits = 0;
  for (const piece of pieces) {
    length += [...piece].length;
    if (length > max) break;
    fits++;
  }
  return pieces.slice(0, fits).join('');
}
