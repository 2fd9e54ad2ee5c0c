/** A chart as a graph for elkjs: boxes within boxes, and arrows with the room that their labels take. */

import type {Chart, ChartState} from './chart.js';
import {type Arrow, arrowsOf} from './clauses.js';
import type {ElkEdge, ElkNode, ElkOptions} from './elk.js';
import {headOf, labelOf} from './measure.js';

/** What an edge of the graph stands for; `label`: it carries the text of its arrow. */
export interface GraphEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Null: from a start dot. */
  readonly arrow: Arrow | null;
  readonly hasLabel: boolean;
}

export interface Graph {
  readonly root: ElkNode;
  readonly edges: ReadonlyMap<string, GraphEdge>;
}

const INNER_GAP = 14;
const START_SIZE = 10;

/** Between what and what, in pixels. */
const SPACING: ElkOptions = {
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '4',
  'elk.spacing.labelNode': '8',
  'elk.spacing.labelLabel': '6',
  'elk.spacing.nodeSelfLoop': '16',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
};

/** One way to lay out: of several, the best is taken. */
export interface Manner {
  readonly direction: 'DOWN' | 'RIGHT';
  /** Which arrows of a circle run backwards: those that close it on the way, or as few as possible. */
  readonly cycles: 'DEPTH_FIRST' | 'GREEDY';
}

function optionsOf({direction, cycles}: Manner): ElkOptions {
  return {
    'elk.algorithm': 'layered',
    'elk.direction': direction,
    'elk.edgeRouting': 'ORTHOGONAL',
    'elk.layered.cycleBreaking.strategy': cycles,
    'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
    ...SPACING,
  };
}

export function graphOf({root}: Chart, manner: Manner): Graph {
  const edges = edgesOf(root);
  return {
    root: {
      id: 'chart',
      layoutOptions: {
        ...optionsOf(manner),
        'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
        'elk.json.shapeCoords': 'ROOT',
        'elk.json.edgeCoords': 'ROOT',
        'elk.padding': '[top=12,left=12,bottom=12,right=12]',
      },
      children: [nodeOf(root, manner)],
      edges: edges.map((edge) => elkEdge(edge)),
    },
    edges: new Map(edges.map((edge) => [edge.id, edge])),
  };
}

/** Id of a state's node. */
export function nodeId(path: string): string {
  return `state:${path}`;
}

/** Id of the dot inside a state. */
export function startId(path: string): string {
  return `start:${path}`;
}

function nodeOf(state: ChartState, manner: Manner): ElkNode {
  const {width, height} = headOf(state);
  const id = nodeId(state.path);
  if (state.states.length === 0) return {id, width, height};
  const inside = state.states.map((child) => nodeOf(child, manner));
  const start = {id: startId(state.path), width: START_SIZE, height: START_SIZE};
  return {
    id,
    children: state.initial === null ? inside : [start, ...inside],
    layoutOptions: {
      ...optionsOf(manner),
      'elk.padding': `[top=${height + INNER_GAP},left=${INNER_GAP},bottom=${INNER_GAP},right=${INNER_GAP}]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${height})`,
    },
  };
}

function edgesOf(state: ChartState): GraphEdge[] {
  const starts: GraphEdge[] = state.states
    .filter(({key}) => key === state.initial)
    .map(({path}) => ({
      id: `start:${state.path}`,
      from: state.path,
      to: path,
      arrow: null,
      hasLabel: false,
    }));
  const arrows = arrowsOf(state).flatMap((arrow, index) =>
    arrow.targets.map((to, branch) => ({
      id: `arrow:${state.path}:${index}:${branch}`,
      from: state.path,
      to,
      arrow,
      // Several at once: parallel states. The text stands at the first.
      hasLabel: branch === 0,
    })),
  );
  return [...starts, ...arrows, ...state.states.flatMap(edgesOf)];
}

function elkEdge({id, from, to, arrow, hasLabel}: GraphEdge): ElkEdge {
  const targets = [nodeId(to)];
  if (arrow === null) {
    return {id, sources: [startId(from)], targets, layoutOptions: {'elk.layered.priority.direction': '10'}};
  }
  if (!hasLabel) return {id, sources: [nodeId(from)], targets};
  const {width, height} = labelOf(arrow);
  return {
    id,
    sources: [nodeId(from)],
    targets,
    labels: [{text: ' ', width, height, layoutOptions: {'elk.edgeLabels.inline': 'true'}}],
  };
}
