/**
 * `npm run demo`: a whole life of a download in half a minute, with real processes on this machine. Four servers, of which
 * one is slow, one is killed in the middle and one returns corrupt data; the client is killed once and started again.
 * Prints what happens in words; ends with exit code 1 when anything is not as promised.
 */

import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';

import type {DownloadResult} from '../src/report.js';
import {type ChaosProxy, startProxy} from '../test/support/chaos-proxy.js';
import {
  type Cleanup,
  contentsOf,
  lastFirst,
  sha256Of,
  tempFolder,
  writeRandomFile,
} from '../test/support/files.js';
import {indexed, type Running, type RunningServer, startFdl, startServer} from '../test/support/processes.js';
import {until} from '../test/support/wait.js';

const FILE = 'big.bin';
const MIB = 1_048_576;
const SIZE = 300 * MIB;
const SLOW = '4MB';
const USUAL = '30MB';
/** The corrupting proxy flips one bit in every so many blocks. */
const CORRUPT_EVERY = 12;
const DEADLINE_MS = 60_000;

interface Servers {
  readonly slow: RunningServer;
  readonly dying: RunningServer;
  readonly good: RunningServer;
  readonly corrupt: ChaosProxy;
}

let steps = 0;

await main();

async function main(): Promise<void> {
  const ending: (() => void | Promise<void>)[] = [];
  const cleanup = lastFirst({after: (action) => void ending.push(action)});
  const startMs = performance.now();
  process.once('SIGINT', () => {
    void endAll(ending).finally(() => process.exit(130));
  });
  try {
    await demo(cleanup);
    say(`\nEverything went as promised, in ${((performance.now() - startMs) / 1_000).toFixed(1)} s.`);
  } catch (error) {
    say(`\nNOT AS PROMISED: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await endAll(ending);
  }
}

/** Ends processes and removes folders; a second call finds nothing to do. */
async function endAll(ending: (() => void | Promise<void>)[]): Promise<void> {
  for (const end of ending.splice(0)) await end();
}

async function demo(cleanup: Cleanup): Promise<void> {
  const folder = tempFolder(cleanup, 'demo');
  const served = join(folder, 'served');
  const target = tempFolder(cleanup, 'demo-download');

  step('A file of 300 MiB, random');
  writeRandomFile(join(served, FILE), SIZE, process.pid);
  const wanted = sha256Of(join(served, FILE));
  say(`SHA-256 ${wanted}`);

  const servers = await startServers(cleanup, served);
  await killedInTheMiddle(cleanup, target, servers);
  const result = await resumed(cleanup, target, servers);
  check(result, target, wanted, servers);
}

async function startServers(cleanup: Cleanup, served: string): Promise<Servers> {
  step('Four servers: `fdl serve` four times, each a process of its own');
  const usual = ['--limit-rate', USUAL];
  const good = await startServer(cleanup, served, usual);
  await indexed(served, FILE);
  const slow = await startServer(cleanup, served, ['--limit-rate', SLOW]);
  const dying = await startServer(cleanup, served, usual);
  const behind = await startServer(cleanup, served, usual);
  const corrupt = await startProxy(cleanup, behind.port, {
    seed: process.pid,
    toClient: {corruptEvery: CORRUPT_EVERY},
  });
  say(`${good.address}  honest, ${USUAL}/s`);
  say(`${slow.address}  honest, but slow: ${SLOW}/s`);
  say(`${dying.address}  honest, ${USUAL}/s, will be killed in the middle`);
  say(`${corrupt.address}  flips one bit in every ${CORRUPT_EVERY}th block`);
  return {good, slow, dying, corrupt};
}

async function killedInTheMiddle(cleanup: Cleanup, target: string, servers: Servers): Promise<void> {
  step('`fdl download`, killed with kill -9 after a third');
  const first = startDownload(cleanup, target, servers);
  await until('a third of the file on disk', DEADLINE_MS, () => onDisk(target) > SIZE / 3 || first.ended);
  promise(!first.ended, 'the download ended before it could be killed');
  first.signal('SIGKILL');
  await first.exit(DEADLINE_MS);
  say(
    `\nKilled. On disk: about ${Math.round(onDisk(target) / MIB)} MiB, under another name: ${contentsOf(target).join(', ')}`,
  );
  promise(!contentsOf(target).includes(FILE), 'an unfinished file has the final name');
}

async function resumed(cleanup: Cleanup, target: string, servers: Servers): Promise<DownloadResult> {
  step('The same command again; one server is killed at two thirds');
  const second = startDownload(cleanup, target, servers);
  await until(
    'two thirds of the file on disk',
    DEADLINE_MS,
    () => onDisk(target) > (SIZE * 2) / 3 || second.ended,
  );
  promise(!second.ended, 'the download ended before a server could be killed');
  servers.dying.signal('SIGKILL');
  const exit = await second.exit(DEADLINE_MS);
  promise(exit.code === 0, `the download ended with exit code ${exit.code}`);
  return JSON.parse(exit.stdout) as DownloadResult;
}

function check(result: DownloadResult, target: string, wanted: string, servers: Servers): void {
  step('What came of it');
  const got = sha256Of(join(target, FILE));
  promise(got === wanted, `the file has SHA-256 ${got}`);
  say(`The file is complete and right: SHA-256 ${got}`);
  promise(contentsOf(target).join() === FILE, `left behind: ${contentsOf(target).join(', ')}`);
  say('Nothing else was left in its folder.');
  promise(result.resumedBytes > 0, 'nothing was resumed');
  const [kept, fetched] = [result.resumedBytes, result.storedBytes].map((bytes) => Math.round(bytes / MIB));
  say(`${kept} MiB of the killed run were used, ${fetched} MiB fetched.`);
  const banned = result.servers.filter((server) => server.banned !== null);
  promise(
    banned.length === 1 && banned[0]?.address === servers.corrupt.address,
    'not the corrupt server was banned',
  );
  const proof = banned[0]?.banned;
  const place =
    proof?.kind === 'wrong-block' ? `block ${proof.block} of fragment ${proof.fragment}` : proof?.kind;
  say(`${servers.corrupt.address} was caught at ${place} and not asked again.`);
  const dead = result.servers.find(({address}) => address === servers.dying.address);
  say(`${servers.dying.address} went away after ${dead?.blocks ?? 0} blocks; the others took over.`);
  for (const server of result.servers)
    say(`${server.address}  brought ${Math.round(server.bytes / MIB)} MiB`);
}

function startDownload(cleanup: Cleanup, target: string, servers: Servers): Running {
  const sources = [servers.good, servers.slow, servers.dying, servers.corrupt];
  const named = sources.flatMap(({address}) => ['--server', address]);
  return startFdl(cleanup, ['download', FILE, ...named, '--json'], {cwd: target, showStderr: true});
}

/** Bytes written to the unfinished file: it is sparse, so its allocated blocks tell. */
function onDisk(target: string): number {
  const part = readdirSync(target).find((name) => name.startsWith(FILE) && !/\.fdl-(log|lock)$/.test(name));
  return part === undefined ? 0 : statSync(join(target, part)).blocks * 512;
}

function promise(kept: boolean, otherwise: string): void {
  if (!kept) throw new Error(otherwise);
}

function step(title: string): void {
  say(`\n${++steps}. ${title}`);
}

function say(text: string): void {
  console.log(text);
}
