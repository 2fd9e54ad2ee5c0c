/** A laid chart as a picture that stands alone: one SVG file, light or dark as the reader's system is. */

import {arrowHead, edgePath, short} from './drawing.js';
import type {LaidBox, LaidChart, LaidEdge, LaidLine, Rectangle} from './laid-chart.js';
import {TEXT_SIZE, TITLE_SIZE} from './text-size.js';

const SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif';
const FIXED = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace';

const STYLE = `
svg{--page:#fff;--box:#fff;--inner:#f6f8fb;--line:#a9b4c4;--edge:#66758a;--title:#16202e;--text:#2b3748;--soft:#5b6879;--event:#1f4fbf;--guard:#8a4b00;--action:#46617c;--actor:#6a3fb0;--label:#fff}
@media (prefers-color-scheme:dark){svg{--page:#12161c;--box:#1b2129;--inner:#161b22;--line:#475263;--edge:#8593a7;--title:#eef2f7;--text:#d0d8e3;--soft:#98a5b6;--event:#8fb4ff;--guard:#f0b46a;--action:#a9bdd3;--actor:#c6a8ff;--label:#12161c}}
.page{fill:var(--page)}.box{fill:var(--box);stroke:var(--line);stroke-width:1.2}.outer,.cover{fill:var(--inner)}.parallel{stroke-dasharray:6 4}.final{stroke-width:1.2}.ring{fill:none;stroke:var(--line)}
.rule{stroke:var(--line);stroke-opacity:.5}.dot{fill:var(--edge)}.edge{fill:none;stroke:var(--edge);stroke-width:1.3}.head{fill:var(--edge)}.chip{fill:var(--label);fill-opacity:.94}
text{font:${TEXT_SIZE}px ${FIXED};fill:var(--text);white-space:pre}.title{font:600 ${TITLE_SIZE}px ${SANS};fill:var(--title)}
.about{font-family:${SANS};fill:var(--soft)}.word{fill:var(--soft)}.event{fill:var(--event)}.guard{fill:var(--guard)}.action{fill:var(--action)}.actor{fill:var(--actor)}
`;

/** The whole file, with its closing line break. */
export function svgOf(chart: LaidChart): string {
  const {id, description, width, height, boxes, edges} = chart;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(id)}</title>`,
    ...(description === null ? [] : [`<desc>${escaped(description)}</desc>`]),
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...boxes.map(boxSvg),
    ...edges.map(lineSvg),
    // Over the arrows: one into an inner state passes below the words of the outer one.
    ...boxes.map(headSvg),
    ...edges.map(labelSvg),
    '</svg>',
    '',
  ].join('\n');
}

function boxSvg(box: LaidBox): string {
  const {kind, x, y, width, height} = box;
  if (kind === 'start') {
    return `<circle class="dot" cx="${short(x + width / 2)}" cy="${short(y + height / 2)}" r="${short(width / 2)}"/>`;
  }
  const ring = kind === 'final' ? `<rect class="ring" ${rectangle(shrunk(box, 3))} rx="6"/>` : '';
  return `<rect class="box ${kind}${isOuter(box) ? ' outer' : ''}" ${rectangle(box)} rx="8"/>${ring}`;
}

function headSvg(box: LaidBox): string {
  const {kind, x, y, width, headHeight, title, lines} = box;
  if (kind === 'start') return '';
  const right = short(width - 2);
  const cover = isOuter(box)
    ? `<rect class="cover" x="${short(x + 1)}" y="${short(y + 1)}" width="${right}" height="${short(headHeight - 1)}" rx="7"/><path class="rule" d="M${short(x)} ${short(y + headHeight)}h${short(width)}"/>`
    : '';
  const name = `<text class="title" x="${short(x + 10)}" y="${short(y + 18)}">${escaped(title)}</text>`;
  return `<g>${cover}${name}${lines.map(textSvg).join('')}</g>`;
}

function isOuter({height, headHeight}: LaidBox): boolean {
  return height > headHeight + 1;
}

function lineSvg(edge: LaidEdge): string {
  return `<path class="edge" d="${edgePath(edge)}"/><path class="head" d="${arrowHead(edge)}"/>`;
}

function labelSvg({label}: LaidEdge): string {
  if (label === null) return '';
  return `<g><rect class="chip" ${rectangle(label)} rx="4"/>${label.lines.map(textSvg).join('')}</g>`;
}

function textSvg({x, y, align, pieces}: LaidLine): string {
  const anchor = align === 'middle' ? ' text-anchor="middle"' : '';
  const spans = pieces.map(({role, text}) => `<tspan class="${role}">${escaped(text)}</tspan>`).join(' ');
  return `<text x="${short(x)}" y="${short(y)}"${anchor}>${spans}</text>`;
}

function rectangle({x, y, width, height}: Rectangle): string {
  return `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
}

function shrunk({x, y, width, height}: Rectangle, by: number): Rectangle {
  return {x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by};
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r\x20-\uffff]/g, '\ufffd');
}
