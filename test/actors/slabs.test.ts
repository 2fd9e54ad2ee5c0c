import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Slabs} from '../../src/actors/slabs.js';

test('each slab is taken once, and its view is its own part of the shared memory', () => {
  const slabs = new Slabs(3, 16);
  const taken = [slabs.take(), slabs.take(), slabs.take()];
  assert.deepEqual([...taken].sort(), [0, 1, 2]);
  assert.equal(slabs.take(), null);
  for (const slab of taken) slabs.view(slab ?? 0).fill((slab ?? 0) + 1);
  assert.deepEqual(
    [...new Uint8Array(slabs.memory)],
    [1, 2, 3].flatMap((value) => Array.from({length: 16}, () => value)),
  );
  assert.equal(slabs.view(1, 5).length, 5);
});

test('a slab that was not taken cannot be given back', () => {
  const slabs = new Slabs(2, 16);
  const slab = slabs.take() ?? 0;
  slabs.give(slab);
  assert.throws(() => slabs.give(slab), /not taken/);
  assert.throws(() => slabs.give(99), /not taken/);
});

test('whoever waits is woken once, in order, one for each slab', () => {
  const slabs = new Slabs(2, 16);
  const taken = [slabs.take() ?? 0, slabs.take() ?? 0];
  const woken: string[] = [];
  slabs.whenFree(() => woken.push('first'));
  const cancel = slabs.whenFree(() => woken.push('cancelled'));
  slabs.whenFree(() => woken.push('second'));
  slabs.whenFree(() => woken.push('third'));
  cancel();
  for (const slab of taken) slabs.give(slab);
  assert.deepEqual(woken, ['first', 'second']);
  slabs.give(slabs.take() ?? 0);
  assert.deepEqual(woken, ['first', 'second', 'third']);
  assert.equal(slabs.free, 2);
});
