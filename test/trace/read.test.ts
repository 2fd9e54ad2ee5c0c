import assert from 'node:assert/strict';
import {test} from 'node:test';

import {TRACE_LINE_BYTES_MAX} from '../../src/limits.js';
import {TraceReader} from '../../src/trace/read.js';
import type {TraceRow} from '../../src/trace/rows.js';

const HEADER =
  '{"t":0,"k":"trace","schema":1,"fdl":"1.2.3","command":"download","startedAt":"2026-03-04T05:06:07.008Z","node":"24.1.0","platform":"linux x64","cores":8}';
const STORED = '{"t":5.5,"k":"stored","connection":null,"fragment":1,"block":0,"bytes":1048576}';
const DONE = '{"t":9,"k":"done","how":"complete"}';

test('rows come out whole, however the bytes are cut', () => {
  const bytes = Buffer.from(`${HEADER}\n${STORED}\n${DONE}\n`);
  for (const piece of [1, 7, 100, bytes.length]) {
    const reader = new TraceReader();
    const rows: TraceRow[] = [];
    for (let at = 0; at < bytes.length; at += piece)
      rows.push(...reader.push(bytes.subarray(at, at + piece)));
    reader.end();
    assert.deepEqual(
      rows,
      [HEADER, STORED, DONE].map((line) => JSON.parse(line) as unknown),
    );
    assert.equal(reader.isCut, false);
  }
});

test('a trace that was cut off is read up to its last whole line', () => {
  const reader = new TraceReader();
  const rows = reader.push(Buffer.from(`${HEADER}\n${STORED}\n${DONE.slice(0, 10)}`));
  reader.end();
  assert.deepEqual(
    rows.map(({k}) => k),
    ['trace', 'stored'],
  );
  assert.equal(reader.isCut, true);
});

test('kinds and fields of a later version are passed over', () => {
  const later = STORED.replace('}', ',"colour":"green"}');
  assert.deepEqual(kindsOf(HEADER, '{"t":1,"k":"telepathy","with":"whom"}', later), ['trace', 'stored']);
});

test('what is wrong is told with its line', () => {
  assert.throws(() => kindsOf(HEADER, STORED, 'no json'), /line 3: it is not JSON/);
  assert.throws(() => kindsOf(HEADER, '[1]'), /line 2: it is no object/);
  assert.throws(() => kindsOf(HEADER, '{"k":"done"}'), /line 2: its t is not number/);
  assert.throws(() => kindsOf(HEADER, STORED.replace('1048576', '-1')), /line 2: its bytes is not integer/);
  assert.throws(
    () => kindsOf(HEADER, STORED.replace('null', '"x"')),
    /its connection is not integer or null/,
  );
  assert.throws(() => kindsOf(HEADER, DONE.replace('"complete"', '7')), /line 2: its how is not/);
  assert.throws(() => kindsOf(HEADER, DONE, STORED), /line 3: its time is before that of the row above/);
  assert.throws(() => kindsOf(STORED), /line 1: it is no header/);
  assert.throws(
    () => kindsOf(HEADER.replace('"schema":1', '"schema":2')),
    /line 1: its schema is 2, .* reads 1/,
  );
});

test('another kind of file is refused at its first line, and without taking all of it into memory', () => {
  assert.throws(() => kindsOf(''), /line 1: it is not JSON/);
  assert.throws(() => new TraceReader().end(), /line 1: it has no header/);
  const reader = new TraceReader();
  const zeros = new Uint8Array(TRACE_LINE_BYTES_MAX / 2);
  reader.push(zeros);
  reader.push(zeros);
  assert.throws(() => reader.push(new Uint8Array(1)), /line 1: it is longer than 65536 bytes/);
});

/** Kinds of the rows that a reader gives for these lines. */
function kindsOf(...lines: readonly string[]): string[] {
  return new TraceReader().push(Buffer.from(`${lines.join('\n')}\n`)).map(({k}) => k);
}

test('a row with a word that a later version has added is passed over, and so is a kind', () => {
  const reader = new TraceReader();
  const lines = [
    HEADER,
    '{"t":1,"k":"server","server":0,"is":"asleep","busyReplies":0,"errors":0}',
    '{"t":2,"k":"dream","about":"sheep"}',
    '{"t":3,"k":"server","server":0,"is":"open","busyReplies":0,"errors":0}',
  ];
  const rows = reader.push(Buffer.from(`${lines.join('\n')}\n`));
  assert.deepEqual(
    rows.map(({t}) => t),
    [0, 3],
  );
});
