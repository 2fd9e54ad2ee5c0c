/** `fdl inspect` on traces that are made up: hostile words, and a million rows. */

import assert from 'node:assert/strict';
import {createWriteStream, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {before, test} from 'node:test';

import {lineOf} from '../../src/trace/line.js';
import type {TraceRow} from '../../src/trace/rows.js';
import {Chromium, DESKTOP, PHONE} from '../support/browser.js';
import {tempFolder} from '../support/files.js';
import {type GeneratedTrace, generatedBytes, generatedTrace} from '../support/generated-trace.js';
import {inspectTrace} from '../support/inspected.js';
import {assertFits, openTab, says, scrubber, TABS, textOf, untilOn} from '../support/page.js';

const chromium = new Chromium();
const options = {skip: chromium.skip, timeout: 240_000};
/** What a server, a list or a file may be called by somebody who means harm; and it is long. */
const HOSTILE = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>\u202e\u0007\u001b[2J&lt;b&gt;'"\`{{7*7}}${'wide '.repeat(5)}${'W'.repeat(400)}`;
const SMALL: GeneratedTrace = {seed: 3, servers: 6, fragments: 4, blocksPerFragment: 100};
/** A wait for it to be read, which takes a few seconds on a machine that has nothing else to do. */
const READ_DEADLINE_MS = 120_000;
/** About 2.3 rows for each block. */
const MILLION: GeneratedTrace = {seed: 5, servers: 40, fragments: 4_400, blocksPerFragment: 100};

before(() => chromium.start());

test(
  'what servers, files and reasons are called appears as text alone, and breaks no view',
  options,
  async (t) => {
    const path = join(tempFolder(t, 'hostile'), 'run.ndjson');
    writeFileSync(path, [...generatedTrace(SMALL)].map((row) => lineOf(hostile(row))).join(''));
    const {page, problems} = await chromium.visit(t, await inspectTrace(t, path));
    await says(page.getByTestId('feed'), /recorded/);
    for (const size of [DESKTOP, PHONE]) {
      await page.setViewportSize(size);
      for (const tab of TABS) {
        await openTab(page, tab);
        await says(page.locator('body'), /<img src=x onerror=/);
        await assertFits(page, `${tab} at ${size.width} px`);
        assert.equal(
          await page.locator('img, body script').count(),
          0,
          `an element was made of words on ${tab}`,
        );
      }
    }
    assert.doesNotMatch(await page.title(), /^owned/);
    assert.deepEqual(problems, []);
  },
);

test('a million rows open, and any moment of them can be looked at', options, async (t) => {
  const path = join(tempFolder(t, 'million'), 'run.ndjson');
  await pipeline(Readable.from(generatedBytes(MILLION)), createWriteStream(path));
  const url = await inspectTrace(t, path);
  const startMs = performance.now();
  const {page, problems} = await chromium.visit(t, url);
  await says(page.getByTestId('feed'), /recorded/, READ_DEADLINE_MS);
  const openMs = performance.now() - startMs;
  const totals = page.getByRole('region', {name: 'Totals'});
  await says(totals, /100 %/);
  await openTab(page, 'Events');
  const counted = page.getByRole('status').filter({hasText: /rows/});
  await says(counted, /of \d[\d,]+ rows/, READ_DEADLINE_MS);
  const rows = Number(/of ([\d,]+) rows/.exec(await textOf(counted))?.[1]?.replaceAll(',', ''));
  assert.ok(rows >= 1_000_000, `${rows} rows`);
  await openTab(page, 'Overview');
  const looksMs: number[] = [];
  for (const key of ['Home', 'PageUp', 'PageUp', 'ArrowRight', 'End']) {
    const before = await textOf(totals);
    const beganMs = performance.now();
    await scrubber(page).press(key);
    await untilOn(page, `another moment after ${key}`, async () => (await textOf(totals)) !== before);
    looksMs.push(Math.round(performance.now() - beganMs));
  }
  await says(totals, /100 %/);
  t.diagnostic(`${rows} rows open in ${Math.round(openMs)} ms; moments took ${looksMs.join(', ')} ms`);
  assert.deepEqual(problems, []);
});

/** The same row with every word that comes from outside replaced. */
function hostile(row: TraceRow): TraceRow {
  switch (row.k) {
    case 'address':
      return {...row, address: `${row.server} ${HOSTILE}`};
    case 'download':
      return {...row, file: HOSTILE, output: HOSTILE};
    case 'server':
      if (row.is === 'lost' || row.is === 'absent') return {...row, reason: HOSTILE};
      return row.is === 'banned' ? {...row, proof: 'protocol', detail: HOSTILE} : row;
    case 'done':
      return {...row, how: 'failed', code: HOSTILE, message: HOSTILE};
    default:
      return row;
  }
}
