/**
 * A real Chromium for tests of pages. Where there is none they are skipped, with a line that says how to get it, or fail
 * with FDL_REQUIRE_BROWSER=1. One browser for all tests of a file; each visit has a profile of its own.
 */

import {accessSync, constants} from 'node:fs';
import {delimiter, join} from 'node:path';
import {after} from 'node:test';

import type {Browser, BrowserContext, Page} from 'playwright-core';

import type {Cleanup} from './files.js';
import {within} from './wait.js';

const NAMES = ['chromium', 'chromium-browser'];
/** A loaded machine takes its time to start a browser; none takes so long to draw a page. */
const START_DEADLINE_MS = 60_000;
const CLOSE_DEADLINE_MS = 20_000;
const PAGE_DEADLINE_MS = 30_000;

export type Theme = 'dark' | 'light';

/** The sizes that pages are looked at in, in CSS pixels. */
export const DESKTOP = {width: 1280, height: 800} as const;
export const PHONE = {width: 390, height: 844} as const;

export interface VisitOptions {
  readonly theme?: Theme;
  readonly size?: {readonly width: number; readonly height: number};
  /** Pixels of the picture for each CSS pixel; 1 unless given. */
  readonly scale?: number;
}

/** Path of a Chromium: FDL_CHROMIUM, or the first one in PATH; null: there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const {FDL_CHROMIUM: named, PATH: path = ''} = env;
  if (named !== undefined && named !== '') return isProgram(named) ? named : null;
  const places = NAMES.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  return places.find(isProgram) ?? null;
}

/** Why tests with a browser are left out here, in one line; false: they run. */
export function whyNoBrowser(env: NodeJS.ProcessEnv = process.env): string | false {
  if (env['FDL_BROWSER_TESTS'] === 'off') return 'FDL_BROWSER_TESTS=off: no tests with a browser in this run';
  if (env['FDL_REQUIRE_BROWSER'] === '1' || findChromium(env) !== null) return false;
  return 'no Chromium here: `apt-get install chromium`, or FDL_CHROMIUM=PATH of one';
}

/** A new Chromium; gone at the end of what `t` stands for. */
export async function launchChromium(t: Cleanup): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null)
    throw new Error('no Chromium in FDL_CHROMIUM or PATH: apt-get install chromium');
  const {chromium} = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    // Its sandbox is for everyone but root, for whom it does not start.
    chromiumSandbox: process.getuid?.() !== 0,
    timeout: START_DEADLINE_MS,
  });
  t.after(() => within('the end of Chromium', CLOSE_DEADLINE_MS, browser.close()));
  return browser;
}

/** The browser of a test file: started by the first test that visits a page. */
export class Chromium {
  /** For `test(name, {skip}, …)`. */
  readonly skip = whyNoBrowser();
  #browser: Promise<Browser> | undefined;
  readonly #ending: (() => void | Promise<void>)[] = [];

  constructor() {
    after(async () => {
      await this.#browser?.catch(() => {});
      for (const end of this.#ending) await end();
    });
  }

  /** Starts it before it is needed: that keeps this process from everything else for seconds. */
  async start(): Promise<void> {
    if (this.skip === false) await this.#started();
  }

  /** Opens a page in a fresh profile, and waits until it is loaded. */
  async visit(t: Cleanup, url: string, options: VisitOptions = {}): Promise<Visit> {
    return visit(t, await this.#started(), url, options);
  }

  #started(): Promise<Browser> {
    this.#browser ??= launchChromium({after: (action) => void this.#ending.push(action)});
    return this.#browser;
  }
}

/** Opens a page in a fresh profile of a browser, and waits until it is loaded. */
export async function visit(
  t: Cleanup,
  browser: Browser,
  url: string,
  {theme = 'light', size = DESKTOP, scale = 1}: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: theme,
    deviceScaleFactor: scale,
    // What moves by itself would make every look at the page another one.
    reducedMotion: 'reduce',
  });
  t.after(() => context.close());
  context.setDefaultTimeout(PAGE_DEADLINE_MS);
  const opened = new Visit(context, await context.newPage(), new URL(url).origin);
  await opened.page.goto(url);
  return opened;
}

/** A page that is open, and what went wrong in it. */
export class Visit {
  readonly page: Page;
  /** What no page may do: errors in its console, requests to others, what its security policy refused. */
  readonly problems: string[] = [];
  readonly #context: BrowserContext;
  readonly #origin: string;

  constructor(context: BrowserContext, page: Page, origin: string) {
    this.#context = context;
    this.page = page;
    this.#origin = origin;
    // Violations of the security policy are errors in the console as well.
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${String(error)}`));
    context.on('request', (request) => {
      if (!this.#isOwn(request.url())) this.problems.push(`request to ${request.url()}`);
    });
  }

  /** The same page in another theme or size, as when a window is moved or a system changes. */
  async look({theme, size}: Pick<VisitOptions, 'theme' | 'size'>): Promise<void> {
    if (theme !== undefined) await this.page.emulateMedia({colorScheme: theme, reducedMotion: 'reduce'});
    if (size !== undefined) await this.page.setViewportSize(size);
  }

  /** Closes the page, as somebody who closes the tab; its profile stays for `reopen`. */
  async close(): Promise<void> {
    await this.page.close();
  }

  /** Another tab of the same profile, at a path of the same site: the cookies are there, nothing else is. */
  async reopen(path: string): Promise<Visit> {
    const again = new Visit(this.#context, await this.#context.newPage(), this.#origin);
    await again.page.goto(new URL(path, this.#origin).href);
    return again;
  }

  #isOwn(url: string): boolean {
    return url.startsWith(`${this.#origin}/`) || url.startsWith('data:') || url.startsWith('blob:');
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
