import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import type {FileCalls} from '../../src/workers/file-calls.js';
import {writeFully} from '../../src/workers/write-fully.js';

/** A disk that takes at most so many bytes of each write. */
function sparingDisk(takes: readonly number[]): {disk: Map<number, number>; files: Pick<FileCalls, 'write'>} {
  const disk = new Map<number, number>();
  let turn = 0;
  const write: FileCalls['write'] = (_fd, bytes, from, length, at) => {
    const taken = Math.min(length, takes[turn++ % takes.length] ?? 1);
    for (let index = 0; index < taken; index++) disk.set(at + index, bytes[from + index] ?? -1);
    return taken;
  };
  return {disk, files: {write}};
}

test('however short each write is, every byte reaches its place once', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({maxLength: 200}),
      fc.array(fc.integer({min: 1, max: 50}), {minLength: 1, maxLength: 10}),
      fc.nat(1000),
      (bytes, takes, position) => {
        const {disk, files} = sparingDisk(takes);
        writeFully(3, bytes, position, files);
        assert.equal(disk.size, bytes.length);
        assert.deepEqual(
          [...bytes],
          [...bytes].map((_, index) => disk.get(position + index)),
        );
      },
    ),
    {numRuns: 200},
  );
});

test('a write that brings nothing is an error, not a loop without end', () => {
  assert.throws(() => writeFully(3, new Uint8Array(10), 0, {write: () => 0}), {code: 'EIO'});
});

test('the error after a short write is told, not the short write', () => {
  let calls = 0;
  const write = () => {
    if (calls++ === 0) return 4;
    throw Object.assign(new Error('no space left'), {code: 'ENOSPC'});
  };
  assert.throws(() => writeFully(3, new Uint8Array(10), 0, {write}), {code: 'ENOSPC'});
  assert.equal(calls, 2);
});
