import assert from 'node:assert/strict';
import {test} from 'node:test';
import {blockCount} from '../../../src/geometry.js';
import {holdsFragment, pickBlocks} from '../../../src/machines/fleet/pick-blocks.js';
import {seededRandom} from '../../support/random.js';

const GEOMETRY = {blockBytes: 10, fragmentBytes: 40};
const ROOT = 'aa'.repeat(32);

test('blocks are different, exist, and lie in fragments that are held', () => {
  const random = seededRandom(7);
  for (let round = 0; round < 200; round++) {
    const size = Math.floor(random() * 2_000);
    const manifest = {size, geometry: GEOMETRY, root: ROOT, sha256: ROOT};
    const holds = random() < 0.3 ? null : Uint8Array.from({length: 8}, () => Math.floor(random() * 256));
    const picked = pickBlocks(manifest, holds, Math.floor(random() * 40), random);
    for (const {fragment, block} of picked) {
      assert.ok(holdsFragment(holds, fragment), `round ${round}: fragment ${fragment}`);
      assert.ok(block >= 0 && block < blockCount(size, GEOMETRY, fragment), `round ${round}: block ${block}`);
    }
    const keys = picked.map(({fragment, block}) => `${fragment}/${block}`);
    assert.equal(new Set(keys).size, keys.length, `round ${round}`);
  }
});

test('all blocks are looked at where there are no more than asked for', () => {
  const manifest = {size: 95, geometry: GEOMETRY, root: ROOT, sha256: ROOT};
  const all = pickBlocks(manifest, Uint8Array.of(0b101), 100, () => 0);
  assert.deepEqual(all, [
    {fragment: 1, block: 0},
    {fragment: 1, block: 1},
    {fragment: 1, block: 2},
    {fragment: 1, block: 3},
    {fragment: 3, block: 0},
    {fragment: 3, block: 1},
  ]);
  assert.deepEqual(
    pickBlocks({...manifest, size: 0}, null, 8, () => 0),
    [],
  );
  assert.deepEqual(
    pickBlocks(manifest, Uint8Array.of(0), 8, () => 0),
    [],
  );
});

test('every block has its chance', () => {
  const manifest = {size: 400, geometry: GEOMETRY, root: ROOT, sha256: ROOT};
  const random = seededRandom(1);
  const seen = new Set<string>();
  for (let round = 0; round < 300; round++)
    for (const {fragment, block} of pickBlocks(manifest, null, 2, random)) seen.add(`${fragment}/${block}`);
  assert.equal(seen.size, 40);
});
