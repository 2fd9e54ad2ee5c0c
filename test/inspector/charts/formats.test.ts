/** Mermaid and Graphviz take what is made for them: no reserved word, no text that ends a text, nothing they refuse. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createMachine} from 'xstate';
import {allCharts} from '../../../src/inspector/charts/catalogue.js';
import type {Chart} from '../../../src/inspector/charts/chart.js';
import {chartOf} from '../../../src/inspector/charts/definition.js';
import {dotOf} from '../../../src/inspector/charts/dot.js';
import {mermaidOf} from '../../../src/inspector/charts/mermaid.js';
import {statesOf} from '../../../src/inspector/charts/states.js';
import {property} from './random-machines.js';

const ODD = createMachine({
  id: 'odd',
  initial: 'end',
  states: {
    end: {on: {'a:b;c "q" <i>%% {}#35;\n': 'state'}},
    state: {
      type: 'parallel',
      states: {note: {initial: 'x', states: {x: {}, h: {type: 'history'}}, on: {w: '.x'}}, 'class;}': {}},
    },
    'fin"al\\': {type: 'final'},
  },
  on: {go: '.state', stay: {actions: 'a:"b"'}},
} as never);

const CHARTS: readonly Chart[] = [...allCharts(), chartOf(ODD)];

/** One line of what we write, as mermaid's grammar has it. */
const MERMAID_LINES: readonly RegExp[] = [
  /^state "[^"\n]*" as (?:any_)?s_\w*(?: \{)?$/,
  /^(?:any_)?s_\w* : [^:;"<>#{}\n]+$/,
  /^(?:\[\*\]|(?:any_)?s_\w*) --> (?:\[\*\]|s_\w*)(?: : (?:[^:;"<>#{}\n]|<br\/>)+)?$/,
  /^\}$/,
  /^--$/,
];

test('every line for mermaid is one that it knows, and braces are closed', () => {
  for (const chart of CHARTS) assertMermaid(mermaidOf(chart));
  property((config) => assertMermaid(mermaidOf(chartOf(createMachine(config as never)))));
});

function assertMermaid(text: string): void {
  const [first, ...lines] = text.trimEnd().split('\n');
  assert.equal(first, 'stateDiagram-v2');
  const open: string[] = [];
  const inside = new Map<string, readonly string[]>();
  for (const line of lines.map((it) => it.trim())) {
    assert.ok(
      MERMAID_LINES.some((known) => known.test(line)),
      line,
    );
    const name = /^state ".*" as (\w+)/.exec(line)?.[1];
    if (name !== undefined) {
      assert.ok(!inside.has(name), `${name} stands once`);
      inside.set(name, [...open]);
    }
    if (line.endsWith('{')) open.push(name ?? '');
    if (line === '}') assert.ok(open.pop() !== undefined, 'a brace too many');
  }
  assert.deepEqual(open, []);
  for (const [, from = '', to = ''] of text.matchAll(/(\w+) --> (\w+)/g)) {
    assert.ok(inside.has(from) && inside.has(to), `${from} and ${to} are states`);
    assert.ok(
      !inside.get(to)?.includes(from),
      `mermaid refuses the arrow from ${from} to ${to}, which is inside it`,
    );
  }
}

test('for Graphviz every string is closed, every cluster too, and borders that arrows are cut at are there', () => {
  for (const chart of CHARTS) assertDot(dotOf(chart));
  property((config) => assertDot(dotOf(chartOf(createMachine(config as never)))));
});

function assertDot(text: string): void {
  assert.match(text, /^digraph "/);
  const bare = text.replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  assert.doesNotMatch(bare, /"(?!")(?<!"")|\\/, 'a string is open');
  assert.equal(bare.split('{').length, bare.split('}').length);
  const clusters = new Set([...bare.matchAll(/subgraph (\w+)/g)].map(([, name]) => name));
  for (const [, name] of bare.matchAll(/l(?:tail|head)=(\w+)/g)) assert.ok(clusters.has(name), name);
  const nodes = new Set([...bare.matchAll(/^ *(\w+) \[/gm)].map(([, name]) => name));
  for (const [, from, to] of bare.matchAll(/(\w+) -> (\w+)/g)) assert.ok(nodes.has(from) && nodes.has(to));
}

test('each transition of a machine is told by both formats', () => {
  for (const chart of allCharts()) {
    for (const text of [mermaidOf(chart), dotOf(chart)]) {
      for (const {transitions, key} of statesOf(chart.root).slice(1)) {
        assert.ok(text.includes(key), key);
        for (const {on, actions, guard} of transitions)
          for (const word of [on, ...actions, guard ?? ''])
            assert.ok(text.includes(word), `${chart.id}: ${word}`);
      }
    }
  }
});
