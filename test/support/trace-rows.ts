/** The rows of a trace that a process wrote. */

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';

import {TraceReader} from '../../src/trace/read.js';
import {HEAD, ROWS, type RowKind, type RowOf, type TraceRow} from '../../src/trace/rows.js';

/** All rows of a whole trace, each one checked: nothing unknown, nothing beyond the schema. */
export function rowsOf(path: string): TraceRow[] {
  const reader = new TraceReader();
  const rows = reader.push(readFileSync(path));
  reader.end();
  assert.equal(reader.isCut, false);
  assert.equal(rows.length, textOf(path).split('\n').length - 1, 'rows of unknown kinds');
  for (const row of rows) {
    const known = new Set([...Object.keys(HEAD), ...Object.keys(ROWS[row.k].fields)]);
    assert.deepEqual(
      Object.keys(row).filter((name) => !known.has(name)),
      [],
      `fields of ${row.k} that the schema does not have`,
    );
  }
  assert.equal(rows.at(-1)?.k, 'done');
  return rows;
}

/** What is in a file so far; empty: nothing. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Those of one kind. */
export function ofKind<K extends RowKind>(rows: readonly TraceRow[], k: K): RowOf<K>[] {
  return rows.filter((row): row is Extract<TraceRow, RowOf<K>> => row.k === k);
}
