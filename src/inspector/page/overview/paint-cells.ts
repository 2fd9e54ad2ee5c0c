/** Draws the cells of the map on a canvas. What it draws is decided in cells.ts and swatches.ts. */

import {BLOCK_STATES, type FragmentMap, NO_SERVER} from '../model/moment.js';
import type {BlockStory} from './block-story.js';
import {blocksOf, type Counts, countsOf, type FragmentState, fragmentState, LOOK_OF_BLOCK} from './cells.js';
import {cornerOf, type Grid} from './grid.js';
import {PATTERN_PATHS, SIGN_PATHS, STATE_PATHS} from './patterns.js';
import {STATE_COLOURS} from './swatch.js';
import {SERVER_COLOURS, swatchOf} from './swatches.js';

/** How cells are coloured. */
export type Colouring = 'state' | 'server';

export interface Brush {
  readonly colouring: Colouring;
  /** Only what this server brought is in full colour; null: all is. */
  readonly only: number | null;
  /** Looks up a variable of the styles. */
  readonly colour: (name: string) => string;
}

type Context = CanvasRenderingContext2D;

/** From this edge on a fragment shows its blocks. */
const MOSAIC_FROM = 22;
/** From this edge on cells have patterns. */
const PATTERN_FROM = 12;
/** From this edge on cells carry the number of a server. */
const LABEL_FROM = 20;
const FADED = 0.18;

/** A cell a fragment: large ones as a mosaic of their blocks, small ones filled as far as they are here. */
export function paintFragments(context: Context, grid: Grid, map: FragmentMap, brush: Brush): void {
  for (let cell = 0; cell < grid.cells; cell++) {
    const counts = countsOf(map, cell + 1);
    const state = fragmentState(counts);
    const isWhole = state === 'missing' || (brush.colouring === 'state' && WHOLE.has(state));
    if (grid.size >= MOSAIC_FROM && !isWhole) paintMosaic(context, grid, map, cell, brush);
    else paintFill(context, grid, cell, fillOf(map, cell, state, counts, brush), brush);
  }
  context.globalAlpha = 1;
}

const WHOLE: ReadonlySet<FragmentState> = new Set(['stored', 'kept']);

/** Blocks of one fragment, and what they went through. */
export interface BlocksShown {
  readonly map: FragmentMap;
  readonly fragment: number;
  readonly stories: ReadonlyMap<number, BlockStory>;
}

/** A cell a block of one fragment. The first of several from one server carries its number. */
export function paintBlocks(
  context: Context,
  grid: Grid,
  {map, fragment, stories}: BlocksShown,
  brush: Brush,
): void {
  let before = NO_SERVER;
  for (let block = 0; block < grid.cells; block++) {
    const at = (fragment - 1) * map.blocksPerFragment + block;
    const state = LOOK_OF_BLOCK[BLOCK_STATES[map.blocks[at] ?? 0] ?? 'missing'];
    const by = map.servers[at] ?? NO_SERVER;
    const isOfServer = brush.colouring === 'server' && state !== 'missing' && state !== 'asked';
    const server = isOfServer ? by : NO_SERVER;
    paintFill(context, grid, block, {state, server, share: 1, alpha: alphaOf(by, brush)}, brush);
    if (server !== NO_SERVER && server !== before && grid.size >= LABEL_FROM)
      paintLabel(context, grid, block, swatchOf(server).label, brush);
    before = server;
    const story = stories.get(block);
    if (story !== undefined && grid.size >= PATTERN_FROM) paintSigns(context, grid, block, story, brush);
  }
  context.globalAlpha = 1;
}

function paintSigns(context: Context, grid: Grid, block: number, story: BlockStory, brush: Brush): void {
  const {x, y} = cornerOf(grid, block);
  const paths = [
    story.isHedged ? SIGN_PATHS.hedged : '',
    story.wastedFrom.length > 0 ? SIGN_PATHS.wasted : '',
    story.wrongFrom.length > 0 ? SIGN_PATHS.lied : '',
  ];
  context.save();
  context.globalAlpha = 1;
  context.translate(x, y);
  context.scale(grid.size / 12, grid.size / 12);
  context.fillStyle = brush.colour('text');
  context.strokeStyle = brush.colour('panel');
  context.lineWidth = 0.8;
  for (const path of paths) {
    if (path === '') continue;
    const sign = new Path2D(path);
    context.stroke(sign);
    context.fill(sign);
  }
  context.restore();
}

interface Fill {
  readonly state: FragmentState;
  readonly server: number;
  /** How much of the cell, from below. */
  readonly share: number;
  readonly alpha: number;
}

function fillOf(map: FragmentMap, cell: number, state: FragmentState, counts: Counts, brush: Brush): Fill {
  const leader = map.leaders[cell] ?? NO_SERVER;
  const here = counts.stored + counts.kept + counts.received;
  const share = state === 'partly' ? Math.max(0.15, here / blocksOf(map, cell + 1)) : 1;
  const server =
    brush.colouring === 'server' && state !== 'missing' && state !== 'asked' ? leader : NO_SERVER;
  return {state, server, share, alpha: alphaOf(leader, brush)};
}

function alphaOf(server: number, {only}: Brush): number {
  return only === null || only === server ? 1 : FADED;
}

function paintFill(context: Context, grid: Grid, cell: number, fill: Fill, brush: Brush): void {
  const {x, y} = cornerOf(grid, cell);
  const {size} = grid;
  const isOfServer = fill.server !== NO_SERVER;
  const name = isOfServer ? `server-${fill.server % SERVER_COLOURS}` : STATE_COLOURS[fill.state];
  const height = Math.round(size * fill.share);
  context.globalAlpha = 1;
  if (fill.share < 1 || fill.alpha < 1) paintBox(context, x, y, size, size, brush.colour('missing'));
  context.globalAlpha = fill.alpha;
  paintBox(context, x, y + size - height, size, height, brush.colour(name));
  if (size < PATTERN_FROM || fill.share < 1) return;
  const path = isOfServer ? PATTERN_PATHS[swatchOf(fill.server).pattern] : STATE_PATHS[fill.state];
  if (path !== '') paintPattern(context, path, x, y, size, brush.colour('panel'));
}

function paintBox(
  context: Context,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: string,
): void {
  context.fillStyle = colour;
  if (width < PATTERN_FROM) {
    context.fillRect(x, y, width, height);
    return;
  }
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(4, width / 6));
  context.fill();
}

function paintPattern(
  context: Context,
  path: string,
  x: number,
  y: number,
  size: number,
  colour: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, size, size);
  context.clip();
  context.translate(x, y);
  context.scale(size / 12, size / 12);
  context.strokeStyle = colour;
  context.globalAlpha *= 0.55;
  context.lineWidth = 1.4;
  context.stroke(new Path2D(path));
  context.restore();
}

/** The blocks of a fragment within its cell, line by line. */
function paintMosaic(context: Context, grid: Grid, map: FragmentMap, cell: number, brush: Brush): void {
  const {x, y} = cornerOf(grid, cell);
  const columns = Math.ceil(Math.sqrt(map.blocksPerFragment));
  const step = grid.size / columns;
  const gap = step >= 4 ? 1 : 0;
  const blocks = blocksOf(map, cell + 1);
  context.globalAlpha = 1;
  paintBox(context, x, y, grid.size, grid.size, brush.colour('field'));
  let style = '';
  for (let block = 0; block < blocks; block++) {
    const at = cell * map.blocksPerFragment + block;
    const left = Math.round((block % columns) * step);
    const top = Math.round(Math.floor(block / columns) * step);
    const right = Math.round(((block % columns) + 1) * step) - gap;
    const bottom = Math.round((Math.floor(block / columns) + 1) * step) - gap;
    const name = blockColour(map, at, brush);
    const alpha = alphaOf(map.servers[at] ?? NO_SERVER, brush);
    // Ten thousands of blocks: a canvas is told only what changes.
    if (style !== `${name} ${alpha}`) {
      style = `${name} ${alpha}`;
      context.globalAlpha = alpha;
      context.fillStyle = brush.colour(name);
    }
    context.fillRect(x + left, y + top, right - left, bottom - top);
  }
  const leader = map.leaders[cell] ?? NO_SERVER;
  if (brush.colouring === 'server' && leader !== NO_SERVER && grid.size >= 2 * LABEL_FROM)
    paintLabel(context, grid, cell, swatchOf(leader).label, brush);
}

function blockColour(map: FragmentMap, at: number, {colouring}: Brush): string {
  const state = LOOK_OF_BLOCK[BLOCK_STATES[map.blocks[at] ?? 0] ?? 'missing'];
  const server = map.servers[at] ?? NO_SERVER;
  const isThere = state === 'stored' || state === 'checking' || state === 'wrong';
  if (colouring === 'server' && isThere && server !== NO_SERVER) return `server-${server % SERVER_COLOURS}`;
  return STATE_COLOURS[state];
}

/** The number of a server in the middle of a cell. */
function paintLabel(context: Context, grid: Grid, cell: number, label: string, brush: Brush): void {
  const {x, y} = cornerOf(grid, cell);
  const middleX = x + grid.size / 2;
  const middleY = y + grid.size / 2;
  const height = Math.min(16, grid.size - 6);
  context.font = `600 ${Math.round(height * 0.72)}px ui-sans-serif, system-ui, sans-serif`;
  const width = Math.max(height, context.measureText(label).width + 6);
  context.globalAlpha = Math.min(context.globalAlpha, 0.9);
  context.fillStyle = brush.colour('panel');
  context.beginPath();
  context.roundRect(middleX - width / 2, middleY - height / 2, width, height, height / 2);
  context.fill();
  context.fillStyle = brush.colour('text');
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(label, middleX, middleY + 0.5);
}
