import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Meters} from '../../../src/actors/client/meters.js';

test('a reading is what came since the one before', () => {
  const meters = new Meters();
  const meter = meters.open(4);
  meter.count(10);
  meter.count(5);
  assert.deepEqual(meters.read(), [{connection: 4, bytes: 15, reading: true}]);
  assert.deepEqual(meters.read(), [{connection: 4, bytes: 0, reading: true}]);
});

test('a pause of any length within the time is told, and one that lasts each time', () => {
  const meters = new Meters();
  const meter = meters.open(4);
  const isReading = () => meters.read()[0]?.reading;
  meter.pause();
  meter.resume();
  assert.equal(isReading(), false);
  assert.equal(isReading(), true);
  meter.pause();
  assert.equal(isReading(), false);
  assert.equal(isReading(), false);
  meter.resume();
  assert.equal(isReading(), false, 'for a part of this time it was paused');
  assert.equal(isReading(), true);
});

test('a closed connection is read a last time', () => {
  const meters = new Meters();
  meters.open(1).count(7);
  meters.open(2).count(9);
  meters.close(1);
  assert.deepEqual(meters.read(), [
    {connection: 1, bytes: 7, reading: true},
    {connection: 2, bytes: 9, reading: true},
  ]);
  assert.deepEqual(meters.read(), [{connection: 2, bytes: 0, reading: true}]);
  meters.close(1);
});

test('a connection that is dialled again goes on with the same meter', () => {
  const meters = new Meters();
  const before = meters.open(1);
  before.count(7);
  before.pause();
  meters.close(1);
  const after = meters.open(1);
  after.count(3);
  assert.equal(meters.read()[0]?.bytes, 10);
  assert.deepEqual(meters.read(), [{connection: 1, bytes: 0, reading: true}], 'and is not paused any more');
});
