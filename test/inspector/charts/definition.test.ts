/** A chart says what its machine is: all of it, each thing once, and something else when the machine is another. */

import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {type AnyStateMachine, and, createMachine, not, or, raise, sendTo, setup, stateIn} from 'xstate';
import {allCharts} from '../../../src/inspector/charts/catalogue.js';
import type {ChartTransition} from '../../../src/inspector/charts/chart.js';
import {chartOf} from '../../../src/inspector/charts/definition.js';
import {MACHINE_NAMES} from '../../../src/inspector/charts/machine-names.js';
import {statesOf} from '../../../src/inspector/charts/states.js';
import {checkout} from '../../support/processes.js';
import {contentsOf, type MachineConfig, property, withMachine} from './random-machines.js';

const BUILT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'src', 'machines');

test('every machine in src/machines is in the catalogue, and nothing else', async () => {
  const folder = join(checkout(), 'src', 'machines');
  const found: string[] = [];
  for (const entry of readdirSync(folder, {recursive: true, withFileTypes: true})) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !/\bcreateMachine\(/.test(readFileSync(path, 'utf8'))) continue;
    const built = join(BUILT, relative(folder, path).replace(/\.ts$/, '.js'));
    const exported = Object.values((await import(pathToFileURL(built).href)) as object);
    found.push(...exported.filter(isMachine).map(({id}) => id));
  }
  assert.ok(found.length > 0);
  assert.deepEqual(found.sort(), [...MACHINE_NAMES].sort());
  assert.deepEqual(
    allCharts().map(({id}) => id),
    [...MACHINE_NAMES],
  );
});

function isMachine(value: unknown): value is AnyStateMachine {
  return typeof value === 'object' && value !== null && 'root' in value && 'config' in value;
}

test('our machines say what they are for, and name all that they do', () => {
  for (const {id, description, root} of allCharts()) {
    assert.ok((description ?? '').length > 20, id);
    const words = JSON.stringify(root);
    assert.doesNotMatch(words, /"(a condition|an action|an actor)"/, id);
  }
});

test('every state and every transition of a random machine is in its chart, once', () => {
  property((config) => {
    const chart = chartOf(createMachine(config as never));
    const states = statesOf(chart.root);
    const expected = contentsOf(config);
    assert.deepEqual(states.map(({path}) => path).sort(), expected.paths.sort());
    const transitions = states.flatMap((state) => state.transitions);
    assert.equal(new Set(transitions.map(({id}) => id)).size, transitions.length, 'ids are unique');
    const told = states.flatMap(({path, transitions: own}) => own.map((it) => `${path} ${actionOf(it)}`));
    assert.deepEqual(told.sort(), expected.transitions.sort());
  });
});

/** The random machines give each transition an action of its own. */
function actionOf({actions, targets, guard, kind}: ChartTransition): string {
  return [actions.join(), targets.join(), guard ?? 'always fits', kind].join(' ');
}

test('a machine that is changed has another chart, and another hash', () => {
  property((config) => {
    const before = chartOf(createMachine(config as never));
    const after = chartOf(createMachine(changed(config) as never));
    assert.notDeepEqual(after.root, before.root);
    assert.notEqual(after.hash, before.hash);
    assert.deepEqual(chartOf(createMachine(structuredClone(config) as never)), before);
  });
});

function changed(config: MachineConfig): MachineConfig {
  return withMachine(config, {on: {...config.on, 'one.more': {actions: 'newAction'}}});
}

test('events, delays, guards and actions are told in the words of the definition', () => {
  const machine = setup({
    types: {context: {} as object, events: {} as {type: 'go' | 'stop' | 'ignore'}},
    actors: {work: createMachine({id: 'worker'})},
    guards: {isA: () => true, isB: () => true, isC: () => true},
    actions: {act: () => {}},
    delays: {pause: 1_500, moment: () => 5},
  }).createMachine({
    id: 'm',
    context: {},
    initial: 'a',
    states: {
      a: {
        entry: 'act',
        exit: [raise({type: 'go'}), sendTo('w', {type: 'x'})],
        invoke: {id: 'w', src: 'work', onDone: 'b', onError: {target: 'b', reenter: true}},
        always: {guard: and(['isA', not(or(['isB', stateIn('b')]))]), target: 'b'},
        after: {pause: 'b', moment: 'b', 60000: {actions: 'act'}},
        on: {
          go: [
            {guard: 'isC', target: 'b'},
            {target: '#m.b', actions: () => {}},
          ],
          ignore: {},
          '*': 'b',
        },
      },
      b: {type: 'parallel', states: {x: {}, y: {}}, onDone: 'c'},
      c: {type: 'final'},
    },
  });
  const [a, b] = chartOf(machine).root.states;
  assert.deepEqual([a?.entry, a?.exit], [['act'], ['raise go', 'send x to w']]);
  assert.deepEqual(a?.invokes, [{id: 'w', source: 'work'}]);
  assert.equal(b?.kind, 'parallel');
  assert.deepEqual(
    a?.transitions.map(({kind, on, guard, actions, targets, reenter}) =>
      [kind, on, guard, actions.join(), targets.join(), reenter].join('|'),
    ),
    [
      'event|go|isC||b|false',
      'event|go||an action|b|false',
      'event|ignore||||false',
      'event|*|||b|false',
      'done|w is done|||b|false',
      'error|w fails|||b|true',
      'after|1m||act||false',
      'after|pause, 1.5s|||b|false',
      'after|moment|||b|false',
      'always||isA and not (isB or in b)||b|false',
    ],
  );
  assert.deepEqual(
    b?.transitions.map(({kind, on, targets}) => [kind, on, targets.join()]),
    [['done', 'b is done', 'c']],
  );
});
