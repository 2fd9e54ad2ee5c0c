/** The page of `--inspect` as tests walk through it: by roles and names, as somebody who cannot see it would. */

import assert from 'node:assert/strict';

import type {Locator, Page} from 'playwright-core';

import {until} from './wait.js';

const DEADLINE_MS = 30_000;
/** More places than any view has for the Tab key to stop at. */
const STOPS_MAX = 80;
/** What axe calls it when people cannot use something, or hardly. */
const GRAVE: readonly (string | null | undefined)[] = ['serious', 'critical'];

export const TABS = ['Overview', 'Machines', 'Timeline', 'Events'] as const;
export type TabName = (typeof TABS)[number];

/** Opens a tab and waits until its panel is there. */
export async function openTab(page: Page, name: TabName): Promise<void> {
  await page.getByRole('tab', {name}).click();
  await page.getByRole('tabpanel', {name}).waitFor();
}

/** The lane of a server in the overview. */
export function lane(page: Page, {address}: {readonly address: string}): Locator {
  return page.getByRole('table', {name: 'Servers'}).getByRole('row').filter({hasText: address});
}

/** Waits until a lane, or anything else, says what it should. */
export async function says(where: Locator, pattern: RegExp, deadlineMs?: number): Promise<void> {
  const look = async () => pattern.test(await textOf(where));
  await untilOn(where.page(), `${pattern} in ${where}`, look, deadlineMs);
}

/** Waits for something of a page; a failure shows what the page says. */
export async function untilOn<Found>(
  page: Page,
  what: string,
  look: () => Promise<Found | undefined | null | false>,
  deadlineMs = DEADLINE_MS,
): Promise<Found> {
  try {
    return await until(what, deadlineMs, look);
  } catch (error) {
    throw new Error(`${String(error)}\n${(await textOf(page.locator('body'))).slice(0, 4_000)}`);
  }
}

/** How many cells of the fragment map are so, by the legend under it. */
export async function cells(page: Page, state: string): Promise<number> {
  return Number(/\d+/.exec(await textOf(page.getByTestId(`state-${state}`)))?.[0]);
}

/** The slider over the whole time. */
export function scrubber(page: Page): Locator {
  return page.getByRole('slider', {name: 'Moment'});
}

/** Share of the whole time that the slider is at, from 0 to 1. */
export async function shareShown(page: Page): Promise<number> {
  const slider = scrubber(page);
  return Number(await slider.inputValue()) / Number(await slider.getAttribute('max'));
}

/** Nothing on the page is hard or impossible to use for some, as far as axe can tell. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  const {default: axe} = await import('axe-core');
  // Through the debugger, which the security policy of the page does not hold back.
  await page.evaluate(axe.source);
  const found = await page.evaluate<readonly AxeFault[]>(
    "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations.map(({id, impact, help, nodes}) => ({id, impact, help, at: nodes.map(({target, failureSummary}) => target.join(' ') + ': ' + failureSummary)})))",
  );
  const grave = found.filter(({impact}) => GRAVE.includes(impact));
  assert.deepEqual(grave, [], `${where}: ${JSON.stringify(grave, null, 2)}`);
}

interface AxeFault {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly at: readonly string[];
}

/** The page does not scroll sideways: nothing in it is wider than the window. */
export async function assertFits(page: Page, where: string): Promise<void> {
  const [inner, whole] = await page.evaluate<readonly [number, number]>(
    '[innerWidth, document.documentElement.scrollWidth]',
  );
  assert.ok(whole <= inner, `${where}: ${whole} px in a window of ${inner} px`);
}

/** What the Tab key reaches from the beginning of the page, in its order: role or tag, and name. */
export async function tabStops(page: Page): Promise<string[]> {
  await toBeginning(page);
  const stops: string[] = [];
  for (let pressed = 0; pressed < STOPS_MAX; pressed++) {
    await page.keyboard.press('Tab');
    const stop = await focused(page);
    if (stop === null || (stops.length > 0 && stop === stops[0])) break;
    stops.push(stop);
  }
  return stops;
}

/** Presses the Tab key until something is reached. */
export async function tabTo(page: Page, stop: RegExp): Promise<void> {
  await toBeginning(page);
  for (let pressed = 0; pressed < STOPS_MAX; pressed++) {
    await page.keyboard.press('Tab');
    if (stop.test((await focused(page)) ?? '')) return;
  }
  assert.fail(`the Tab key does not reach ${stop}`);
}

async function toBeginning(page: Page): Promise<void> {
  await page.evaluate(
    "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')",
  );
}

/** Role or tag, and name, of what has the focus; null: nothing. */
function focused(page: Page): Promise<string | null> {
  return page.evaluate<string | null>(
    "(() => { const it = document.activeElement; return it === null || it === document.body ? null : (it.getAttribute('role') ?? it.tagName.toLowerCase()) + ' ' + (it.getAttribute('aria-label') ?? it.textContent.trim()).slice(0, 60); })()",
  );
}

/** What it shows, all of it; empty when it is not there. */
export async function textOf(where: Locator): Promise<string> {
  const texts = await where.allInnerTexts();
  return texts.join('\n');
}
