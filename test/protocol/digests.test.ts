import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {test} from 'node:test';
import {blockDigest, fragmentDigest, fromHex, rootOf, toHex} from '../../src/protocol/digests.js';
import {bytesOf, type DigestVector, readVectors} from './vectors.js';

const {digests: VECTORS} = readVectors<{digests: DigestVector[]}>('digests.json');

for (const vector of VECTORS) {
  test(`the digests of a file follow the formulas of the protocol: ${vector.name}`, () => {
    const bytes = bytesOf(vector.content);
    assert.equal(bytes.length, vector.size);
    assert.equal(sha256(bytes), vector.sha256);
    const {fragmentBytes, blockBytes} = vector.geometry;
    const fragments = cut(bytes, fragmentBytes);
    const blocks = fragments.map((fragment) =>
      cut(fragment, blockBytes).map((block) => sha256(hex('00'), block)),
    );
    assert.deepEqual(blocks, vector.blockDigests);
    const digests = blocks.map((list) => sha256(hex('01'), u32(list.length), hex(list.join(''))));
    assert.deepEqual(digests, vector.fragmentDigests);
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(vector.size));
    const head = [hex('02'), Buffer.from('fdl/1'), hex('01'), size, u32(blockBytes), u32(fragmentBytes)];
    assert.equal(sha256(...head, hex(vector.sha256), hex(digests.join(''))), vector.root);
  });

  test(`our functions give the digests of the vector: ${vector.name}`, () => {
    const bytes = bytesOf(vector.content);
    const {fragmentBytes, blockBytes} = vector.geometry;
    const fragments = cut(bytes, fragmentBytes).map((fragment) =>
      fragmentDigest(Buffer.concat(cut(fragment, blockBytes).map(blockDigest))),
    );
    assert.deepEqual(fragments.map(toHex), vector.fragmentDigests);
    const {size, geometry, root} = vector;
    assert.equal(
      rootOf({size, geometry, sha256: vector.sha256, fragmentDigests: Buffer.concat(fragments)}),
      root,
    );
  });
}

test('the published root of an empty file never changes', () => {
  const empty = VECTORS.find(({size}) => size === 0);
  assert.equal(empty?.sha256, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.equal(empty.root, '23fefef88552498a58a227748493c1a7c96749e28155170ff266fe7aca8ae940');
});

test('a block digest of shared memory is that of the same bytes elsewhere', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4_096), 1_000, 100).fill(7);
  assert.deepEqual(blockDigest(shared), blockDigest(new Uint8Array(100).fill(7)));
});

test('every part of a root changes it', () => {
  const parts = {
    size: 10,
    geometry: {blockBytes: 4, fragmentBytes: 8},
    sha256: 'ab'.repeat(32),
    fragmentDigests: new Uint8Array(64),
  };
  const roots = [
    parts,
    {...parts, size: 11},
    {...parts, size: 10 + 2 ** 32},
    {...parts, geometry: {blockBytes: 2, fragmentBytes: 8}},
    {...parts, geometry: {blockBytes: 4, fragmentBytes: 16}},
    {...parts, sha256: 'ba'.repeat(32)},
    {...parts, fragmentDigests: new Uint8Array(64).fill(1, 63)},
    {...parts, fragmentDigests: new Uint8Array(32)},
    {...parts, fragmentDigests: new Uint8Array(96)},
  ].map(rootOf);
  assert.equal(new Set(roots).size, roots.length);
});

test('a digest travels through hex unchanged, and nothing else is taken for one', () => {
  const digest = blockDigest(new Uint8Array(3));
  assert.deepEqual(fromHex(toHex(digest)), digest);
  for (const text of ['', 'ab', 'AB'.repeat(32), 'zz'.repeat(32), `${'ab'.repeat(32)}\n`, 'ab'.repeat(33)]) {
    assert.throws(() => fromHex(text), RangeError, text);
  }
  assert.throws(() => fragmentDigest(new Uint8Array(33)), RangeError);
});

function cut(bytes: Uint8Array, length: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / length);
  return Array.from({length: count}, (_, index) => bytes.subarray(index * length, (index + 1) * length));
}

function sha256(...parts: Uint8Array[]): string {
  return createHash('sha256').update(Buffer.concat(parts)).digest('hex');
}

function u32(value: number): Buffer {
  return Buffer.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
