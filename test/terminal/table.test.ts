import assert from 'node:assert/strict';
import {test} from 'node:test';
import {columnsOf} from '../../src/terminal/columns.js';
import {foldRows} from '../../src/terminal/fold.js';
import {type Column, tableLines} from '../../src/terminal/table.js';

const COLUMNS: readonly Column[] = [
  {title: 'NAME', align: 'left', shrinkTo: 8},
  {title: 'SIZE', align: 'right', shrinkTo: null},
  {title: 'WHO', align: 'left', shrinkTo: 5},
];
const ROWS = [
  {cells: [{text: 'models/llama-7b.bin'}, {text: '5 B'}, {text: 'all 3'}]},
  {
    cells: [{text: 'x'}, {text: '1.00 MB'}, {text: 'one and another one'}],
    below: ['a detail of some length'],
  },
];

test('columns are as wide as what is in them, and no line ends in blanks', () => {
  assert.deepEqual(tableLines(COLUMNS, ROWS, {color: false, columns: null}), [
    'NAME                    SIZE  WHO',
    'models/llama-7b.bin      5 B  all 3',
    'x                    1.00 MB  one and another one',
    '  a detail of some length',
  ]);
});

test('where there is no room, the first column gives way first, in its middle, then the last, at its end', () => {
  assert.deepEqual(tableLines(COLUMNS, ROWS, {color: false, columns: 24}), [
    'NAME         SIZE  WHO',
    'mode…bin      5 B  all 3',
    'x         1.00 MB  one …',
    '  a detail of some leng…',
  ]);
  for (const line of tableLines(COLUMNS, ROWS, {color: false, columns: 40})) assert.ok(columnsOf(line) <= 40);
});

test('wide characters count as two columns', () => {
  const rows = [{cells: [{text: '很长的名字'}, {text: '5 B'}, {text: 'x'}]}];
  const [, line] = tableLines(COLUMNS, rows, {color: false, columns: null});
  assert.equal(line, '很长的名字   5 B  x');
});

test('where nothing is cut, one very long name leaves the columns of the others where they are', () => {
  const long = 'n'.repeat(100);
  const rows = ['x', long].map((text) => ({cells: [{text}, {text: '5 B'}, {text: 'all'}]}));
  const [, short, cutNowhere] = tableLines(COLUMNS, rows, {color: false, columns: null});
  assert.equal(short, `x${' '.repeat(59)}  ${' '.repeat(1)}5 B  all`);
  assert.equal(cutNowhere, `${long}   5 B  all`);
});

test('colours do not change what stands where', () => {
  const rows = [{cells: [{text: 'x'}, {text: '5 B'}, {text: 'all', colour: 'green' as const}]}];
  const plain = tableLines(COLUMNS, rows, {color: false, columns: 80});
  const painted = tableLines(COLUMNS, rows, {color: true, columns: 80});
  const codes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
  assert.deepEqual(
    painted.map((line) => line.replaceAll(codes, '')),
    plain,
  );
  assert.notDeepEqual(painted, plain);
});

test('files that are too many become the folders below the one that all have in common', () => {
  const names = ['data/a/1', 'data/a/2', 'data/b/c/3', 'data/x'];
  const files = names.map((name) => ({name}));
  const folded = foldRows(files, 3);
  assert.deepEqual(
    folded.rows.map((row) => (row.kind === 'file' ? row.file.name : [row.name, row.files.length])),
    [['data/a/', 2], ['data/b/', 1], 'data/x'],
  );
  assert.equal(folded.hidden, 0);
  assert.equal(foldRows(files, 4).rows.length, 4);
  assert.equal(foldRows(files, null).rows.length, 4);
});

test('what has no row even then is counted', () => {
  const files = [
    ...Array.from({length: 9}, (_, index) => ({name: `f${index}`})),
    {name: 'z/1'},
    {name: 'z/2'},
  ];
  const {rows, hidden} = foldRows(files, 4);
  assert.equal(rows.length, 4);
  assert.equal(hidden, 7);
});
