/** Colours. Whoever renders is told whether to use them; `node:util` would ask the environment by itself. */

const CODES = {bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36} as const;

export type Colour = keyof typeof CODES;

/** Paints text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** The two ways to paint: `painter(false)` is for pipes, dumb terminals and NO_COLOR. */
export function painter(color: boolean): Paint {
  return color ? (colour, text) => `\u001b[${CODES[colour]}m${text}\u001b[0m` : (_colour, text) => text;
}
