/** The page of `--inspect` and `fdl inspect` in a real browser, on a real download with a slow, a busy and a lying server. */

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import type {Locator, Page} from 'playwright-core';

import {Chromium, DESKTOP, PHONE, type Visit} from '../support/browser.js';
import {lastFirst} from '../support/files.js';
import {type Inspected, inspectTrace, NAME, startInspected} from '../support/inspected.js';
import {
  assertAccessible,
  assertFits,
  cells,
  lane,
  openTab,
  says,
  scrubber,
  shareShown,
  TABS,
  tabStops,
  tabTo,
  textOf,
  untilOn,
} from '../support/page.js';
import {assertOnlyFile} from '../support/scenario.js';

const chromium = new Chromium();
/** Longer than a look at everything takes on a slow machine. */
const options = {skip: chromium.skip, timeout: 240_000};
const cleanup = lastFirst({after});
let inspected: Inspected;
let live: Visit;

before(async () => {
  if (chromium.skip !== false) return;
  await chromium.start();
  inspected = await startInspected(cleanup);
  live = await chromium.visit(cleanup, inspected.url, {theme: 'dark'});
});

test('lanes say who transfers, who is slow, who is busy and who is banned, and why', options, async () => {
  const {page} = live;
  const {fast, slow, busy, liar} = inspected;
  await says(page.getByRole('heading', {level: 1}), /^dataset\.tar$/);
  await says(lane(page, fast), /transferring/);
  await says(lane(page, slow), /transferring\s+slow/);
  await says(lane(page, busy), /busy\s+(asked )?again in/);
  await says(lane(page, liar), /banned\s+sent block \d+ of fragment \d wrong/);
  assert.doesNotMatch(String(await lane(page, fast).textContent()), /slow|banned/);
  assert.equal(new URL(page.url()).search, '', 'the token stays in the address');
});

test('the map fills while the file comes, block by block', options, async () => {
  const {page} = live;
  const map = page.getByRole('region', {name: 'Fragment map'});
  await map.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  await says(map.getByRole('heading'), /Fragment 1/);
  const before = await cells(page, 'stored');
  await untilOn(page, 'more stored blocks', async () => (await cells(page, 'stored')) > before);
});

test('a machine is drawn whole, and what it is in is lit', options, async () => {
  const {page} = live;
  const chart = await openMachine(page);
  await says(page.getByRole('region', {name: 'About download'}), /downloading/);
  const states = await chart.locator('[data-state]').count();
  assert.ok(states > (await lit(chart)).length, `${states} states`);
});

test(
  'pages that are opened in the middle show what another one shows, and how it ends',
  options,
  async () => {
    await live.close();
    live = await live.reopen('/');
    const {page} = live;
    await says(lane(page, inspected.liar), /banned/);
    await says(lane(page, inspected.busy), /busy/);
    const other = await live.reopen('/');
    const chart = await openMachine(other.page);

    assertOnlyFile((await inspected.ended()).folder, NAME, inspected.original);
    await says(page.getByRole('region', {name: 'Totals'}), /100 %/);
    await says(page.getByTestId('feed'), /ended/);
    // The machine went on, and the light with it.
    await untilOn(other.page, 'another state that is lit', async () => {
      const states = await lit(chart);
      return states.length > 0 && !states.includes('downloading');
    });
    assert.deepEqual([...live.problems, ...other.problems], []);
  },
);

test('the report names the slow server', options, async () => {
  const {trace, slow, fast} = inspected;
  await inspected.ended();
  const exit = await inspected.run(['inspect', trace, '--report']);
  assert.match(exit.stdout, new RegExp(`^ {2}slow: ${slow.address} `, 'm'));
  assert.doesNotMatch(exit.stdout, new RegExp(`slow: .*${fast.address}`));
});

test(
  'the past of a trace can be looked at: a server that is banned later is not banned yet',
  options,
  async (t) => {
    const {page, problems} = await recorded(t);
    const {liar} = inspected;
    await says(lane(page, liar), /banned/);
    await page
      .getByRole('button', {name: /: .*banned/})
      .first()
      .click();
    await says(lane(page, liar), /banned/);
    const shown = await shareShown(page);
    assert.ok(shown > 0 && shown < 1, `at ${shown}`);

    await scrubber(page).focus();
    for (let pressed = 0; pressed < 4; pressed++) await page.keyboard.press('ArrowLeft');
    await untilOn(
      page,
      'a liar that is not banned yet',
      async () => !/banned/.test(await textOf(lane(page, liar))),
    );
    await page.keyboard.press('Home');
    await untilOn(page, 'nothing here yet', async () =>
      /^0 %|size not known/m.test(await textOf(page.getByRole('region', {name: 'Totals'}))),
    );
    await page.keyboard.press('End');
    await says(page.getByRole('region', {name: 'Totals'}), /100 %/);
    assert.deepEqual(problems, []);
  },
);

test('the timeline has what every server did, and a segment says what it was', options, async (t) => {
  const {page} = await recorded(t);
  await openTab(page, 'Timeline');
  for (const {address} of [inspected.fast, inspected.slow, inspected.busy, inspected.liar])
    await says(page.getByRole('list', {name: 'Lanes'}), new RegExp(address));
  const segments = page.getByRole('group', {name: /^Segments/});
  const chosen = page.getByRole('region', {name: 'Chosen segment'});
  await segments.focus();
  await page.keyboard.press('ArrowRight');
  // Two lanes down is the busy server; its longest time is the last.
  for (const key of ['ArrowDown', 'ArrowDown', 'End']) await page.keyboard.press(key);
  await says(chosen.getByRole('heading'), new RegExp(inspected.busy.address));
  await untilOn(page, 'the segment in which it was busy', async () => {
    if (/busy from .* for /.test(await textOf(chosen))) return true;
    await page.keyboard.press('ArrowLeft');
    return false;
  });
  await page.keyboard.press('Enter');
  await openTab(page, 'Overview');
  await says(lane(page, inspected.busy), /busy/);
});

test(
  'events can be filtered, and a click goes to that moment, that server and that actor',
  options,
  async (t) => {
    const {page} = await recorded(t);
    await openTab(page, 'Events');
    const rows = page.getByRole('grid', {name: 'Events'});
    await page.getByRole('button', {name: /^wrong /}).click();
    await says(page.getByRole('status').filter({hasText: /rows/}), /^1 of/);
    await rows.getByRole('row').first().click();
    await says(page.getByRole('region', {name: 'Chosen row'}), /expected/);
    const shown = await shareShown(page);
    assert.ok(shown > 0 && shown < 1, `at ${shown}`);
    await page.getByRole('button', {name: 'Show all'}).click();

    await page.getByRole('searchbox', {name: 'Text in rows'}).fill('banned');
    await says(rows, new RegExp(`${inspected.liar.address}[^\n]*\n?.*banned`));
    await page.getByRole('button', {name: 'Show all'}).click();
    await page.getByRole('button', {name: /^move /}).click();
    await rows.getByRole('row').first().click();
    await page.getByRole('button', {name: 'Show in Machines'}).click();
    await page.getByRole('tabpanel', {name: 'Machines'}).waitFor();
  },
);

test(
  'every view is usable in both themes, on a desk and on a phone, and with the keyboard alone',
  options,
  async (t) => {
    const visit = await recorded(t);
    const {page, problems} = visit;
    for (const tab of TABS) {
      await openTab(page, tab);
      for (const theme of ['dark', 'light'] as const) {
        await visit.look({theme, size: DESKTOP});
        await assertAccessible(page, `${tab}, ${theme}`);
      }
      await assertFits(page, `${tab} on a desk`);
      await assertReachable(page, tab);
      await visit.look({size: PHONE});
      await assertFits(page, `${tab} on a phone`);
      await assertAccessible(page, `${tab} on a phone`);
    }
    assert.deepEqual(problems, []);
  },
);

test(
  'the keyboard alone leads from view to view, through the actors, and into a fragment and out',
  options,
  async (t) => {
    const {page} = await recorded(t);
    const {keyboard} = page;
    await tabTo(page, /^tab Overview/);
    await keyboard.press('ArrowRight');
    await page.getByRole('tabpanel', {name: 'Machines'}).waitFor();
    await tabTo(page, /^treeitem \W*download/);
    await keyboard.press('ArrowDown');
    const first = await textOf(page.getByRole('region', {name: 'Machine', exact: true}).getByRole('heading'));
    await keyboard.press('End');
    await untilOn(page, 'another actor', async () => {
      const shown = await textOf(
        page.getByRole('region', {name: 'Machine', exact: true}).getByRole('heading'),
      );
      return shown !== '' && shown !== first;
    });
    await tabTo(page, /^tab Machines/);
    await keyboard.press('Home');
    await tabTo(page, /^grid Fragments/);
    const map = page.getByRole('region', {name: 'Fragment map'}).getByRole('heading').first();
    await keyboard.press('ArrowRight');
    await keyboard.press('Enter');
    await says(map, /Fragment 2/);
    await keyboard.press('Escape');
    await says(map, /Fragments/);
  },
);

/** Chooses the machine of the download, and waits until its chart shows what it is in. */
async function openMachine(page: Page): Promise<Locator> {
  await openTab(page, 'Machines');
  await page.getByRole('treeitem', {name: /^download/}).click();
  const chart = page.getByRole('img', {name: /^download runs the machine download/});
  await untilOn(page, 'the state that is lit', async () => (await lit(chart)).includes('downloading'));
  return chart;
}

/** States of a chart that are lit. */
async function lit(chart: Locator): Promise<string[]> {
  const states = await chart.locator('[data-state].is-lit').all();
  return (await Promise.all(states.map((it) => it.getAttribute('data-state')))).map(String);
}

/** The Tab key leads through the whole page: tabs, what the view has, and the slider. */
async function assertReachable(page: Page, tab: string): Promise<void> {
  const stops = await tabStops(page);
  for (const stop of [new RegExp(`^tab ${tab}`), /^input Moment/, /^button (End|Live)/])
    assert.ok(
      stops.some((it) => stop.test(it)),
      `${stop} on ${tab} in\n${stops.join('\n')}`,
    );
  assert.ok(
    stops.filter((it) => it.startsWith('tab ')).length === 1,
    'tabs are one stop, walked with the arrow keys',
  );
}

/** The trace of the download, opened anew. */
async function recorded(t: Parameters<Chromium['visit']>[0]): Promise<Visit> {
  await inspected.ended();
  const visit = await chromium.visit(t, await inspectTrace(t, inspected.trace));
  await says(visit.page.getByTestId('feed'), /recorded/);
  return visit;
}
