/**
 * `npm run screenshots`: pictures of the page of `--inspect` for the documents, into docs/pictures. A real download from
 * six servers, of which one is slow, one busy for a while, one lost for a moment and one lies, is traced; addresses and
 * time in the trace are replaced by those of documents; the page is looked at a little after its middle. Needs Chromium.
 */

import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Page} from 'playwright-core';

import {encodeServer} from '../src/protocol/codec.js';
import {DESKTOP, launchChromium, PHONE, type Theme, type Visit, visit} from '../test/support/browser.js';
import type {ChaosProxy, ProxyOptions} from '../test/support/chaos-proxy.js';
import {type Cleanup, lastFirst} from '../test/support/files.js';
import {inspectTrace} from '../test/support/inspected.js';
import {asOtherServer} from '../test/support/other-server.js';
import {openTab, says, scrubber, type TabName} from '../test/support/page.js';
import {checkout} from '../test/support/processes.js';
import {MIB, Scene} from '../test/support/scenario.js';

const NAME = 'dataset.tar';
/** Seven fragments. */
const SIZE = 640 * MIB;
/** What the servers are called in the pictures: addresses of documents, and a name. */
const SHOWN = ['192.0.2.7', '192.0.2.8', 'eu.example.org', '192.0.2.20', '192.0.2.21', '198.51.100.4'];
const STARTED_AT = '2026-03-04T05:06:07.008Z';
/** What is pictured: a moment at which each server has shown what it is. */
const SHOWN_AT = 0.62;
const REFUSALS = 6;

const ending: (() => void | Promise<void>)[] = [];
const cleanup = lastFirst({after: (action) => void ending.push(action)});
try {
  await screenshots(cleanup);
} finally {
  for (const end of ending) await end();
}

async function screenshots(cleanup: Cleanup): Promise<void> {
  const folder = join(checkout(), 'docs', 'pictures');
  mkdirSync(folder, {recursive: true});
  // Before the download, which it would take the processor from.
  const browser = await launchChromium(cleanup);
  const url = await inspectTrace(cleanup, await tracedDownload(cleanup));
  // One profile for all: the address is good for one.
  const shown = await visit(cleanup, browser, url, {theme: 'dark', size: DESKTOP});
  await says(shown.page.getByTestId('feed'), /recorded/);
  await goTo(shown.page, SHOWN_AT);
  for (const theme of ['dark', 'light'] as const) {
    const take = (tab: TabName, prepare?: Prepare) =>
      picture(shown, join(folder, `${tab.toLowerCase()}-${theme}.png`), tab, theme, prepare);
    await take('Overview', theme === 'light' ? showServers : undefined);
    await take('Machines', showConnection);
    await take('Timeline', (page) => page.getByRole('list', {name: 'Lanes'}).waitFor());
    await take('Events', theme === 'light' ? showMessages : undefined);
  }
  await shown.look({size: PHONE});
  await picture(shown, join(folder, 'phone.png'), 'Overview', 'dark');
}

type Prepare = (page: Page) => Promise<void>;

async function picture(
  shown: Visit,
  path: string,
  tab: TabName,
  theme: Theme,
  prepare: Prepare = async () => {},
): Promise<void> {
  const {page} = shown;
  await shown.look({theme});
  await openTab(page, tab);
  await prepare(page);
  // What the pointer is over looks otherwise.
  await page.mouse.move(0, 0);
  await page.screenshot({path, animations: 'disabled'});
  console.log(`${path.slice(checkout().length + 1)}: ${statSync(path).size} bytes`);
}

/** The map by server, instead of by state. */
async function showServers(page: Page): Promise<void> {
  await page.getByRole('radio', {name: 'by server'}).check();
}

/** Chooses the first connection in the tree of actors, and waits for the chart of its machine. */
async function showConnection(page: Page): Promise<void> {
  await page
    .getByRole('treeitem', {name: /connection/})
    .first()
    .click();
  await page.getByRole('img', {name: /runs the machine connection/}).waitFor();
}

/** What actors say to one another, instead of the list of rows. */
async function showMessages(page: Page): Promise<void> {
  await page.getByRole('button', {name: 'Messages'}).click();
  await page.getByRole('region', {name: 'Messages between actors'}).locator('svg').last().waitFor();
}

/** Puts the slider at a share of the whole time. */
async function goTo(page: Page, share: number): Promise<void> {
  const slider = scrubber(page);
  const end = Number(await slider.getAttribute('max'));
  await slider.fill(String(Math.round(end * share)));
}

/** The trace of a download, with addresses and time of documents. */
async function tracedDownload(cleanup: Cleanup): Promise<string> {
  const scene = new Scene(cleanup, 'screenshots');
  scene.offer(NAME, SIZE);
  const proxies = await startProxies(scene);
  const path = join(scene.folder, 'traced.ndjson');
  const {result} = await scene.download(NAME, proxies, ['--trace', path]);
  console.log(`${NAME}: ${Math.round(result.bytesPerSecond / 1e6)} MB/s, ${Math.round(result.elapsedMs)} ms`);
  let text = readFileSync(path, 'utf8').replace(/"startedAt":"[^"]*"/, `"startedAt":"${STARTED_AT}"`);
  for (const [index, {address}] of proxies.entries()) text = text.replaceAll(address, `${SHOWN[index]}:9000`);
  const shown = join(scene.folder, 'run.ndjson');
  writeFileSync(shown, text);
  return shown;
}

/** A quick server, a less quick one, one that is lost for a moment, a slow one, a busy one and one that lies. */
async function startProxies(scene: Scene): Promise<ChaosProxy[]> {
  const server = await scene.server([NAME]);
  const at = (bytesPerSecond: number): ProxyOptions => ({toClient: {bytesPerSecond}});
  const options: readonly ProxyOptions[] = [
    at(14_000_000),
    at(9_000_000),
    {toClient: {bytesPerSecond: 6_000_000, resetAfter: 30 * MIB}},
    at(400_000),
    {...at(5_000_000), control: busyAtFirst(5)},
    {toClient: {bytesPerSecond: 8_000_000, corruptEvery: 60}},
  ];
  return Promise.all(options.map((it, index) => scene.proxy(server, {...asOtherServer(index + 1), ...it})));
}

/** A server of its own that is busy for its first requests. */
function busyAtFirst(number: number): NonNullable<ProxyOptions['control']> {
  const {control} = asOtherServer(number);
  let refusals = REFUSALS;
  return (frame) => {
    if (frame.message?.type !== 'fetch' || refusals-- <= 0) return control?.(frame) ?? 'pass';
    const status = {kind: 'busy', retryAfterMs: 1_500, slots: 1, slotsInUse: 1} as const;
    return {answer: [encodeServer({type: 'end', id: frame.message.id, status})]};
  };
}
