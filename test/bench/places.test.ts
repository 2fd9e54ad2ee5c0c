import assert from 'node:assert/strict';
import {test} from 'node:test';

import {placeAmong} from '../../bench/harness/places.js';

const room = {memoryBytes: 100, disk: {bytes: 200}};

test('what fits in half of the free memory lies in memory, then on the disk, then nowhere', () => {
  assert.equal(placeAmong(50, room), 'memory');
  assert.equal(placeAmong(51, room), 'disk');
  assert.equal(placeAmong(160, room), 'disk');
  assert.equal(placeAmong(161, room), undefined);
});

test('a folder for temporary files that is in memory is no disk', () => {
  assert.equal(placeAmong(51, {...room, disk: undefined}), undefined);
});
