/** A laid chart as SVG elements, with what is lit; drawn as the standalone picture is (charts/svg.ts). */

import {arrowHead, edgePath} from '../../charts/drawing.js';
import type {LaidBox, LaidChart, LaidEdge, LaidLine} from '../../charts/laid-chart.js';
import type {Lit} from './lit.js';

export interface DrawingProps {
  readonly laid: LaidChart;
  readonly lit: Lit;
  /** Changes with every step: the arrow taken pulses once for each. */
  readonly step: number;
}

export function ChartDrawing({laid, lit, step}: DrawingProps) {
  const taken = laid.edges.filter(({transitions}) => transitions.some((id) => lit.taken.has(id)));
  return (
    <>
      {laid.boxes.map((box) => (
        <Box key={`${box.kind} ${box.path}`} box={box} lit={lit} />
      ))}
      {laid.edges.map((edge) => (
        <Edge key={edge.id} edge={edge} isTaken={taken.includes(edge)} />
      ))}
      {taken.map((edge) => (
        <path key={`${edge.id} ${step}`} class="chart-pulse" d={edgePath(edge)} pathLength={1} />
      ))}
      {laid.boxes.map((box) => (
        <Head key={`${box.kind} ${box.path}`} box={box} lit={lit} />
      ))}
      {laid.edges.map((edge) => (
        <Label key={edge.id} edge={edge} lit={lit} isTaken={taken.includes(edge)} />
      ))}
    </>
  );
}

function Box({box, lit}: {readonly box: LaidBox; readonly lit: Lit}) {
  const {kind, path, x, y, width, height} = box;
  if (kind === 'start')
    return <circle class="chart-dot" cx={x + width / 2} cy={y + height / 2} r={width / 2} />;
  const classes = ['chart-box', `is-${kind}`, isOuter(box) ? 'is-outer' : '', litClass(path, lit)];
  return (
    <g>
      <rect class={classes.join(' ')} x={x} y={y} width={width} height={height} rx={8} />
      {kind === 'final' && (
        <rect class="chart-ring" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={6} />
      )}
    </g>
  );
}

/** Over the arrows: one into an inner state passes below the words of the outer one. */
function Head({box, lit}: {readonly box: LaidBox; readonly lit: Lit}) {
  const {kind, path, x, y, width, headHeight, title, lines} = box;
  if (kind === 'start') return null;
  const isLit = lit.inner.has(path);
  return (
    <g class={`chart-head ${litClass(path, lit)}`} data-state={path}>
      {isOuter(box) && (
        <>
          <rect class="chart-cover" x={x + 1} y={y + 1} width={width - 2} height={headHeight - 1} rx={7} />
          <path class="chart-rule" d={`M${x} ${y + headHeight}h${width}`} />
        </>
      )}
      {/* Not the colour alone says where it is. */}
      {isLit && <circle class="chart-beacon" cx={x + width - 13} cy={y + 13} r={4.5} />}
      <text class="chart-title" x={x + 10} y={y + 18}>
        {title}
      </text>
      {lines.map((line, index) => (
        <Line key={index} line={line} isTaken={isOf(line, lit)} />
      ))}
    </g>
  );
}

function litClass(path: string, {states, inner}: Lit): string {
  if (inner.has(path)) return 'is-lit is-inner';
  return states.has(path) ? 'is-lit is-around' : '';
}

function Edge({edge, isTaken}: {readonly edge: LaidEdge; readonly isTaken: boolean}) {
  return (
    <g class={isTaken ? 'chart-arrow is-taken' : 'chart-arrow'}>
      <path class="chart-edge" d={edgePath(edge)} />
      <path class="chart-tip" d={arrowHead(edge)} />
    </g>
  );
}

function Label({
  edge,
  lit,
  isTaken,
}: {
  readonly edge: LaidEdge;
  readonly lit: Lit;
  readonly isTaken: boolean;
}) {
  const {label} = edge;
  if (label === null) return null;
  const {x, y, width, height, lines} = label;
  return (
    <g class={isTaken ? 'chart-label is-taken' : 'chart-label'}>
      <rect class="chart-chip" x={x} y={y} width={width} height={height} rx={4} />
      {lines.map((line, index) => (
        <Line key={index} line={line} isTaken={isOf(line, lit)} />
      ))}
    </g>
  );
}

function isOf({transitions}: LaidLine, {taken}: Lit): boolean {
  return transitions.some((id) => taken.has(id));
}

function Line({line: {x, y, align, pieces}, isTaken}: {readonly line: LaidLine; readonly isTaken: boolean}) {
  return (
    <text class={isTaken ? 'chart-line is-taken' : 'chart-line'} x={x} y={y} text-anchor={align}>
      {pieces.map(({role, text}, index) => (
        <tspan key={index} class={`text-${role}`}>
          {index > 0 ? ` ${text}` : text}
        </tspan>
      ))}
    </text>
  );
}

function isOuter({height, headHeight}: LaidBox): boolean {
  return height > headHeight + 1;
}
