import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createActor, createMachine, type InspectionEvent} from 'xstate';
import {chartNamed} from '../../../../src/inspector/charts/catalogue.js';
import {chartOf} from '../../../../src/inspector/charts/definition.js';
import {litOf} from '../../../../src/inspector/page/machines/lit.js';
import type {ActorMoment} from '../../../../src/inspector/page/model/moment.js';

function step(on: string, from: string, to: string): Pick<ActorMoment, 'states' | 'last'> {
  const paths = (text: string) => (text === '' ? [] : text.split(' '));
  return {states: paths(to), last: {row: 1, t: 0, on, from: paths(from), to: paths(to)}};
}

const connection = chartNamed('connection');

test('the states that it is in are lit, and those around them', () => {
  const lit = litOf(connection, step('xstate.init', '', 'online.connecting.dialling'));
  assert.deepEqual([...lit.states].sort(), ['', 'online', 'online.connecting', 'online.connecting.dialling']);
  assert.deepEqual([...lit.inner], ['online.connecting.dialling']);
  assert.deepEqual([...lit.taken], [], 'no transition led to the beginning');
});

test('of the transitions of an event the one is lit that led from there to there', () => {
  const takenBy = (on: string, from: string, to: string) => [...litOf(connection, step(on, from, to)).taken];
  assert.deepEqual(takenBy('link.ended', 'online.transferring', 'online.busy'), [
    'online.transferring:link.ended:0',
  ]);
  assert.deepEqual(takenBy('link.ended', 'online.transferring', 'online.idle.quiet'), [
    'online.transferring:link.ended:2',
  ]);
  assert.deepEqual(takenBy('link.ended', 'online.transferring', 'online.idle.asked'), [
    'online.transferring:link.ended:1',
  ]);
  assert.deepEqual(takenBy('link.lost', 'online.idle.quiet', 'lost'), ['online:link.lost:0']);
  assert.deepEqual(takenBy('unheard.of', 'online.idle.quiet', 'lost'), []);
});

test('states that this version has not light nothing', () => {
  const lit = litOf(connection, step('x', 'was.once', 'is.no.more'));
  assert.deepEqual([...lit.taken], []);
  assert.ok(lit.states.has('is.no.more'));
});

test('what xstate tells of its own steps lights the transition that was taken', () => {
  const machine = createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: {
        on: {'go.far': [{guard: () => false, target: 'c'}, {target: 'b'}], 'go.*': 'c'},
        always: {guard: () => false, target: 'c'},
      },
      b: {type: 'parallel', states: {x: {initial: 'x1', states: {x1: {on: {on: 'x2'}}, x2: {}}}, y: {}}},
      c: {},
    },
  });
  const chart = chartOf(machine);
  const taken: string[][] = [];
  let before: string[] = [];
  const actor = createActor(machine, {
    inspect(event: InspectionEvent) {
      if (event.type !== '@xstate.microstep') return;
      const after = pathsOf((event.snapshot as unknown as {value: Value}).value);
      const {type} = event.event;
      const moment = {states: after, last: {row: 0, t: 0, on: type, from: before, to: after}};
      if (type !== 'xstate.init') taken.push([...litOf(chart, moment).taken]);
      before = after;
    },
  });
  actor.start();
  before = ['a'];
  actor.send({type: 'go.far'});
  actor.send({type: 'on'});
  assert.deepEqual(taken, [['a:go.far:1'], ['b.x.x1:on:0']]);
});

type Value = string | {readonly [key: string]: Value};

function pathsOf(value: Value): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = typeof inner === 'object' && Object.keys(inner).length === 0 ? [] : pathsOf(inner);
    return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`);
  });
}
