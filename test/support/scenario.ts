/** The usual scene of an end-to-end test: a served folder, server processes, proxies, downloads. */

import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, utimesSync} from 'node:fs';
import {join} from 'node:path';

import {nodeDisk} from '../../src/actors/store/disk.js';
import {readLog} from '../../src/actors/store/resume-log.js';
import type {DownloadResult} from '../../src/report.js';
import {type ChaosProxy, type ProxyOptions, startProxy} from './chaos-proxy.js';
import {type Cleanup, contentsOf, lastFirst, sameBytes, tempFolder, writeRandomFile} from './files.js';
import {type Exit, indexed, type Running, type RunningServer, startFdl, startServer} from './processes.js';

export const MIB = 1_048_576;
/** No download of these tests takes a tenth of it; it only turns a hang into a failure with a message. */
const DOWNLOAD_DEADLINE_MS = 120_000;

/** A temporary folder with one served folder in it. */
export class Scene {
  readonly folder: string;
  /** What servers offer. */
  readonly served: string;
  /** Runs what it is given when the test has ended, last first. */
  readonly cleanup: Cleanup;
  #downloads = 0;

  constructor(t: Cleanup, label: string) {
    this.cleanup = lastFirst(t);
    this.folder = tempFolder(this.cleanup, label);
    this.served = this.newFolder('served');
  }

  /** A new folder beside the served one. */
  newFolder(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, {recursive: true});
    return folder;
  }

  /** A random file in a served folder; returns its path. */
  offer(name: string, size: number, seed = 1, served = this.served): string {
    const path = join(served, name);
    writeRandomFile(path, size, seed);
    // An hour old: a server waits until a file that has just changed is quiet.
    const written = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000);
    utimesSync(path, written, written);
    return path;
  }

  /** Starts `count` servers on a folder and waits until `names` are ready to be served. */
  async servers(
    count: number,
    names: readonly string[],
    args: readonly string[] = [],
    served = this.served,
  ): Promise<RunningServer[]> {
    const servers: RunningServer[] = [];
    // One after the other: the first one indexes, the others find it done.
    for (let started = 0; started < count; started++) {
      servers.push(await startServer(this.cleanup, served, args));
      for (const name of names) await indexed(served, name);
    }
    return servers;
  }

  /** One server, as `servers`. */
  async server(
    names: readonly string[],
    args: readonly string[] = [],
    served = this.served,
  ): Promise<RunningServer> {
    const [server] = await this.servers(1, names, args, served);
    assert.ok(server !== undefined);
    return server;
  }

  /** A proxy before a server. */
  proxy(server: RunningServer, options: ProxyOptions = {}): Promise<ChaosProxy> {
    return startProxy(this.cleanup, server.port, options);
  }

  /** Starts a download from `sources`, into the folder `into` (a new one when not named). */
  start(
    name: string,
    sources: readonly {readonly address: string}[],
    args: readonly string[] = [],
    into = this.newFolder(`download-${++this.#downloads}`),
  ): Download {
    const servers = sources.flatMap(({address}) => ['--server', address]);
    // The name last and behind `--`: it may start with a dash.
    const running = startFdl(this.cleanup, ['download', ...servers, '--json', ...args, '--', name], {
      cwd: into,
    });
    return new Download(running, into);
  }

  /** A whole download that is expected to end with exit code 0. */
  async download(
    name: string,
    sources: readonly {readonly address: string}[],
    args: readonly string[] = [],
    into?: string,
  ): Promise<Finished> {
    return this.start(name, sources, args, into).finished();
  }
}

/** A `fdl download` process and the folder that it works in. */
export class Download {
  readonly running: Running;
  readonly folder: string;

  constructor(running: Running, folder: string) {
    this.running = running;
    this.folder = folder;
  }

  /** How it ended, whatever the way. */
  exit(): Promise<Exit> {
    return this.running.exit(DOWNLOAD_DEADLINE_MS);
  }

  /** Its result, when it ended with exit code 0; checks what must be true of every result. */
  async finished(): Promise<Finished> {
    const exit = await this.exit();
    assert.equal(exit.code, 0, `exit code ${exit.code}, ${exit.signal}:\n${exit.stderr}`);
    const result = JSON.parse(exit.stdout) as DownloadResult;
    assertAddsUp(result);
    return {exit, result, folder: this.folder};
  }
}

export interface Finished {
  readonly exit: Exit;
  readonly result: DownloadResult;
  readonly folder: string;
}

/** The sums that every result promises. */
function assertAddsUp(result: DownloadResult): void {
  const {bytes, resumedBytes, storedBytes, receivedBytes, wastedBytes, servers} = result;
  assert.equal(resumedBytes + storedBytes, bytes, 'bytes = resumedBytes + storedBytes');
  assert.equal(storedBytes + wastedBytes, receivedBytes, 'receivedBytes = storedBytes + wastedBytes');
  const fromServers = servers.reduce((sum, server) => sum + server.bytes, 0);
  assert.equal(fromServers, receivedBytes, 'receivedBytes = sum over the servers');
}

/** The download folder holds the file `name` with the bytes of `original`, and nothing else. */
export function assertOnlyFile(folder: string, name: string, original: string): void {
  assert.deepEqual(contentsOf(folder), [name]);
  assert.ok(sameBytes(join(folder, name), original), `${name} differs from the original`);
}

/** The folder holds no file of the final name; what is left may only be part, log and lock. */
export function assertNoFinalFile(folder: string): void {
  for (const left of contentsOf(folder)) assert.match(left, /\.fdl-(part|log|lock)$/);
}

/** A failure told to people: code, message, no stack trace, no result on stdout that claims success. */
export function assertFails(exit: Exit, code: number, ...patterns: readonly RegExp[]): void {
  assert.equal(exit.signal, null);
  assert.equal(exit.code, code, `exit code ${exit.code}:\n${exit.stderr}`);
  const said = exit.stderr + exit.stdout;
  assert.doesNotMatch(said, /^\s+at .*(:\d+:\d+|node:)/m, 'a stack trace');
  for (const pattern of patterns) assert.match(said, pattern);
}

/** Root of a served file, from the index that the server has written. */
export function servedRoot(served: string, name: string): string {
  const text = readFileSync(join(served, 'fragments', name, 'index.json'), 'utf8');
  const match = /"root":\s*"([0-9a-f]{64})"/.exec(text);
  assert.ok(match?.[1] !== undefined, `no root in the index of ${name}`);
  return match[1];
}

/** What the log in a folder says is stored. */
export async function loggedBytes(folder: string): Promise<number> {
  const log = contentsOf(folder).find((name) => name.endsWith('.fdl-log'));
  if (log === undefined) return 0;
  const read = await readLog(nodeDisk, join(folder, log));
  return read.kind === 'usable' ? read.state.claimedBytes : 0;
}
