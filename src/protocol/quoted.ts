/** Text of people and of files inside our own messages. */

/** Of a text that was not understood, so much is shown. */
const QUOTED_CHARACTERS_MAX = 60;

/** Text for a message: in quotes, short, and without characters that a terminal acts on. */
export function quoted(text: string): string {
  const shown = text.slice(0, QUOTED_CHARACTERS_MAX);
  const safe = shown.replace(/[^ -~]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
  return `'${safe}${shown.length < text.length ? '…' : ''}'`;
}
