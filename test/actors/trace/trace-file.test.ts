import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';

import {systemClock} from '../../../src/actors/clock.js';
import {headerRow} from '../../../src/actors/trace/header.js';
import {openTraceFile} from '../../../src/actors/trace/trace-file.js';
import {TRACE_WAITING_BYTES_MAX} from '../../../src/limits.js';
import {TraceReader} from '../../../src/trace/read.js';
import type {RowOf, TraceRow} from '../../../src/trace/rows.js';
import {tempFolder} from '../../support/files.js';
import {until} from '../../support/wait.js';

const DEADLINE_MS = 20_000;
const ignore = {clock: systemClock, onFailed: (reason: string) => assert.fail(reason)};

test('rows are read back as they were given, whatever is in their text, and the file is plain ASCII', async (t) => {
  const path = join(tempFolder(t, 'trace'), 'run.ndjson');
  const reason = 'said "no"\n\u001b[31m é 🦆 \u202e \ud800';
  const rows: TraceRow[] = [headerRow('serve'), {t: 1, k: 'refused', reason}];
  const file = await openTraceFile(path, ignore);
  for (const row of rows) file.write(row);
  await file.close();
  assert.match(readFileSync(path, 'latin1'), /^[\n\x20-\x7e]+$/);
  assert.deepEqual(read(path), rows);
});

test('rows reach the file while it is open, without one that fills a batch', async (t) => {
  const path = join(tempFolder(t, 'trace'), 'run.ndjson');
  const file = await openTraceFile(path, ignore);
  file.write(headerRow('serve'));
  await until('the row in the file', DEADLINE_MS, () => readFileSync(path, 'utf8').endsWith('\n'));
  await file.close();
});

test('what a slow file cannot take is dropped and counted; the end is written all the same', async (t) => {
  const path = join(tempFolder(t, 'trace'), 'run.ndjson');
  const file = await openTraceFile(path, ignore);
  file.write(headerRow('serve'));
  const row: RowOf<'refused'> = {t: 1, k: 'refused', reason: 'x'.repeat(900)};
  const count = Math.ceil(TRACE_WAITING_BYTES_MAX / 900) + 1_000;
  // In one go: nothing can be written meanwhile.
  for (let given = 0; given < count; given++) file.write(row);
  file.write({t: 2, k: 'done', how: 'complete'});
  await file.close();
  const rows = read(path);
  const kept = rows.filter(({k}) => k === 'refused').length;
  const dropped = rows.flatMap((it) => (it.k === 'dropped' ? [it.rows] : []));
  assert.equal(dropped.length, 1);
  assert.ok((dropped[0] ?? 0) > 0);
  assert.equal(kept + (dropped[0] ?? 0), count);
  assert.equal(rows.at(-1)?.k, 'done');
});

test('a file that fails is told once, and takes everything without a word after that', async () => {
  const reasons: string[] = [];
  const file = await openTraceFile('/dev/full', {
    clock: systemClock,
    onFailed: (reason) => reasons.push(reason),
  });
  file.write(headerRow('serve'));
  await until('the failure', DEADLINE_MS, () => reasons.length > 0);
  file.write({t: 2, k: 'done', how: 'complete'});
  await file.close();
  assert.equal(reasons.length, 1);
  assert.match(reasons[0] ?? '', /ENOSPC/);
});

test('an earlier trace is overwritten, and nothing else', async (t) => {
  const folder = tempFolder(t, 'trace');
  const path = join(folder, 'x');
  for (let times = 0; times < 2; times++) {
    const file = await openTraceFile(path, ignore);
    file.write(headerRow('serve'));
    await file.close();
    assert.equal(read(path).length, 1);
  }
  writeFileSync(path, 'precious');
  await assert.rejects(openTraceFile(path, ignore), {code: 'usage', message: /x exists, and is not a trace/});
  assert.equal(readFileSync(path, 'utf8'), 'precious');
  await mkdir(join(folder, 'folder'));
  await assert.rejects(openTraceFile(join(folder, 'folder'), ignore), {code: 'usage', message: /EISDIR/});
  await assert.rejects(openTraceFile(join(folder, 'none', 'x'), ignore), {code: 'usage', message: /ENOENT/});
});

function read(path: string): TraceRow[] {
  const reader = new TraceReader();
  const rows = reader.push(readFileSync(path));
  reader.end();
  assert.equal(reader.isCut, false);
  return rows;
}
