import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {byLabel, counter, exposition, gauge} from '../../../src/actors/status/exposition.js';
import {readExposition} from '../../support/exposition.js';

test('a family is its help, its type and its samples', () => {
  const text = exposition([
    counter('a_total', 'What is counted', 3),
    byLabel('gauge', 'b', 'By kind', 'kind', {one: 1, two: 0.5}),
  ]);
  assert.equal(
    text,
    [
      '# HELP a_total What is counted\n# TYPE a_total counter\na_total 3\n',
      '# HELP b By kind\n# TYPE b gauge\nb{kind="one"} 1\nb{kind="two"} 0.5\n',
    ].join(''),
  );
});

test('what is not known is left out, with its help', () => {
  assert.equal(exposition([gauge('a', 'Unknown', null)]), '');
});

test('numbers that JavaScript writes in its own way are written as Prometheus reads them', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 1e-7];
  const written = values.map((value) => exposition([gauge('a', 'Any', value)]).split('\n')[2]);
  assert.deepEqual(written, ['a NaN', 'a +Inf', 'a -Inf', 'a 1e+21', 'a 1e-7']);
});

test('whatever stands in help and labels, the text stays readable', () => {
  fc.assert(
    fc.property(fc.string({unit: fc.constantFrom(...'a\\"\n{},= é')}), (text) => {
      const read = readExposition(
        exposition([byLabel('gauge', 'a', `Help ${text}`, 'label', {[`x${text}`]: 1, [`y${text}`]: 2})]),
      );
      assert.equal(read.get('a')?.samples.size, 2);
    }),
  );
});
