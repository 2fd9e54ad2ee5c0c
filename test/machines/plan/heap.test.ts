import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {MinHeap} from '../../../src/machines/plan/heap.js';

test('what comes out of a heap is in order, whatever went in, and however puts and takes are mixed', () => {
  const put = fc.record({kind: fc.constant('put' as const), value: fc.integer({min: -50, max: 50})});
  const take = fc.constant({kind: 'take' as const});
  fc.assert(
    fc.property(fc.array(fc.oneof(put, take), {maxLength: 200}), (steps) => {
      const heap = new MinHeap<number>((a, b) => a < b);
      const model: number[] = [];
      for (const step of steps) {
        if (step.kind === 'put') {
          heap.push(step.value);
          model.push(step.value);
          model.sort((a, b) => a - b);
        } else assert.equal(heap.pop(), model.shift());
        assert.equal(heap.size, model.length);
        assert.equal(heap.peek(), model[0]);
      }
    }),
  );
});

test('an empty heap gives nothing', () => {
  const heap = new MinHeap<string>((a, b) => a < b);
  assert.equal(heap.peek(), undefined);
  assert.equal(heap.pop(), undefined);
  assert.equal(heap.size, 0);
});
