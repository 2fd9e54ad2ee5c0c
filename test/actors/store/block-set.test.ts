import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {BlockSet} from '../../../src/actors/store/block-set.js';
import {blockCount, blockLength, fragmentCount} from '../../../src/geometry.js';

const geometry = {blockBytes: 10, fragmentBytes: 50};

test('a set of blocks agrees with a plain set, whatever is added and removed', () => {
  fc.assert(
    fc.property(
      fc.integer({min: 1, max: 1000}),
      fc.array(fc.tuple(fc.boolean(), fc.nat(1000), fc.nat(10)), {maxLength: 60}),
      (size, changes) => {
        const set = new BlockSet(size, geometry);
        const plain = new Set<string>();
        for (const [adds, anyFragment, anyBlock] of changes) {
          const fragment = 1 + (anyFragment % fragmentCount(size, geometry));
          const block = anyBlock % blockCount(size, geometry, fragment);
          const key = `${fragment}/${block}`;
          assert.equal(
            adds ? set.add(fragment, block) : set.delete(fragment, block),
            adds !== plain.has(key),
          );
          if (adds) plain.add(key);
          else plain.delete(key);
        }
        const listed = set
          .runs()
          .flatMap(({fragment, first, end}) =>
            Array.from({length: end - first}, (_, index) => [fragment, first + index] as const),
          );
        assert.deepEqual(new Set(listed.map(([fragment, block]) => `${fragment}/${block}`)), plain);
        const bytes = listed.reduce(
          (sum, [fragment, block]) => sum + blockLength(size, geometry, fragment, block),
          0,
        );
        assert.deepEqual([set.count, set.bytes], [plain.size, bytes]);
      },
    ),
    {numRuns: 300},
  );
});

test('runs are as long as can be and end with their fragment', () => {
  const set = new BlockSet(125, geometry);
  for (let fragment = 1; fragment <= 3; fragment++) {
    for (let block = 0; block < blockCount(125, geometry, fragment); block++) set.add(fragment, block);
  }
  assert.equal(set.isComplete, true);
  assert.deepEqual(set.runs(), [
    {fragment: 1, first: 0, end: 5},
    {fragment: 2, first: 0, end: 5},
    {fragment: 3, first: 0, end: 3},
  ]);
});

test('runs outside the file are recognised, and blocks outside are no members', () => {
  const set = new BlockSet(125, geometry);
  const contains = (fragment: number, first: number, end: number) => set.contains({fragment, first, end});
  assert.ok(contains(3, 0, 3) && contains(1, 4, 5));
  assert.ok(
    !contains(0, 0, 1) &&
      !contains(4, 0, 1) &&
      !contains(3, 2, 4) &&
      !contains(1, 2, 2) &&
      !contains(1, 3, 2),
  );
  assert.equal(set.has(9, 9), false);
  assert.throws(() => set.add(9, 9), RangeError);
});
