/**
 * A chart for mermaid (stateDiagram-v2), as far as that can say it. It has no place for text in a state that holds
 * others, and refuses arrows from a state to one inside it: both go to a box of their own there, `whatever the state`.
 */

import type {Chart, ChartState} from './chart.js';
import {factLines, leadingArrows} from './facts.js';
import {identifiers, isBelow, statesOf} from './states.js';

const INDENT = '  ';

/** The whole diagram, with its closing line break. */
export function mermaidOf(chart: Chart): string {
  const names = identifiers(statesOf(chart.root));
  const writer = new MermaidWriter(names);
  return `${['stateDiagram-v2', ...indented(writer.inside(chart.root))].join('\n')}\n`;
}

class MermaidWriter {
  readonly #names: ReadonlyMap<string, string>;

  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
  }

  /** What stands between the braces of a state. */
  inside(state: ChartState): string[] {
    const {kind, states, initial} = state;
    const first = states.find(({key}) => key === initial);
    const regions = states.map((child) => this.#state(child));
    return [
      // Before the states: mermaid takes a state for where it stands last, and these lead into others.
      ...states.flatMap((child) => this.#arrows(child)),
      ...this.#always(state),
      ...(first === undefined ? [] : [`[*] --> ${this.#name(first.path)}`]),
      ...(kind === 'parallel'
        ? regions.flatMap((lines, index) => (index === 0 ? lines : ['--', ...lines]))
        : regions.flat()),
    ];
  }

  #state(state: ChartState): string[] {
    const name = this.#name(state.path);
    const title = state.kind === 'history' ? `${state.key} (history)` : state.key;
    const head = `state "${plain(title)}" as ${name}`;
    if (state.states.length > 0) return [`${head} {`, ...indented(this.inside(state)), '}'];
    const end = state.kind === 'final' ? [`${name} --> [*]`] : [];
    const facts = factLines(state);
    // The first line of text replaces the name, so the name comes again as a line.
    const lines = facts.length === 0 ? [] : [...facts.map((line) => `${name} : ${plain(line)}`)];
    return [head, ...lines, ...end];
  }

  /** What holds in all of its inner states. */
  #always(state: ChartState): string[] {
    if (state.states.length === 0) return [];
    const inward = leadingArrows(state).filter(({to}) => isBelow(state.path, to));
    const facts = factLines(state);
    if (inward.length + facts.length === 0) return [];
    const name = `any_${this.#name(state.path)}`;
    return [
      `state "whatever the state" as ${name}`,
      ...facts.map((line) => `${name} : ${plain(line)}`),
      ...inward.map(({to, lines}) => arrow(name, this.#name(to), lines)),
    ];
  }

  /** Those that begin at a state and do not lead into it. */
  #arrows(state: ChartState): string[] {
    return leadingArrows(state)
      .filter(({to}) => !isBelow(state.path, to))
      .map(({to, lines}) => arrow(this.#name(state.path), this.#name(to), lines));
  }

  #name(path: string): string {
    return this.#names.get(path) ?? 's_';
  }
}

function arrow(from: string, to: string, lines: readonly string[]): string {
  return `${from} --> ${to}${lines.length === 0 ? '' : ` : ${lines.map(plain).join('<br/>')}`}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `${INDENT}${line}`);
}

/** Without what mermaid takes for something else: the end of a text, an entity, a tag, a comment. */
function plain(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .replaceAll('"', "'")
    .replaceAll(':', '\u02d0')
    .replaceAll(';', ',')
    .replaceAll('<', '\u2039')
    .replaceAll('>', '\u203a')
    .replaceAll('#', '\uff03')
    .replaceAll('%%', '% %')
    .replaceAll('{', '(')
    .replaceAll('}', ')');
}
