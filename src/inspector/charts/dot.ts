/** A chart for Graphviz: states that hold others are clusters, arrows begin and end at their borders. */

import type {Chart, ChartState} from './chart.js';
import {factLines, leadingArrows} from './facts.js';
import {identifiers, isBelow, statesOf} from './states.js';

/** The whole graph, with its closing line break. */
export function dotOf(chart: Chart): string {
  const writer = new DotWriter(identifiers(statesOf(chart.root)), statesOf(chart.root));
  const lines = [
    `digraph ${quoted(chart.id)} {`,
    '  compound=true; rankdir=TB; nodesep=0.4; ranksep=0.5;',
    '  graph [fontname="Helvetica", fontsize=12, style=rounded, color="#8a94a3"];',
    '  node [fontname="Helvetica", fontsize=11, shape=box, style=rounded, color="#8a94a3"];',
    '  edge [fontname="Helvetica", fontsize=10, color="#66758a"];',
    ...writer.state(chart.root).map((line) => `  ${line}`),
    ...statesOf(chart.root)
      .flatMap((state) => writer.arrows(state))
      .map((line) => `  ${line}`),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

class DotWriter {
  readonly #names: ReadonlyMap<string, string>;
  readonly #outer: ReadonlySet<string>;

  constructor(names: ReadonlyMap<string, string>, states: readonly ChartState[]) {
    this.#names = names;
    this.#outer = new Set(states.filter((state) => state.states.length > 0).map(({path}) => path));
  }

  state(state: ChartState): string[] {
    const {path, states, kind} = state;
    const name = this.#name(path);
    const label = quoted([titleOf(state), ...factLines(state)].join('\n'));
    if (states.length === 0) return [`${name} [label=${label}${kind === 'final' ? ', peripheries=2' : ''}];`];
    const first = states.find(({key}) => key === state.initial);
    const start = `start_${name}`;
    return [
      `subgraph cluster_${name} {`,
      `  label=${label}; labeljust=l;${kind === 'parallel' ? ' style="rounded,dashed";' : ''}`,
      // Arrows of a cluster need a node inside it to hold on to.
      `  ${start} [shape=point, width=0.1${first === undefined ? ', style=invis' : ''}];`,
      ...(leadingArrows(state).some(({to}) => isBelow(path, to))
        ? [`  any_${name} [shape=plaintext, label="whatever the state"];`]
        : []),
      ...states.flatMap((child) => this.state(child)).map((line) => `  ${line}`),
      ...(first === undefined
        ? []
        : [`  ${start} -> ${this.#node(first.path)}${this.#ends('', first.path, '')};`]),
      '}',
    ];
  }

  arrows(state: ChartState): string[] {
    return leadingArrows(state).map(({to, lines}) => {
      const ends = this.#ends(state.path, to, quoted(lines.join('\n')));
      const from = isBelow(state.path, to) ? `any_${this.#name(state.path)}` : this.#node(state.path);
      return `${from} -> ${this.#node(to)}${ends};`;
    });
  }

  /** The attributes of an arrow: a border that one end is inside of cannot be where it ends. */
  #ends(from: string, to: string, label: string): string {
    const attributes = [
      ...(label === '' ? [] : [`label=${label}`]),
      ...(this.#outer.has(from) && from !== to && !isBelow(from, to)
        ? [`ltail=cluster_${this.#name(from)}`]
        : []),
      ...(this.#outer.has(to) && from !== to && !isBelow(to, from)
        ? [`lhead=cluster_${this.#name(to)}`]
        : []),
    ];
    return attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`;
  }

  #node(path: string): string {
    return this.#outer.has(path) ? `start_${this.#name(path)}` : this.#name(path);
  }

  #name(path: string): string {
    return this.#names.get(path) ?? 's_';
  }
}

function titleOf({key, kind}: ChartState): string {
  return kind === 'history' ? `${key} (history)` : key;
}

/** A string of the language, lines aligned to the left. */
function quoted(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replace(/[\u0000-\u0009\u000b-\u001f]/g, ' ');
  return `"${escaped.includes('\n') ? `${escaped.replaceAll('\n', '\\l')}\\l` : escaped}"`;
}
