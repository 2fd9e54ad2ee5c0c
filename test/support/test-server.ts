/** Servers inside the test's own process, on real files and sockets, with a tiny geometry and short times. */

import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {systemClock} from '../../src/actors/clock.js';
import {
  type RunningServer,
  type ServeNotice,
  type ServeOptions,
  startServing,
} from '../../src/actors/server/serving.js';
import type {Geometry} from '../../src/model.js';
import {startWorkers, type Workers} from '../../src/workers/pool.js';
import {type Cleanup, lastFirst, tempFolder} from './files.js';
import {until} from './wait.js';

export const TINY: Geometry = {blockBytes: 1_024, fragmentBytes: 4_096};
const DEADLINE_MS = 20_000;

/** One pool for all servers of a test file: threads are slow to start. */
let shared: Promise<Workers> | null = null;

function sharedWorkers(): Promise<Workers> {
  shared ??= startWorkers({threads: 2});
  return shared;
}

/** Call it in `after` of a test file that started servers. */
export async function closeSharedWorkers(): Promise<void> {
  await (await shared)?.close();
  shared = null;
}

export interface TestServer extends RunningServer {
  readonly port: number;
  readonly notices: readonly ServeNotice[];
  /** The notice that `matches`, when it comes; those before `from` do not count. */
  says<K extends ServeNotice['kind']>(
    kind: K,
    matches?: (notice: Extract<ServeNotice, {readonly kind: K}>) => boolean,
    from?: number,
  ): Promise<Extract<ServeNotice, {readonly kind: K}>>;
  /** Waits until a file is offered. */
  ready(name: string, from?: number): Promise<Extract<ServeNotice, {readonly kind: 'file-ready'}>>;
}

export type TestServerOptions = Partial<ServeOptions> & {
  readonly settleMs?: number;
  readonly scanIntervalMs?: number;
  readonly geometry?: Geometry;
};

/** A folder with these files in it, by name. */
export function folderWith(t: Cleanup, files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = tempFolder(t, 'server');
  for (const [name, content] of Object.entries(files)) put(folder, name, content);
  return folder;
}

export function put(folder: string, name: string, content: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, name)), {recursive: true});
  writeFileSync(join(folder, name), content);
}

/** Bytes that differ from block to block, and with the seed. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Starts a server on a folder; it has ended when the test has. */
export async function startTestServer(
  t: Cleanup,
  folder: string,
  options: TestServerOptions = {},
): Promise<TestServer> {
  const cleanup = lastFirst(t);
  const notices: ServeNotice[] = [];
  const {settleMs = 40, scanIntervalMs = 30, geometry = TINY, ...rest} = options;
  const workers = await sharedWorkers();
  const server = await startServing(
    {
      port: 0,
      host: '127.0.0.1',
      maxTransfers: 32,
      inPlace: false,
      folder,
      onNotice: (notice) => notices.push(notice),
      ...rest,
    },
    {
      geometry,
      clock: systemClock,
      startWorkers: async () => ({run: workers.run.bind(workers), close: async () => {}}),
      scanIntervalMs,
      settleMs,
    },
  );
  cleanup.after(() => server.cut());
  const says: TestServer['says'] = (kind, matches = () => true, from = 0) =>
    until(`a notice ${kind}, not only ${JSON.stringify(notices)}`, DEADLINE_MS, () => {
      type Notice = Extract<ServeNotice, {readonly kind: typeof kind}>;
      return notices
        .slice(from)
        .find((notice): notice is Notice => notice.kind === kind && matches(notice as Notice));
    });
  return {
    ...server,
    port: server.addresses[0]?.port ?? 0,
    notices,
    says,
    ready: (name, from) => says('file-ready', (notice) => notice.name === name, from),
  };
}
