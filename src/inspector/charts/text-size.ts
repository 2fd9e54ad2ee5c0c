/**
 * How wide text will be, without a screen to measure it on: rather too wide than too narrow, since every system has
 * fonts of its own. What stands on arrows and in lists is set in a fixed width, where there is little to guess.
 */

/** Sizes in pixels, as the renderers set them. */
export const TITLE_SIZE = 13;
export const TEXT_SIZE = 11;
export const LINE_HEIGHT = 16;

/** Parts of the size that a letter is wide: of fixed-width fonts, none we know is wider. */
const FIXED_ADVANCE = 0.605;
const NARROW_ADVANCE = 0.4;
const USUAL_ADVANCE = 0.64;
const WIDE_ADVANCE = 0.98;
/** Titles are half bold. */
const BOLD = 1.1;

export function fixedWidth(text: string): number {
  return text.length * FIXED_ADVANCE * TEXT_SIZE;
}

export function titleWidth(text: string): number {
  return proportionalWidth(text) * TITLE_SIZE * BOLD;
}

export function plainWidth(text: string): number {
  return proportionalWidth(text) * TEXT_SIZE;
}

function proportionalWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    if (/[iljtfr.,:;'|!()[\] ]/.test(letter)) width += NARROW_ADVANCE;
    else width += /[mwMW@%]|[^\x20-\x7e]/.test(letter) ? WIDE_ADVANCE : USUAL_ADVANCE;
  }
  return width;
}
