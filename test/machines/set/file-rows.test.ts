import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FdlError} from '../../../src/errors.js';
import {FileRows} from '../../../src/machines/set/file-rows.js';

const DIGESTS = {root: 'a'.repeat(64), sha256: 'b'.repeat(64)};
const GONE = new FdlError('servers-lost', 'all servers are gone', {hint: 'Start one.'});

test('files and bytes are counted as they come, those of earlier runs apart', () => {
  const rows = new FileRows();
  const [a, b, c] = [rows.add('a', 100, '/o/a'), rows.add('b', 200, '/o/b'), rows.add('c', null, '/o/c')];
  rows.active(a);
  rows.active(b, 150, 50);
  rows.sized(c, 1_000);
  assert.deepEqual(rows.tally(), tally({files: 3, size: 1_300, doneBytes: 150, resumedBytes: 50}));
  assert.deepEqual(rows.current(), ['a', 'b']);
  assert.equal(rows.leftBytes, 1_150);
  rows.done(a, {...DIGESTS, outcome: 'stored', size: 110, storedBytes: 110});
  rows.done(b, {...DIGESTS, outcome: 'stored', size: 200, storedBytes: 120});
  const counts = {files: 3, doneFiles: 2};
  assert.deepEqual(rows.tally(), tally({...counts, size: 1_310, doneBytes: 310, resumedBytes: 80}));
  assert.equal(rows.leftBytes, 1_000);
  assert.deepEqual(rows.current(), []);
});

test('a row ends once, and what it had got when it failed is kept', () => {
  const rows = new FileRows();
  const a = rows.add('a', 100, '/o/a');
  rows.active(a, 60, 10);
  rows.failed(a, GONE);
  rows.active(a, 90, 10);
  rows.done(a, {...DIGESTS, outcome: 'stored', size: 100, storedBytes: 100});
  rows.failed(a, new FdlError('disk-full', 'later'));
  const counts = {files: 1, failedFiles: 1};
  assert.deepEqual(rows.tally(), tally({...counts, size: 100, doneBytes: 60, resumedBytes: 10}));
  const {code, message, exitCode} = GONE;
  const error = {code, message, exitCode, hint: 'Start one.'};
  const place = {file: 'a', output: '/o/a', bytes: 100, root: null, sha256: null};
  assert.deepEqual(rows.reports(), [{...place, outcome: 'failed', storedBytes: 50, error}]);
  assert.equal(rows.isOver(a), true);
});

test('the rest fails with the same, and the worst error decides', () => {
  const rows = new FileRows();
  const [a, b, c] = [rows.add('a', 1, '/o/a'), rows.add('b', 1, '/o/b'), rows.add('c', 1, null)];
  assert.equal(rows.worst(), undefined);
  rows.done(a, {...DIGESTS, outcome: 'already-complete', size: 1, storedBytes: 0});
  rows.failed(c, new FdlError('file-not-found', 'nowhere'));
  assert.equal(rows.worst()?.code, 'file-not-found');
  rows.failRest(new FdlError('disk-full', 'full'));
  assert.deepEqual(
    rows.reports().map(({outcome, error}) => [outcome, error?.code]),
    [
      ['already-complete', undefined],
      ['failed', 'disk-full'],
      ['failed', 'file-not-found'],
    ],
  );
  assert.equal(rows.worst()?.code, 'disk-full');
  assert.ok([a, b, c].every((index) => rows.isOver(index)));
});

test('of many files on their way the oldest three are named', () => {
  const rows = new FileRows();
  for (const name of ['a', 'b', 'c', 'd', 'e']) rows.active(rows.add(name, 1, null));
  assert.deepEqual(rows.current(), ['a', 'b', 'c']);
  rows.failed(1, GONE);
  assert.deepEqual(rows.current(), ['a', 'c', 'd']);
});

test('a report of a row that has not ended is a bug', () => {
  const rows = new FileRows();
  rows.add('a', 1, null);
  assert.throws(() => rows.reports(), /a has not ended/);
});

function tally(changes: Partial<ReturnType<FileRows['tally']>>): ReturnType<FileRows['tally']> {
  return {files: 0, doneFiles: 0, failedFiles: 0, size: 0, doneBytes: 0, resumedBytes: 0, ...changes};
}
