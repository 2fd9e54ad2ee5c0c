import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {withTables} from '../../scripts/trace-tables.js';
import {problemOf} from '../../src/trace/read.js';
import {SCHEMA} from '../../src/trace/rows.js';
import {checkout} from '../support/processes.js';

const DOCUMENT = readFileSync(join(checkout(), 'docs', 'trace.md'), 'utf8');

test('docs/trace.md has every row and every field as the schema has them', () => {
  assert.equal(withTables(DOCUMENT), DOCUMENT, 'stale: npm run docs:trace');
  assert.ok(DOCUMENT.includes(`now ${SCHEMA}.`), 'the number of the schema');
});

test('the rows that docs/trace.md shows are rows of the schema', () => {
  const rows = DOCUMENT.split('\n').filter((line) => line.startsWith('{"t":'));
  assert.ok(rows.length >= 5);
  for (const row of rows) assert.equal(problemOf(JSON.parse(row)), null, row);
});
