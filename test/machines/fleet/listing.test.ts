import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type Detail,
  type Details,
  mergeListings,
  type Offering,
  questionsOf,
} from '../../../src/machines/fleet/listing.js';

const GEOMETRY = {blockBytes: 10, fragmentBytes: 100};
const ROOT = 'aa'.repeat(32);
const OTHER = 'bb'.repeat(32);

test('each server is asked about what its listing does not say, and each version is dated once', () => {
  const offerings = [
    offering('one', ['x', ROOT, true], ['y', ROOT, true]),
    offering('two', ['x', ROOT, true], ['y', ROOT, false]),
    offering('three', ['x', OTHER, true]),
  ];
  assert.deepEqual(questionsOf(offerings, ['x', 'y']), [['x'], ['y'], ['x', 'y']]);
});

test('dating is shared out among the servers', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const offerings = ['one', 'two', 'three'].map((address) =>
    offering(address, ...names.map((name): EntryParts => [name, ROOT, true])),
  );
  assert.deepEqual(questionsOf(offerings, names), [
    ['a', 'd'],
    ['b', 'e'],
    ['c', 'f'],
  ]);
});

test('a file is told with who has it whole, in part, in another version, is indexing it, or lacks it', () => {
  const offerings = [
    offering('one', ['x', ROOT, true]),
    offering('two', ['x', ROOT, false]),
    offering('three', ['x', OTHER, true]),
    offering('four'),
    offering('five'),
    offering('six', ['x', ROOT, true]),
  ];
  const [file] = merge(offerings, ['x'], {
    one: served(ROOT, 3, 1_000),
    two: served(ROOT, 1, 2_000),
    three: served(OTHER, 3, 3_000),
    four: {kind: 'refused', refusal: {code: 'indexing', message: '', progressPermille: 400}},
    five: {kind: 'refused', refusal: {code: 'file-not-found', message: '', progressPermille: null}},
  });
  assert.deepEqual(file, {
    name: 'x',
    versions: [
      {
        root: ROOT,
        size: 250,
        fragments: 3,
        modifiedMs: 1_000,
        whole: ['one', 'six'],
        partial: [{address: 'two', fragmentsHere: 1}],
      },
      {root: OTHER, size: 250, fragments: 3, modifiedMs: 3_000, whole: ['three'], partial: []},
    ],
    indexing: [{address: 'four', progressPermille: 400}],
    missing: ['five'],
  });
});

test('what a manifest says is younger than the listing, and counts', () => {
  const [replaced] = merge([offering('one', ['x', ROOT, true])], ['x'], {one: served(OTHER, 2, 5)});
  assert.deepEqual(
    replaced?.versions.map(({root, partial}) => [root, partial]),
    [[OTHER, [{address: 'one', fragmentsHere: 2}]]],
  );
  const [added] = merge([offering('one')], ['x'], {one: served(ROOT, 3, 5)});
  assert.deepEqual(added?.versions[0]?.whole, ['one']);
});

test('without details a partial copy is told as such, and a name that nobody offers is left out', () => {
  const offerings = [offering('one', ['x', ROOT, false])];
  const files = mergeListings(offerings, ['x', 'nowhere'], [], GEOMETRY);
  assert.equal(files.length, 1);
  assert.deepEqual(files[0]?.versions[0]?.partial, [{address: 'one', fragmentsHere: null}]);
});

type EntryParts = readonly [name: string, root: string, whole: boolean];

function offering(address: string, ...entries: readonly EntryParts[]): Offering {
  return {
    address,
    entries: new Map(entries.map(([name, root, whole]) => [name, {name, root, whole, size: 250}])),
  };
}

function served(root: string, fragmentsHere: number, modifiedMs: number): Detail {
  return {kind: 'served', root, size: 250, modifiedMs, fragmentsHere};
}

/** With what each server, by its address, says of the first name. */
function merge(
  offerings: readonly Offering[],
  names: readonly string[],
  said: Readonly<Record<string, Detail>>,
) {
  const details: Details = offerings.map(({address}) => {
    const detail = said[address];
    return new Map(detail === undefined ? [] : [[names[0] ?? '', detail]]);
  });
  return mergeListings(offerings, names, details, GEOMETRY);
}
