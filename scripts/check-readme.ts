/**
 * `npm run check:docs`: does what the documents say. Every block marked `sh run` in the Markdown files of this checkout
 * runs as written, in a fresh copy of its files; a block marked `sh run background` is started, must say that it
 * listens, and stays up until its document is done. Ends with exit code 1 when a block fails. Single commands of other
 * blocks are run by check-commands.ts.
 */

import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, mkdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

import {type Cleanup, lastFirst, tempFolder} from '../test/support/files.js';
import {checkout} from '../test/support/processes.js';
import {until, within} from '../test/support/wait.js';
import {checkoutFiles, documents} from './documents.js';
import {type RunBlock, runBlocks} from './run-blocks.js';

/** Installs packages and builds: minutes on a slow machine. */
const DEADLINE_MS = 300_000;
const STOP_DEADLINE_MS = 20_000;
const OUTPUT_CHARACTERS_MAX = 4_000;
/** What a server says when others can talk to it. */
const READY = /listening on/;

class Failure extends Error {}

let failures = 0;
for (const document of documents()) await check(document);
if (failures > 0) process.exitCode = 1;

/** Runs the blocks of one document, one after the other, in one copy of the checkout. */
async function check(document: string): Promise<void> {
  const blocks = runBlocks(readFileSync(join(checkout(), document), 'utf8'));
  if (blocks.length === 0) return;
  const ending: (() => void | Promise<void>)[] = [];
  const cleanup = lastFirst({after: (action) => void ending.push(action)});
  try {
    const folder = freshCopy(cleanup);
    for (const block of blocks) await run(cleanup, folder, `${document}:${block.line}`, block);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    failures++;
  } finally {
    for (const end of ending) await end();
  }
}

async function run(cleanup: Cleanup, folder: string, where: string, block: RunBlock): Promise<void> {
  const startedMs = performance.now();
  const {child, output, ended} = start(cleanup, folder, block.code);
  const fail = (why: string) =>
    new Failure(`${where}: ${why}\n${indented(block.code)}\nit said:\n${indented(output())}`);
  if (block.isBackground) {
    await until('a server', DEADLINE_MS, () => READY.test(output()) || child.exitCode !== null).catch(() => {
      throw fail('the server does not listen');
    });
    if (child.exitCode !== null) throw fail(`the server ended with exit code ${child.exitCode}`);
  } else {
    const code = await within('its end', DEADLINE_MS, ended).catch(() => {
      throw fail('it does not end');
    });
    if (code !== 0) throw fail(`exit code ${code}`);
  }
  const how = block.isBackground ? 'is up' : 'runs';
  console.log(`${where}: ${how}, ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
}

interface Started {
  readonly child: ChildProcess;
  /** What it said last, on both streams. */
  output(): string;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** A shell with a process group of its own, so that everything it started ends with it. */
function start(cleanup: Cleanup, folder: string, code: string): Started {
  const child = spawn('sh', ['-e', '-c', code], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-OUTPUT_CHARACTERS_MAX);
    });
  const ended = once(child, 'close').then(([exitCode]) => exitCode as number | null);
  cleanup.after(async () => {
    signalGroup(child, 'SIGTERM');
    await within('its end', STOP_DEADLINE_MS, ended).catch(() => signalGroup(child, 'SIGKILL'));
  });
  return {child, output: () => said, ended};
}

function signalGroup({pid}: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of it is left.
  }
}

/** The files of the checkout as a fresh clone would have them, with what is not committed yet. */
function freshCopy(cleanup: Cleanup): string {
  const folder = tempFolder(cleanup, 'docs');
  for (const path of checkoutFiles()) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    copyFileSync(join(checkout(), path), join(folder, path));
  }
  return folder;
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}
