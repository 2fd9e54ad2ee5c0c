/** Draws the rate over all servers as an area, with its times below. */

import {formatRate} from '../../../units.js';
import type {Lanes} from '../model/queries.js';
import {formatMoment} from './segment-words.js';
import {ticksOf, topRate, type Window, xOf} from './window.js';

/** Height of the area with its axis. */
export const RATE_HEIGHT = 104;
const AXIS_HEIGHT = 22;
const TICKS_APART = 90;

interface RatePaint {
  readonly lanes: Lanes;
  readonly window: Window;
  readonly width: number;
  readonly colour: (name: string) => string;
}

export function paintRate(
  context: CanvasRenderingContext2D,
  {lanes, window, width, colour}: RatePaint,
): void {
  const floor = RATE_HEIGHT - AXIS_HEIGHT;
  let highest = 0;
  for (const rate of lanes.rates) highest = Math.max(highest, rate);
  const top = topRate(highest);
  paintAxis(context, window, width, colour);
  const binMs = (lanes.toMs - lanes.fromMs) / lanes.bins;
  const points: [number, number][] = [];
  for (let bin = 0; bin < lanes.bins; bin++) {
    const x = xOf(window, width, lanes.fromMs + (bin + 0.5) * binMs);
    points.push([x, floor - ((lanes.rates[bin] ?? 0) / top) * (floor - 18)]);
  }
  context.beginPath();
  context.moveTo(points[0]?.[0] ?? 0, floor);
  for (const [x, y] of points) context.lineTo(x, y);
  context.lineTo(points.at(-1)?.[0] ?? 0, floor);
  context.globalAlpha = 0.25;
  context.fillStyle = colour('transferring');
  context.fill();
  context.globalAlpha = 1;
  context.beginPath();
  points.forEach(([x, y], index) => {
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.strokeStyle = colour('transferring');
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.stroke();
  context.fillStyle = colour('line');
  context.fillRect(0, 17, width, 1);
  context.fillStyle = colour('text-dim');
  context.font = '11px system-ui, sans-serif';
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.fillText(highest === 0 ? 'nothing came' : formatRate(top), 4, 12);
}

function paintAxis(
  context: CanvasRenderingContext2D,
  window: Window,
  width: number,
  colour: (name: string) => string,
): void {
  const floor = RATE_HEIGHT - AXIS_HEIGHT;
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const tick of ticksOf(window, width, TICKS_APART)) {
    const x = Math.round(xOf(window, width, tick));
    context.fillStyle = colour('line');
    context.fillRect(x, 18, 1, floor - 18 + 5);
    context.fillStyle = colour('text-dim');
    const text = formatMoment(tick);
    const half = context.measureText(text).width / 2;
    context.textAlign = 'left';
    context.fillText(text, Math.min(Math.max(2, x - half), width - 2 * half - 2), floor + 13);
  }
  context.fillStyle = colour('edge');
  context.fillRect(0, floor, width, 1);
}
