import assert from 'node:assert/strict';
import {homedir} from 'node:os';
import {test} from 'node:test';
import {assign, createActor, setup} from 'xstate';
import {contextValues} from '../../../src/actors/trace/context-values.js';
import {MachineRows} from '../../../src/actors/trace/machine-rows.js';
import {Recorder} from '../../../src/actors/trace/recorder.js';
import {TRACE_CONTEXT_ENTRIES_MAX, TRACE_CONTEXT_TEXT_MAX} from '../../../src/limits.js';
import {problemOf} from '../../../src/trace/read.js';
import type {TraceRow} from '../../../src/trace/rows.js';
import {VirtualClock} from '../../support/virtual-clock.js';

test('a context is told flat: inner entries with a dot, of bytes and long lists the length', () => {
  const context = {
    connection: 3,
    manifest: {root: 'ab', size: 7, geometry: {blockBytes: 1, fragmentBytes: 2}},
    holds: new Uint8Array(40),
    fetches: [1, 2],
    ids: Array.from({length: 900}, (_, index) => index),
    digests: new Map([[1, 'x']]),
    none: null,
    never: Number.POSITIVE_INFINITY,
    act: () => {},
    nothing: undefined,
  };
  assert.deepEqual(contextValues(context), {
    connection: 3,
    'manifest.root': 'ab',
    'manifest.size': 7,
    'manifest.geometry': '2 entries',
    holds: '40 bytes',
    fetches: '1, 2',
    ids: '900 entries',
    digests: '1 entries',
    none: null,
    never: 'Infinity',
  });
});

test('a context shows neither secrets nor the home folder, whatever its length', () => {
  const secret = 's3cr3t';
  const long = `${'x'.repeat(TRACE_CONTEXT_TEXT_MAX - 5)}${homedir()}/files`;
  const values = contextValues({
    token: secret,
    hello: {credentials: {user: secret}, apiPassword: secret},
    output: `${homedir()}/x.zip`,
    long,
  });
  const text = JSON.stringify(values);
  assert.ok(!text.includes(secret), text);
  assert.equal(values['output'], '~/x.zip');
  assert.ok(!text.includes(homedir().slice(0, 5)), text);
  assert.ok(String(values['long']).length <= TRACE_CONTEXT_TEXT_MAX);
});

test('however large a context is, a row has a bounded number of entries', () => {
  const wide = Object.fromEntries(Array.from({length: 500}, (_, index) => [`n${index}`, {a: 1, b: 2}]));
  assert.equal(Object.keys(contextValues(wide)).length, TRACE_CONTEXT_ENTRIES_MAX);
  const circle: Record<string, unknown> = {a: 1};
  circle['self'] = circle;
  assert.ok(Object.keys(contextValues(circle)).length <= TRACE_CONTEXT_ENTRIES_MAX);
});

test('a context is told with the step of its actor, and only when it has changed', () => {
  const rows: TraceRow[] = [];
  const clock = new VirtualClock();
  const machines = new MachineRows(new Recorder(clock, (row) => rows.push(row)), {isHidden: () => true});
  const machine = setup({
    types: {context: {} as {count: number}},
    actions: {count: assign({count: ({context}) => context.count + 1})},
  }).createMachine({
    id: 'lamp',
    context: {count: 0},
    initial: 'off',
    states: {
      off: {on: {press: {target: 'on', actions: 'count'}, count: {actions: 'count'}}},
      on: {on: {press: 'off'}},
    },
  });
  const actor = createActor(machine, {inspect: (event) => machines.inspect(event, () => ({}))});
  actor.start();
  for (const type of ['count', 'count', 'press', 'press', 'press']) actor.send({type});
  for (const row of rows) assert.equal(problemOf(row), null);
  const told = rows.flatMap((row): unknown[] => {
    if (row.k === 'move') return [row.to];
    return row.k === 'context' ? [row.values] : [];
  });
  assert.deepEqual(told, ['off', {count: 0}, 'on', {count: 3}, 'off', 'on', {count: 4}]);
});
