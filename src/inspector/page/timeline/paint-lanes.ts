/** Draws segments of a timeline on a canvas. How they look is decided in segment-style.ts. */

import type {Lane, Lanes} from '../model/queries.js';
import {kindsOf, type SegmentStyle} from './segment-style.js';
import {timeAt, type Window, xOf} from './window.js';

/** Height of a lane, and of a bar within it. */
export const LANE_HEIGHT = 28;
const BAR_HEIGHT = 16;

type Context = CanvasRenderingContext2D;
type Colour = (name: string) => string;

export interface LanePaint {
  readonly lanes: Lanes;
  readonly window: Window;
  readonly width: number;
  readonly height: number;
  /** How far it was scrolled. */
  readonly top: number;
  readonly colour: Colour;
  /** Segment to be framed. */
  readonly chosen: {readonly lane: number; readonly fromMs: number; readonly toMs: number} | null;
  /** A lane whose server takes no part for no fault of its own is drawn calmly. */
  readonly isCalm: (id: number) => boolean;
}

/** The lanes that are in sight. */
export function paintLanes(context: Context, paint: LanePaint): void {
  const {lanes, height, top, colour} = paint;
  const first = Math.max(0, Math.floor(top / LANE_HEIGHT));
  const last = Math.min(lanes.lanes.length - 1, Math.floor((top + height) / LANE_HEIGHT));
  const topRate = highest(lanes.lanes);
  for (let index = first; index <= last; index++) {
    const lane = lanes.lanes[index];
    if (lane === undefined) continue;
    const y = index * LANE_HEIGHT - top;
    context.fillStyle = colour('line');
    context.fillRect(0, y + LANE_HEIGHT - 1, paint.width, 1);
    paintLane(context, lane, y + (LANE_HEIGHT - 1 - BAR_HEIGHT) / 2, topRate, paint);
  }
  if (paint.chosen !== null) paintFrame(context, paint.chosen, paint);
}

function highest(lanes: readonly Lane[]): number {
  let top = 0;
  for (const {rates} of lanes) for (const rate of rates) top = Math.max(top, rate);
  return top;
}

function paintLane(context: Context, lane: Lane, y: number, topRate: number, paint: LanePaint): void {
  const kinds = kindsOf(paint.lanes.of);
  const isCalm = paint.isCalm(lane.id);
  for (let index = 0; index < lane.starts.length; index++) {
    const style = kinds[lane.doings[index] ?? 0]?.style;
    if (style === undefined || style.shape === 'none') continue;
    const from = xOf(paint.window, paint.width, lane.starts[index] ?? 0);
    const to = xOf(paint.window, paint.width, lane.ends[index] ?? 0);
    if (to < 0 || from > paint.width) continue;
    const box = {x: from, y, width: Math.max(1, to - from), height: BAR_HEIGHT};
    const isOut = isCalm && style.colour === 'out';
    if (style.shape === 'area') paintArea(context, lane, box, topRate, style, paint);
    else paintSegment(context, box, isOut ? {...style, colour: 'idle', shape: 'thin'} : style, paint.colour);
  }
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A segment without a rate, or the sample of one in a legend. */
export function paintSegment(context: Context, box: Box, style: SegmentStyle, colour: Colour): void {
  const {x, y, width, height} = box;
  const middle = y + height / 2;
  context.globalAlpha = 1;
  switch (style.shape) {
    case 'none':
      return;
    case 'line':
      return paintLine(context, x, middle, width, 4, style, colour);
    case 'thin':
      return paintLine(context, x, middle, width, 2, style, colour);
    case 'area':
      context.fillStyle = colour(style.colour);
      context.fillRect(x, y, width, height);
      return;
    case 'bar':
    case 'hollow':
      paintBar(context, box, style, colour);
  }
}

function paintLine(
  context: Context,
  x: number,
  middle: number,
  width: number,
  thickness: number,
  {pattern, colour: name}: SegmentStyle,
  colour: Colour,
): void {
  context.fillStyle = colour(name);
  if (pattern !== 'dashed') {
    context.fillRect(x, middle - thickness / 2, width, thickness);
    return;
  }
  const end = x + width;
  for (let at = Math.floor(x / 6) * 6; at < end; at += 6) {
    const from = Math.max(at, x);
    const to = Math.min(at + 3, end);
    if (to > from) context.fillRect(from, middle - thickness / 2, to - from, thickness);
  }
}

function paintBar(context: Context, {x, y, width, height}: Box, style: SegmentStyle, colour: Colour): void {
  const own = colour(style.colour);
  context.fillStyle = own;
  context.globalAlpha = style.shape === 'bar' ? 0.55 : 0.12;
  context.fillRect(x, y, width, height);
  context.globalAlpha = 1;
  if (width < 3) {
    context.fillRect(x, y, width, height);
    return;
  }
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = own;
  context.lineWidth = style.shape === 'bar' ? 2 : 1;
  context.beginPath();
  hatch(context, {x, y, width, height}, style.pattern);
  context.stroke();
  context.lineWidth = 2;
  if (style.shape === 'hollow') context.strokeRect(x, y, width, height);
  context.restore();
}

const HATCH = 7;

function hatch(context: Context, {x, y, width, height}: Box, pattern: SegmentStyle['pattern']): void {
  if (pattern === 'level') {
    for (let at = y + 4; at < y + height; at += 5) {
      context.moveTo(x, at);
      context.lineTo(x + width, at);
    }
    return;
  }
  if (pattern === 'plain' || pattern === 'dashed') return;
  // On one raster for all segments, so that those side by side go on in each other.
  const [low, high] = pattern === 'rising' ? [y + height, y] : [y, y + height];
  for (let at = Math.floor((x - height) / HATCH) * HATCH; at < x + width; at += HATCH) {
    context.moveTo(at, low);
    context.lineTo(at + height, high);
  }
}

/** A light bar, and in it the rate as far as it is known. */
function paintArea(
  context: Context,
  lane: Lane,
  {x, y, width, height}: Box,
  topRate: number,
  style: SegmentStyle,
  {window, width: plot, lanes, colour}: LanePaint,
): void {
  context.fillStyle = colour(style.colour);
  context.globalAlpha = 0.28;
  context.fillRect(x, y, width, height);
  context.globalAlpha = 1;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  const binMs = (lanes.toMs - lanes.fromMs) / lanes.bins;
  const first = Math.floor((timeAt(window, plot, x) - lanes.fromMs) / binMs);
  const last = Math.floor((timeAt(window, plot, x + width) - lanes.fromMs) / binMs);
  for (let bin = Math.max(0, first); bin <= Math.min(last, lanes.bins - 1); bin++) {
    const from = xOf(window, plot, lanes.fromMs + bin * binMs);
    const to = xOf(window, plot, lanes.fromMs + (bin + 1) * binMs);
    const share = topRate <= 0 ? 0 : Math.min(1, (lane.rates[bin] ?? 0) / topRate);
    const high = Math.max(2, share * height);
    context.rect(from, y + height - high, to - from + 0.5, high);
  }
  context.fill();
  context.restore();
}

function paintFrame(context: Context, chosen: NonNullable<LanePaint['chosen']>, paint: LanePaint): void {
  const from = xOf(paint.window, paint.width, chosen.fromMs);
  const to = xOf(paint.window, paint.width, chosen.toMs);
  const y = chosen.lane * LANE_HEIGHT - paint.top + 2;
  context.strokeStyle = paint.colour('accent');
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(from - 1, y, Math.max(4, to - from + 2), LANE_HEIGHT - 5, 3);
  context.stroke();
}
