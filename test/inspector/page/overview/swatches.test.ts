/** Servers stay apart by their colours for every kind of eyes, and by pattern where colours come again. */

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {SERVER_COLOURS, swatchOf} from '../../../../src/inspector/page/overview/swatches.js';
import {checkout} from '../../../support/processes.js';

type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

/** How colours look to people: matrices over linear light (Machado, Oliveira and Fernandes 2009, severity 1). */
const EYES: Readonly<Record<string, Matrix>> = {
  'all colours': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no red': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'no green': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  'no blue': [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** A difference of 2 in CIELAB can just be seen side by side; cells of a map stand further apart. */
const DISTANCE_MIN = 14;
/** Of graphics: WCAG 2.2, 1.4.11. */
const CONTRAST_MIN = 3;

const PAGE = join(checkout(), 'src/inspector/page');
const COLOURS = readFileSync(join(PAGE, 'overview/server-colours.css'), 'utf8');
const PALETTE = readFileSync(join(PAGE, 'styles/palette.css'), 'utf8');

for (const theme of ['dark', 'light']) {
  test(`eight servers stay apart in the ${theme} theme, whatever colours one sees`, () => {
    for (const [eyes, matrix] of Object.entries(EYES))
      for (let one = 0; one < SERVER_COLOURS; one++)
        for (let other = 0; other < one; other++) {
          const distance = Math.hypot(
            ...difference(labOf(colour(theme, one), matrix), labOf(colour(theme, other), matrix)),
          );
          assert.ok(
            distance >= DISTANCE_MIN,
            `${eyes}: ${one} and ${other} are ${distance.toFixed(1)} apart`,
          );
        }
  });

  test(`each colour of a server stands out from a panel in the ${theme} theme`, () => {
    const panel = luminance(variable(PALETTE, theme, 'panel'));
    for (let index = 0; index < SERVER_COLOURS; index++) {
      const own = luminance(colour(theme, index));
      const contrast = (Math.max(own, panel) + 0.05) / (Math.min(own, panel) + 0.05);
      assert.ok(contrast >= CONTRAST_MIN, `server-${index} has ${contrast.toFixed(2)}:1`);
    }
  });
}

test('no two of 64 servers look alike, and the first eight differ in pattern as well', () => {
  const all = Array.from({length: 64}, (_, server) => swatchOf(server));
  assert.equal(new Set(all.map(({colour: own, pattern}) => `${own} ${pattern}`)).size, 64);
  assert.equal(new Set(all.slice(0, 8).map(({pattern}) => pattern)).size, 8);
  assert.equal(swatchOf(11).label, '12');
});

function colour(theme: string, index: number): Rgb {
  return variable(COLOURS, theme, `server-${index}`);
}

/** A variable of the block of styles that a theme has. */
function variable(css: string, theme: string, name: string): Rgb {
  const block = css.split(`:root[data-theme="${theme}"] {`)[1]?.split('}')[0] ?? '';
  const found = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(block)?.[1];
  assert.ok(found !== undefined, `no --${name} in the ${theme} theme`);
  return [0, 2, 4].map((at) => Number.parseInt(found.slice(at, at + 2), 16)) as unknown as Rgb;
}

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** CIELAB under D65 of a colour as certain eyes see it. */
function labOf(rgb: Rgb, matrix: Matrix): Rgb {
  const light = rgb.map(linear);
  const seen = matrix.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, factor, at) => sum + factor * (light[at] ?? 0), 0),
      ),
    ),
  );
  const [red = 0, green = 0, blue = 0] = seen;
  const x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
  const y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function root(value: number): number {
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}

function difference(a: Rgb, b: Rgb): number[] {
  return a.map((value, at) => value - (b[at] ?? 0));
}
