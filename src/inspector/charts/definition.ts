/** Reads a machine of xstate as a chart. What is drawn is what runs: the targets are those that xstate has resolved. */

import type {AnyStateMachine, AnyStateNode, AnyTransitionDefinition} from 'xstate';
import {machineHash} from '../../trace/machine-hash.js';
import type {Chart, ChartInvoke, ChartState, ChartTransition, TransitionKind} from './chart.js';
import {actionWords, delayWords, guardWords} from './words.js';

/** The chart of a machine. */
export function chartOf(machine: AnyStateMachine): Chart {
  const root = machine.root as AnyStateNode;
  const {delays} = machine.implementations;
  return {
    id: machine.id,
    hash: machineHash(machine.config),
    description: root.description ?? null,
    root: stateOf(root, delays),
  };
}

type Delays = AnyStateMachine['implementations']['delays'];

function stateOf(node: AnyStateNode, delays: Delays): ChartState {
  const {config} = node;
  const hasInitial = node.type === 'compound';
  return {
    path: pathOf(node),
    key: node.key,
    kind: node.type,
    description: node.description ?? null,
    initial: hasInitial ? (node.initial.target[0]?.key ?? null) : null,
    // Of the config: xstate adds to its own what starts and stops the clocks of `after`.
    entry: listed(config.entry).map(actionWords),
    exit: listed(config.exit).map(actionWords),
    invokes: node.invoke.map(({id}, index) => invokeOf(id, listed(config.invoke)[index])),
    transitions: transitionsOf(node, delays),
    states: Object.values(node.states).map((child) => stateOf(child, delays)),
  };
}

function pathOf(node: AnyStateNode): string {
  return node.path.join('.');
}

function invokeOf(id: string, config: {readonly src: unknown} | undefined): ChartInvoke {
  const src = config?.src;
  if (typeof src === 'string') return {id, source: src};
  const name = (src as {readonly id?: unknown} | undefined)?.id;
  return {id, source: typeof name === 'string' ? name : 'an actor'};
}

function transitionsOf(node: AnyStateNode, delays: Delays): ChartTransition[] {
  const path = pathOf(node);
  const found: ChartTransition[] = [];
  for (const [event, definitions] of node.transitions) {
    const {kind, on} = triggerOf(node, event);
    definitions.forEach((definition, index) => {
      const words = kind === 'after' ? delayWords(delayOf(definition), delays) : on;
      found.push({id: `${path}:${event}:${index}`, kind, on: words, event, ...effectOf(definition)});
    });
  }
  const always = [...(node.always ?? []), ...defaultOfHistory(node)];
  always.forEach((definition, index) => {
    const id = `${path}::${index}`;
    found.push({id, kind: 'always', on: '', event: '', ...effectOf(definition)});
  });
  return found;
}

/** Where a history state leads when there is no history yet: drawn like an `always`. */
function defaultOfHistory(node: AnyStateNode): Pick<AnyTransitionDefinition, 'target'>[] {
  if (node.type !== 'history') return [];
  const {target} = node.config as {readonly target?: string | readonly string[]};
  const {parent} = node;
  if (target === undefined || parent === undefined) return [];
  const targets = listed(target).map((key) => descendant(parent, key));
  return [{target: targets.filter((found) => found !== undefined)}];
}

function descendant(from: AnyStateNode, path: string): AnyStateNode | undefined {
  let found: AnyStateNode | undefined = from;
  for (const key of path.split('.')) found = found?.states[key];
  return found;
}

function delayOf(definition: AnyTransitionDefinition): string | number {
  return (definition as AnyTransitionDefinition & {readonly delay: string | number}).delay;
}

/** What makes it happen, from the name that xstate gave the event. */
function triggerOf(node: AnyStateNode, event: string): {kind: TransitionKind; on: string} {
  if (event === `xstate.done.state.${node.id}`) return {kind: 'done', on: `${node.key} is done`};
  for (const {id} of node.invoke) {
    if (event === `xstate.done.actor.${id}`) return {kind: 'done', on: `${id} is done`};
    if (event === `xstate.error.actor.${id}`) return {kind: 'error', on: `${id} fails`};
    if (event === `xstate.snapshot.${id}`) return {kind: 'event', on: `${id} changes`};
  }
  const isDelay = node.after.some(({eventType}) => eventType === event);
  return isDelay ? {kind: 'after', on: ''} : {kind: 'event', on: event};
}

type Effect = Pick<ChartTransition, 'guard' | 'actions' | 'targets' | 'reenter' | 'description'>;

function effectOf({
  guard,
  actions = [],
  target,
  reenter = false,
  description,
}: Partial<AnyTransitionDefinition>): Effect {
  return {
    guard: guard === undefined ? null : guardWords(guard),
    actions: actions.map(actionWords),
    targets: (target ?? []).map(pathOf),
    reenter,
    description: description ?? null,
  };
}

function listed<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Value];
}
