import assert from 'node:assert/strict';
import {test} from 'node:test';
import {PLAIN_LINE_MS, PLAIN_LINE_MS_MIN} from '../../src/limits.js';
import {columnsOf} from '../../src/terminal/columns.js';
import {startWorkView, workLine} from '../../src/terminal/work-view.js';

const PROGRESS = {
  path: 'models/a-rather-long-name-of-a-file.bin',
  doneBytes: 400_000_000,
  totalBytes: 1_000_000_000,
};

test('the line says how far, how fast and how long, within its columns', () => {
  const line = workLine(PROGRESS, 2_000, 120, false);
  assert.match(
    line,
    /^models\/a-rather-long-name-of-a-… {2}█+░+ {3}40 % {2}400 MB\/1\.00 GB {2}200 MB\/s, 3s left$/,
  );
  for (let columns = 10; columns <= 160; columns++) {
    assert.ok(columnsOf(workLine(PROGRESS, 2_000, columns, false)) <= columns, `${columns} columns`);
  }
});

test('elsewhere than on a terminal a line comes now and then, and none for what is quick', () => {
  let now = 0;
  const written: string[] = [];
  const clock = {now: () => now, setTimeout: () => 0, clearTimeout: () => {}};
  const stream = {write: (text: string) => written.push(text)};
  const view = startWorkView({stream, mode: 'plain', clock, color: false, doing: 'hashing'});
  view.progress({path: 'x', doneBytes: 0, totalBytes: 100});
  now = PLAIN_LINE_MS_MIN + 1;
  view.progress({path: 'x', doneBytes: 50, totalBytes: 100});
  assert.deepEqual(written, []);
  now = PLAIN_LINE_MS;
  view.progress({path: 'x', doneBytes: 50, totalBytes: 100});
  assert.deepEqual(written, ['hashing x: 50 % of 100 B, 10 B/s, 5s left\n']);
  now += PLAIN_LINE_MS / 2;
  view.progress({path: 'x', doneBytes: 60, totalBytes: 100});
  view.progress({path: 'x', doneBytes: 100, totalBytes: 100});
  view.stop();
  assert.equal(written.length, 1);
});
