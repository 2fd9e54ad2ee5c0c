/** The top of the overview: the parts of the bar, the figures, and what the download is at. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {BLOCK_STATES, type FragmentMap, type Moment} from '../../../../src/inspector/page/model/moment.js';
import {figuresOf, openBytes, partsOf, stageWords} from '../../../../src/inspector/page/overview/progress.js';

const TOTALS: Moment['totals'] = {
  storedBytes: 400,
  resumedBytes: 200,
  receivedBytes: 450,
  wastedBytes: null,
  duplicateBytes: 30,
  wrongBlocks: 2,
  bytesPerSecond: 1_500,
  etaMs: 2_100,
  hashedBytes: null,
  storing: 0,
  slabsFree: null,
  slabs: 64,
  threads: 2,
  isDiskFull: false,
};
const FILE: NonNullable<Moment['file']> = {
  name: 'x.zip',
  output: null,
  blockBytes: 10,
  fragmentBytes: 100,
  limitBytesPerSecond: null,
  version: {root: '', sha256: '', size: 1_000, fragments: 10},
};
const COUNTS = {missing: 1, unchecked: 5, asked: 3, received: 2, stored: 4, kept: 2, wrong: 1};
const MAP = {
  counts: Uint16Array.from([0, 1].flatMap(() => BLOCK_STATES.map((state) => COUNTS[state]))),
} as unknown as FragmentMap;
const NOW = {t: 4_000, end: null, file: FILE, totals: TOTALS};

test('the bar has what was kept, stored, is being checked and is asked for, in bytes', () => {
  const parts = partsOf(NOW, openBytes({map: MAP, file: FILE}));
  assert.deepEqual(
    parts.map(({name, bytes}) => `${name} ${bytes}`),
    ['kept 200', 'stored 400', 'received 140', 'asked 60'],
  );
  assert.deepEqual(openBytes({map: null, file: FILE}), {unchecked: 0, received: 0, asked: 0});
});

test('while it runs the figures are of the moment, and what an earlier run left is not in flight', () => {
  assert.deepEqual(figures(NOW), {
    rate: '1.50 kB/s',
    'time left': '3s',
    stored: '400 B',
    'from before': '200 B',
    'in flight': '100 B',
    wasted: '50 B',
    elapsed: '4.0s',
  });
});

test('at the end they are of the whole, and what was wasted is known', () => {
  const end = {t: 3_000, how: 'complete', code: null, message: null} as const;
  const told = figures({...NOW, end, totals: {...TOTALS, wastedBytes: 70}});
  assert.equal(told['mean rate'], '150 B/s');
  assert.equal(told['took'], '3.0s');
  assert.equal(told['in flight'], '–');
  assert.equal(told['wasted'], '70 B');
});

test('what a download is at is told in a few words', () => {
  const stage = (change: Partial<Moment['totals']>, file: Moment['file'] = FILE): string =>
    stageWords({end: null, file, totals: {...TOTALS, ...change}});
  assert.equal(stage({}), 'downloading');
  assert.equal(stage({}, null), 'asking what there is');
  assert.equal(stage({isDiskFull: true}), 'waiting for room on the disk');
  assert.equal(stage({storedBytes: 800}), 'finishing');
  assert.equal(stage({storedBytes: 800, hashedBytes: 5}), 'hashing the whole file');
});

function figures(moment: Pick<Moment, 't' | 'end' | 'file' | 'totals'>): Record<string, string> {
  const told = figuresOf(moment, openBytes({map: MAP, file: FILE}));
  return Object.fromEntries(told.map(({name, value}) => [name, value]));
}
