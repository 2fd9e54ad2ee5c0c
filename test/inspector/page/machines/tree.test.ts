import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type TreeQuery, treeLines, treeMove} from '../../../../src/inspector/page/machines/tree.js';
import type {ActorMoment} from '../../../../src/inspector/page/model/moment.js';

function actor(
  number: number,
  name: string,
  parent: number | null,
  more: Partial<ActorMoment> = {},
): ActorMoment {
  return {
    actor: number,
    name,
    machine: name,
    parent,
    connection: null,
    fragment: null,
    session: null,
    item: null,
    states: [],
    startedMs: 0,
    sinceMs: 0,
    last: null,
    moves: 0,
    context: null,
    ended: null,
    ...more,
  };
}

const ACTORS = [
  actor(0, 'download', null),
  actor(1, 'store', 0),
  actor(2, 'connection-0', 0, {states: ['online.busy'], connection: 0}),
  actor(3, 'link', 2),
  actor(4, 'connection-1', 0, {ended: {t: 5, how: 'done'}}),
  actor(5, 'link', 4, {ended: {t: 5, how: 'stopped'}}),
];
const ALL: TreeQuery = {
  text: '',
  showsEnded: true,
  closed: new Set(),
  about: ({connection}) => (connection === null ? '' : 'host.example:9000'),
};

const shown = (query: Partial<TreeQuery>) =>
  treeLines(ACTORS, {...ALL, ...query}).map(({actor: {name}, level}) => `${' '.repeat(level - 1)}${name}`);

test('whom an actor started stands below it', () => {
  assert.deepEqual(shown({}), ['download', ' store', ' connection-0', '  link', ' connection-1', '  link']);
  assert.deepEqual(shown({closed: new Set([2])}), [
    'download',
    ' store',
    ' connection-0',
    ' connection-1',
    '  link',
  ]);
  assert.deepEqual(shown({showsEnded: false}), ['download', ' store', ' connection-0', '  link']);
});

test('a filter finds names, states and addresses, and keeps the way there', () => {
  assert.deepEqual(shown({text: 'BUSY'}), ['download', ' connection-0']);
  assert.deepEqual(shown({text: 'host.example'}), ['download', ' connection-0']);
  assert.deepEqual(shown({text: 'link', closed: new Set([0])}), [
    'download',
    ' connection-0',
    '  link',
    ' connection-1',
    '  link',
  ]);
  assert.deepEqual(shown({text: 'nobody'}), []);
});

test('an actor whose parent is no longer known stands at the top', () => {
  const lines = treeLines([actor(9, 'orphan', 77)], ALL);
  assert.deepEqual(
    lines.map(({level, place, places, isOpen}) => [level, place, places, isOpen]),
    [[1, 1, 1, null]],
  );
});

test('keys lead through the tree as in every tree', () => {
  const lines = treeLines(ACTORS, ALL);
  const keys: readonly [number | null, string, unknown][] = [
    [0, 'ArrowDown', {kind: 'choose', actor: 1}],
    [0, 'ArrowUp', {kind: 'choose', actor: 0}],
    [3, 'ArrowUp', {kind: 'choose', actor: 2}],
    [3, 'ArrowLeft', {kind: 'choose', actor: 2}],
    [2, 'ArrowLeft', {kind: 'close', actor: 2}],
    [2, 'ArrowRight', {kind: 'choose', actor: 3}],
    [3, 'ArrowRight', null],
    [0, 'End', {kind: 'choose', actor: 5}],
    [5, 'Home', {kind: 'choose', actor: 0}],
    [5, 'ArrowDown', null],
    [0, 'x', null],
    [null, 'ArrowDown', {kind: 'choose', actor: 0}],
  ];
  for (const [from, key, move] of keys) assert.deepEqual(treeMove(lines, from, key), move, `${from} ${key}`);
  const closed = treeLines(ACTORS, {...ALL, closed: new Set([2])});
  assert.deepEqual(treeMove(closed, 2, 'ArrowRight'), {kind: 'open', actor: 2});
});
