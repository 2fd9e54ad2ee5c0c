import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Catalogue, type Sighting} from '../../src/machines/catalogue.js';
import {compareNames} from '../../src/machines/name-order.js';
import type {Version} from '../../src/machines/version.js';

const SETTLE_MS = 2_000;
const WALL_MS = 1_800_000_000_000;

test('a file that is old enough is indexed at the first scan', () => {
  const catalogue = new Catalogue(SETTLE_MS);
  catalogue.scanned([sighting('a')], 0, WALL_MS);
  assert.equal(catalogue.takeNext(0)?.name, 'a');
  assert.equal(catalogue.row('a')?.kind, 'indexing');
  assert.equal(catalogue.takeNext(0), null);
});

test('a fresh file waits until it has not changed for a while', () => {
  const catalogue = new Catalogue(SETTLE_MS);
  const fresh = (stamp: string, modifiedMs: number) => sighting('a', {stamp, modifiedMs});
  catalogue.scanned([fresh('1', WALL_MS)], 0, WALL_MS);
  catalogue.scanned([fresh('2', WALL_MS + 1_500)], 1_500, WALL_MS + 1_500);
  catalogue.scanned([fresh('2', WALL_MS + 1_500)], 3_000, WALL_MS + 3_000);
  assert.equal(catalogue.takeNext(3_000), null);
  catalogue.scanned([fresh('2', WALL_MS + 1_500)], 3_500, WALL_MS + 3_500);
  assert.equal(catalogue.takeNext(3_500)?.stamp, '2');
});

test('a file with a time in the future settles by being watched', () => {
  const catalogue = new Catalogue(SETTLE_MS);
  const future = sighting('a', {modifiedMs: WALL_MS + 1_000_000});
  catalogue.scanned([future], 0, WALL_MS);
  assert.equal(catalogue.takeNext(0), null);
  catalogue.scanned([future], SETTLE_MS, WALL_MS + SETTLE_MS);
  assert.equal(catalogue.takeNext(SETTLE_MS)?.name, 'a');
});

test('a replaced file is withdrawn at once, and its old version is remembered as stale', () => {
  const {catalogue} = ready('a', 'root-1');
  const {withdrawn} = catalogue.scanned([sighting('a', {stamp: 'new', modifiedMs: WALL_MS})], 10, WALL_MS);
  assert.deepEqual(
    withdrawn.map(({reason}) => reason),
    ['replaced'],
  );
  assert.equal(catalogue.version('a'), null);
  assert.equal(catalogue.versionOf('root-1'), null);
  assert.deepEqual(catalogue.names(), []);
  assert.equal(catalogue.wasReplaced('a', 'root-1'), true);
  assert.equal(catalogue.wasReplaced('a', 'root-2'), false);
});

test('a removed file is withdrawn, also when its fragments are left and look like a copy', () => {
  const gone = ready('a', 'root-1').catalogue.scanned([], 10, WALL_MS);
  assert.deepEqual(
    gone.withdrawn.map(({reason}) => reason),
    ['removed'],
  );
  const left = ready('a', 'root-1').catalogue.scanned(
    [sighting('a', {kind: 'copy', stamp: 'c'})],
    10,
    WALL_MS,
  );
  assert.deepEqual(
    left.withdrawn.map(({reason}) => reason),
    ['removed'],
  );
});

test('a copy that grows stays offered while it is looked at', () => {
  const {catalogue} = ready('a', 'root-1', 'copy');
  const {withdrawn} = catalogue.scanned([sighting('a', {kind: 'copy', stamp: 'more'})], 10, WALL_MS);
  assert.deepEqual(withdrawn, []);
  assert.equal(catalogue.takeNext(10)?.stamp, 'more');
  assert.equal(catalogue.version('a')?.manifest.root, 'root-1');
  assert.equal(catalogue.versionOf('root-1')?.name, 'a');
});

test('a file that changes while it is indexed makes that work outdated, and its result is dropped', () => {
  const catalogue = new Catalogue(SETTLE_MS);
  catalogue.scanned([sighting('a')], 0, WALL_MS);
  const taken = catalogue.takeNext(0);
  assert.ok(taken !== null);
  const {outdated} = catalogue.scanned([sighting('a', {stamp: 'new'})], 10, WALL_MS);
  assert.deepEqual(outdated, ['a']);
  assert.equal(catalogue.indexed(taken, {kind: 'ready', version: version('a', 'old')}, 20), false);
  assert.equal(catalogue.version('a'), null);
  assert.equal(catalogue.takeNext(20)?.stamp, 'new');
});

test('a failed file is tried again after its time, or when it changes', () => {
  const {catalogue, taken} = indexing('a');
  catalogue.indexed(taken, {kind: 'failed', reason: 'no room', retryAtMs: 1_000}, 0);
  catalogue.scanned([taken], 999, WALL_MS);
  assert.equal(catalogue.takeNext(999), null);
  catalogue.scanned([taken], 1_000, WALL_MS);
  assert.equal(catalogue.takeNext(1_000)?.name, 'a');
});

test('a file that another server indexes waits for its time', () => {
  const {catalogue, taken} = indexing('a');
  catalogue.indexed(taken, {kind: 'postponed', progressPermille: 7, retryAtMs: 500}, 0);
  assert.equal(catalogue.waitingCount, 1);
  assert.equal(catalogue.takeNext(499), null);
  const row = catalogue.row('a');
  assert.equal(row?.kind === 'waiting' && row.progressPermille, 7);
  assert.equal(catalogue.takeNext(500)?.name, 'a');
});

test('two files of one content share a root, and one of them going leaves the other', () => {
  const catalogue = new Catalogue(SETTLE_MS);
  catalogue.scanned([sighting('a'), sighting('b')], 0, WALL_MS);
  for (let next = catalogue.takeNext(0); next !== null; next = catalogue.takeNext(0)) {
    catalogue.indexed(next, {kind: 'ready', version: version(next.name, 'same')}, 0);
  }
  catalogue.scanned([sighting('b')], 10, WALL_MS);
  assert.equal(catalogue.versionOf('same')?.name, 'b');
  catalogue.scanned([], 20, WALL_MS);
  assert.equal(catalogue.versionOf('same'), null);
});

test('names are listed by code points, not by UTF-16', () => {
  const names = ['z', 'Z', 'ä', '\u{1f600}', '\uffee', 'a', 'aa', ''];
  assert.deepEqual(names.sort(compareNames), ['', 'Z', 'a', 'aa', 'z', 'ä', '\uffee', '\u{1f600}']);
});

function sighting(name: string, other: Partial<Sighting> = {}): Sighting {
  return {name, kind: 'original', stamp: '1', size: 1, modifiedMs: WALL_MS - 100_000, ...other};
}

function indexing(name: string, kind: Sighting['kind'] = 'original') {
  const catalogue = new Catalogue(SETTLE_MS);
  catalogue.scanned([sighting(name, {kind})], 0, WALL_MS);
  const taken = catalogue.takeNext(0);
  assert.ok(taken !== null);
  return {catalogue, taken};
}

function ready(name: string, root: string, kind: Sighting['kind'] = 'original') {
  const {catalogue, taken} = indexing(name, kind);
  catalogue.indexed(taken, {kind: 'ready', version: version(name, root)}, 0);
  assert.deepEqual(catalogue.names(), [name]);
  return {catalogue};
}

function version(name: string, root: string): Version {
  const manifest = {size: 0, geometry: {blockBytes: 1, fragmentBytes: 1}, sha256: '', root};
  const source = {kind: 'fragments', stamps: []} as const;
  return {name, manifest, modifiedMs: 0, fragmentDigests: new Uint8Array(), source, withheld: new Set()};
}
