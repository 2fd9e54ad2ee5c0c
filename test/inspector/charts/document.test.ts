import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {withDiagrams} from '../../../scripts/machine-diagrams.js';
import {checkout} from '../../support/processes.js';

test('ARCHITECTURE.md shows the machines as they are', () => {
  const document = readFileSync(join(checkout(), 'ARCHITECTURE.md'), 'utf8');
  assert.equal(withDiagrams(document), document, 'stale: npm run docs:machines');
});
