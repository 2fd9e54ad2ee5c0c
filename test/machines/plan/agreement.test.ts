import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FDL1_GEOMETRY} from '../../../src/geometry.js';
import {agree, matchesPin, type Offer, type Pin} from '../../../src/machines/plan/agreement.js';

const UNPINNED: Pin = {root: null, sha256: null};

test('nothing is decided on without an offer', () => {
  assert.deepEqual(agree([], UNPINNED), {kind: 'none'});
  assert.deepEqual(agree([], {root: 'a', sha256: null}), {kind: 'none'});
});

test('servers that name one root agree, and the first of them is taken at its word', () => {
  const offers = [offer(2, 'a'), offer(0, 'a'), offer(1, 'a')];
  assert.deepEqual(agree(offers, UNPINNED), {kind: 'agreed', offer: offers[0]});
});

test('servers that name different roots disagree, however many are on one side', () => {
  const offers = [offer(0, 'a'), offer(1, 'a'), offer(2, 'b'), offer(3, 'a')];
  assert.deepEqual(agree(offers, UNPINNED), {kind: 'disagree', offers});
});

test('a pinned root chooses among versions', () => {
  const offers = [offer(0, 'a'), offer(1, 'b'), offer(2, 'b')];
  assert.deepEqual(agree(offers, {root: 'b', sha256: null}), {kind: 'agreed', offer: offers[1]});
});

test('a pinned SHA-256 chooses among versions; two versions of one content still disagree', () => {
  const offers = [offer(0, 'a', 'x'), offer(1, 'b', 'y'), offer(2, 'c', 'y')];
  assert.deepEqual(agree(offers, {root: null, sha256: 'x'}), {kind: 'agreed', offer: offers[0]});
  assert.deepEqual(agree(offers, {root: null, sha256: 'y'}), {kind: 'disagree', offers: offers.slice(1)});
  assert.deepEqual(agree(offers, {root: 'c', sha256: 'y'}), {kind: 'agreed', offer: offers[2]});
});

test('when the pinned version is not offered, all that was offered is told', () => {
  const offers = [offer(0, 'a', 'x'), offer(1, 'b', 'y')];
  assert.deepEqual(agree(offers, {root: 'd', sha256: null}), {kind: 'pin-not-offered', offers});
  assert.deepEqual(agree(offers, {root: 'a', sha256: 'y'}), {kind: 'pin-not-offered', offers});
});

test('a pin is matched in all that it fixes', () => {
  const {manifest} = offer(0, 'a', 'x');
  assert.ok(matchesPin(manifest, UNPINNED));
  assert.ok(matchesPin(manifest, {root: 'a', sha256: 'x'}));
  assert.ok(!matchesPin(manifest, {root: 'a', sha256: 'y'}));
  assert.ok(!matchesPin(manifest, {root: 'b', sha256: 'x'}));
});

function offer(server: number, root: string, sha256 = 'x'): Offer {
  return {server, manifest: {size: 1, geometry: FDL1_GEOMETRY, sha256, root, modifiedMs: 0}};
}
