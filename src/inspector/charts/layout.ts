/** Works out a chart's places: the same on node and in the page. */

import type {Chart, ChartState} from './chart.js';
import type {Elk, ElkEdge, ElkNode, ElkPoint} from './elk.js';
import {type Graph, type GraphEdge, graphOf, type Manner, nodeId, startId} from './graph.js';
import type {LaidBox, LaidChart, LaidEdge, LaidLabel} from './laid-chart.js';
import {BOX_PADDING, headOf, labelOf, TITLE_HEIGHT, titleOf} from './measure.js';
import {placed} from './text-lines.js';
import {untidiness} from './untidiness.js';

/** Both are tried, since which one is good depends on the chart. */
const USUAL: readonly Manner[] = [
  {direction: 'DOWN', cycles: 'DEPTH_FIRST'},
  {direction: 'RIGHT', cycles: 'DEPTH_FIRST'},
];
/** On some graphs elkjs fails with some options. */
const OTHERS: readonly Manner[] = [
  {direction: 'DOWN', cycles: 'GREEDY'},
  {direction: 'RIGHT', cycles: 'GREEDY'},
];

/** The places of everything in a chart. Rejects when elkjs fails in every manner. */
export async function layOut(chart: Chart, elk: Elk): Promise<LaidChart> {
  try {
    return await tidiest(chart, elk, USUAL);
  } catch {
    return tidiest(chart, elk, OTHERS);
  }
}

/** Rejects when none of them succeeds. */
async function tidiest(chart: Chart, elk: Elk, manners: readonly Manner[]): Promise<LaidChart> {
  let best: LaidChart | null = null;
  let failure: unknown;
  for (const manner of manners) {
    try {
      const laid = await laidOut(chart, elk, manner);
      if (best === null || untidiness(laid) < untidiness(best)) best = laid;
    } catch (error) {
      failure = error;
    }
  }
  if (best === null) throw failure;
  return best;
}

async function laidOut(chart: Chart, elk: Elk, manner: Manner): Promise<LaidChart> {
  const graph = graphOf(chart, manner);
  const found = await elk.layout(graph.root);
  const nodes = new Map(allNodes(found).map((node) => [node.id, node]));
  return {
    id: chart.id,
    hash: chart.hash,
    description: chart.description,
    width: Math.ceil(found.width ?? 0),
    height: Math.ceil(found.height ?? 0),
    boxes: boxesOf(chart.root, nodes, 0),
    edges: allEdges(found).flatMap((edge) => edgeOf(edge, graph)),
  };
}

function allNodes(node: ElkNode): ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(allNodes)];
}

function allEdges(node: ElkNode): ElkEdge[] {
  return [...(node.edges ?? []), ...(node.children ?? []).flatMap(allEdges)];
}

function boxesOf(state: ChartState, nodes: ReadonlyMap<string, ElkNode>, depth: number): LaidBox[] {
  const head = headOf(state);
  const {x, y, width, height} = rectangleOf(nodes.get(nodeId(state.path)));
  const box: LaidBox = {
    path: state.path,
    kind: state.kind,
    title: titleOf(state),
    description: state.description,
    depth,
    headHeight: head.height,
    x,
    y,
    width,
    height,
    lines: placed(head.lines, {x: x + BOX_PADDING, y: y + TITLE_HEIGHT, align: 'start'}),
  };
  const dot = nodes.get(startId(state.path));
  const start: LaidBox[] =
    dot === undefined
      ? []
      : [{...box, ...rectangleOf(dot), kind: 'start', title: '', depth: depth + 1, headHeight: 0, lines: []}];
  return [box, ...start, ...state.states.flatMap((child) => boxesOf(child, nodes, depth + 1))];
}

function rectangleOf(node: ElkNode | undefined) {
  const {x = 0, y = 0, width = 0, height = 0} = node ?? {};
  return {x, y, width, height};
}

function edgeOf(edge: ElkEdge, graph: Graph): LaidEdge[] {
  const meant = graph.edges.get(edge.id);
  if (meant === undefined) return [];
  const {id, from, to, arrow, hasLabel} = meant;
  const transitions =
    arrow === null || !hasLabel ? [] : arrow.clauses.flatMap((clause) => clause.transitions);
  return [{id, from, to, transitions, points: pointsOf(edge), label: labelPlace(edge, meant)}];
}

function pointsOf({sections = []}: ElkEdge): ElkPoint[] {
  return sections.flatMap(({startPoint, bendPoints = [], endPoint}) => [startPoint, ...bendPoints, endPoint]);
}

function labelPlace({labels: [label] = []}: ElkEdge, {arrow, hasLabel}: GraphEdge): LaidLabel | null {
  if (label === undefined || arrow === null || !hasLabel) return null;
  const {x = 0, y = 0, width, height} = label;
  const {lines} = labelOf(arrow);
  return {x, y, width, height, lines: placed(lines, {x: x + width / 2, y: y + 2, align: 'middle'})};
}
