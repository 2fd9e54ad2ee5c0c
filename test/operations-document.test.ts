/** The table of limits in docs/operations.md says what src/limits.ts says, and so do the formulas around it. */

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import * as limits from '../src/limits.js';
import {REFUSAL_CODES} from '../src/model.js';
import {checkout} from './support/processes.js';

const DOCUMENT = readFileSync(join(checkout(), 'docs', 'operations.md'), 'utf8');
const ROW = /^\| `([A-Z_]+)` \| ([^|]+) \|/gm;
const VALUES: Readonly<Record<string, unknown>> = limits;
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  MiB: 1_048_576,
  KiB: 1_024,
  ms: 1,
  s: 1_000,
  min: 60_000,
};

test('each limit that the document names has the value that it says', () => {
  const rows = [...DOCUMENT.matchAll(ROW)];
  assert.ok(rows.length >= 25, `${rows.length} rows`);
  for (const [, name = '', said = ''] of rows) {
    const [, digits = '', unit = ''] = /^([\d,]+) ?(\w*)$/.exec(said) ?? [];
    assert.equal(Number(digits.replaceAll(',', '')) * (UNITS[unit] ?? Number.NaN), VALUES[name], name);
  }
});

test('every limit that is named anywhere in it exists', () => {
  const named = [...DOCUMENT.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name = '']) => name);
  for (const name of named) if (!name.startsWith('FDL_')) assert.ok(name in VALUES, name);
});

test('the sums that it does are right', () => {
  const {SESSION_BUFFERS, BLOCK_BYTES, SLABS, ACTIVE_MAX, DIALS_MAX, PARKING_BYTES, TRASH_BYTES} = limits;
  assert.match(
    DOCUMENT,
    new RegExp(`${(SESSION_BUFFERS * BLOCK_BYTES) / limits.MIB} MiB × \`--max-transfers\``),
  );
  assert.match(DOCUMENT, new RegExp(`\\(${(SLABS * BLOCK_BYTES) / limits.MIB} MiB\\)`));
  const perConnection = (PARKING_BYTES + TRASH_BYTES) / 1_024;
  assert.match(
    DOCUMENT,
    new RegExp(`${perConnection} KiB for each of at most ${ACTIVE_MAX + DIALS_MAX} connections`),
  );
  assert.match(DOCUMENT, new RegExp(`${limits.SESSION_FILES_MAX} × \`--max-transfers\``));
});

test('the refusals that the metrics count are those of the protocol, which it refers to', () => {
  const protocol = readFileSync(join(checkout(), 'docs', 'protocol.md'), 'utf8');
  for (const code of REFUSAL_CODES) assert.ok(protocol.includes(`\`${code}\``), code);
});
