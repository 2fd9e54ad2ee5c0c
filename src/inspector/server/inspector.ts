/** The inspector as commands start it: the page with a feed of what happens, or of what was recorded. */

import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Clock} from '../../actors/clock.js';
import type {RowOf, TraceRow} from '../../trace/rows.js';
import type {Chart} from '../charts/chart.js';
import {LiveFeed} from './live-feed.js';
import {listPage} from './page-files.js';
import {type PageServer, type Routes, startPageServer} from './page-server.js';
import type {RecordedTrace} from './recorded-trace.js';

/** `/api/about`: what the page is about. */
export interface About {
  readonly mode: 'live' | 'recorded';
  readonly command: RowOf<'trace'>['command'];
  /** Of the file that is downloaded, the folder that is served, or the trace. */
  readonly name: string;
  /** Size of the trace; null: it is live. */
  readonly bytes: number | null;
}

interface PageOptions {
  /** 0: any free one. */
  readonly port: number;
  /** The machines of this version; asked for once, when a page wants them. */
  readonly charts: () => Promise<readonly Chart[]>;
  /** Told a new address when the one before was used up and somebody wants in. */
  readonly onUsedLink: (url: string) => void;
  /** Where the built page is; left out: in the package that this file belongs to. */
  readonly folder?: string;
}

export interface LiveInspector {
  /** To be opened in a browser; good once. */
  readonly url: string;
  /** Takes a row, at once. */
  readonly add: (row: TraceRow) => void;
  /** Sends the last rows, for INSPECT_END_TIMEOUT_MS at most, and ends. May be called twice. Never rejects. */
  end(): Promise<void>;
}

/** Starts a page on what happens. Throws FdlError `port-in-use`, `usage` or `path-unsuitable`. */
export async function startLiveInspector(
  options: PageOptions & {readonly clock: Clock} & Pick<About, 'command' | 'name'>,
): Promise<LiveInspector> {
  const {clock, command, name} = options;
  const feed = new LiveFeed(clock);
  const about: About = {mode: 'live', command, name, bytes: null};
  const server = await startPage(options, async () => about, [
    '/api/live',
    {kind: 'feed', answer: (wish, response) => feed.attach(wish, response)},
  ]);
  let ending: Promise<void> | null = null;
  return {
    url: server.url,
    add: feed.add,
    end() {
      ending ??= feed.end().then(() => server.close());
      return ending;
    },
  };
}

/** Starts a page on a trace, which stays the caller's to close. Throws as `startLiveInspector`. */
export async function startRecordedInspector(
  options: PageOptions & {readonly trace: RecordedTrace},
): Promise<PageServer> {
  const {trace} = options;
  const {name, command} = trace;
  return startPage(options, async () => ({mode: 'recorded', command, name, bytes: await trace.bytes()}), [
    '/api/rows',
    {kind: 'feed', answer: (wish, response) => trace.answer(wish, response)},
  ]);
}

type Entry = Routes extends ReadonlyMap<infer Path, infer Value> ? readonly [Path, Value] : never;

async function startPage(
  {port, charts, onUsedLink, folder = pageFolder()}: PageOptions,
  about: () => Promise<About>,
  feed: Entry,
): Promise<PageServer> {
  const routes: Routes = new Map<string, Entry[1]>([
    ['/api/about', {kind: 'json', value: about}],
    ['/api/charts', {kind: 'json', value: charts}],
    feed,
  ]);
  return startPageServer({port, files: await listPage(folder), routes, onUsedLink});
}

/** dist/page of the package, wherever in it this file was built to. */
function pageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, 'dist', 'page');
}
