/**
 * How servers are told apart: each has its number, a colour and a pattern. The colours stay apart for people who see no red,
 * green or blue as well (test/inspector/page/overview/swatches.test.ts computes it); beyond eight servers the patterns go on. Pure.
 */

/** Colours `--server-0` and so on, in styles. */
export const SERVER_COLOURS = 8;

export const PATTERNS = ['plain', 'rising', 'dots', 'level', 'falling', 'upright', 'grid', 'frame'] as const;
export type Pattern = (typeof PATTERNS)[number];

export interface Swatch {
  readonly colour: number;
  readonly pattern: Pattern;
  /** As people count: from 1. */
  readonly label: string;
}

/** Of a server by its number. Two of the first 64 differ in colour or pattern, two of the first eight in both. */
export function swatchOf(server: number): Swatch {
  const colour = server % SERVER_COLOURS;
  const turn = Math.floor(server / SERVER_COLOURS);
  const pattern = PATTERNS[(colour + turn) % PATTERNS.length] ?? 'plain';
  return {colour, pattern, label: String(server + 1)};
}
