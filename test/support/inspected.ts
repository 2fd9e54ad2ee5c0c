/** What the page of `--inspect` is looked at with: a real download from a fast, a slow, a busy and a lying server. */

import {join} from 'node:path';

import {encodeServer} from '../../src/protocol/codec.js';
import type {ChaosProxy, ProxyOptions} from './chaos-proxy.js';
import type {Cleanup} from './files.js';
import {asOtherServer} from './other-server.js';
import {type Exit, type Running, runFdl, startFdl} from './processes.js';
import {type Download, type Finished, MIB, Scene} from './scenario.js';

export const NAME = 'dataset.tar';
/** Two fragments, the second one short. */
const SIZE = 112 * MIB;
/** So slow that the download would take a minute and a half: every state can be looked at before it is hurried. */
const RATES = {fast: 1_200_000, slow: 80_000, liar: 1_500_000} as const;
/** The lying server damages every n-th block that it sends: it brings some right ones first. */
const LIES_EVERY = 4;
/** Longer than anybody looks at the busy server. */
const BUSY_MS = 60_000;
const BANNED_DEADLINE_MS = 60_000;
/** What a page is opened with, as the command says it. */
const PAGE_URL = /http:\/\/(?:127\.0\.0\.1|localhost):\d+\/\S*/;

/** A download whose page can be looked at, and the servers that it comes from. */
export interface Inspected {
  readonly scene: Scene;
  readonly original: string;
  readonly fast: ChaosProxy;
  readonly slow: ChaosProxy;
  readonly busy: ChaosProxy;
  readonly liar: ChaosProxy;
  readonly download: Download;
  /** The trace that it writes. */
  readonly trace: string;
  /** Of its page, with the token. */
  readonly url: string;
  /** Runs `fdl ARGS...` to its end. */
  run(args: readonly string[]): Promise<Exit>;
  /** Lets the rest come as fast as it can, from the fast one, once the liar is found out; the whole trace is there then. */
  ended(): Promise<Finished>;
}

/** Starts `fdl download --inspect` with a slow, a busy and a lying server; it goes on slowly until it is hurried. */
export async function startInspected(t: Cleanup, args: readonly string[] = []): Promise<Inspected> {
  const scene = new Scene(t, 'inspected');
  const original = scene.offer(NAME, SIZE);
  const server = await scene.server([NAME]);
  let number = 0;
  const proxy = (options: ProxyOptions) => scene.proxy(server, {...asOtherServer(++number), ...options});
  const fast = await proxy({toClient: {bytesPerSecond: RATES.fast}});
  const slow = await proxy({toClient: {bytesPerSecond: RATES.slow}});
  const busy = await proxy({control: busyControl(++number)});
  const liar = await proxy({toClient: {bytesPerSecond: RATES.liar, corruptEvery: LIES_EVERY}});
  const trace = join(scene.folder, 'run.ndjson');
  const download = scene.start(NAME, [fast, slow, busy, liar], ['--inspect', '--trace', trace, ...args]);
  const url = await pageOf(download.running);
  return {
    ...{scene, original, fast, slow, busy, liar, download, trace, url},
    run: (args) => runFdl(scene.cleanup, args, {cwd: scene.folder}),
    async ended() {
      await download.running.says(/: banned, /, BANNED_DEADLINE_MS);
      fast.change({});
      return download.finished();
    },
  };
}

/** Starts `fdl inspect FILE` and returns the URL of its page. */
export async function inspectTrace(t: Cleanup, path: string, args: readonly string[] = []): Promise<string> {
  return pageOf(startFdl(t, ['inspect', path, ...args], {cwd: join(path, '..')}));
}

async function pageOf(running: Running): Promise<string> {
  const [url] = await running.says(PAGE_URL);
  return url;
}

/** A server of its own that says to every fetch that it is busy. */
function busyControl(number: number): NonNullable<ProxyOptions['control']> {
  const {control} = asOtherServer(number);
  const status = {kind: 'busy', retryAfterMs: BUSY_MS, slots: 1, slotsInUse: 1} as const;
  return (frame) =>
    frame.message?.type === 'fetch'
      ? {answer: [encodeServer({type: 'end', id: frame.message.id, status})]}
      : (control?.(frame) ?? 'pass');
}
