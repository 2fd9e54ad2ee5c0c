/** A command line as text that a shell reads back as the same words. Pure. */

import {escapeRemote} from '../../terminal/escape.js';

const PLAIN = /^[\w@%+=:,./-]+$/;
/** Longer than any command line somebody types. */
const WORD_CHARACTERS_MAX = 4_000;

/** The words joined by spaces, quoted where a shell needs it. */
export function shellWords(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (PLAIN.test(word)) return word;
  return `'${escapeRemote(word, WORD_CHARACTERS_MAX).replaceAll("'", "'\\''")}'`;
}
