/** The order of names in listings: by code points, on every server alike, whatever its locale. */

const SURROGATES_START = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Compares two names code point by code point; for `sort`. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** UTF-16 puts the surrogates, which stand for the highest code points, before 0xe000: here they come last. */
function rank(unit: number): number {
  if (unit < SURROGATES_START) return unit;
  return unit < AFTER_SURROGATES ? unit + 0x10000 : unit;
}
