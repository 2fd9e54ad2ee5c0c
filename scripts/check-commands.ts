/**
 * The second half of `npm run check:docs`: runs every command of fdl in the Markdown files that no runnable block has,
 * as it is written, one after the other, with two servers up. Only what a reader would put in is put in: a digest for
 * HEX, this machine for the addresses of examples (192.0.2.0/24), a folder of ours for /data. Commands that serve or
 * show must say where and end when told to, all others by themselves; each with exit code 0. Ends with exit code 1 when one does not.
 */

import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

import {type Cleanup, lastFirst, sha256Of, tempFolder, writeRandomFile} from '../test/support/files.js';
import {checkout, indexed, Running} from '../test/support/processes.js';
import {documents} from './documents.js';
import {type PlainCommand, plainCommands} from './run-blocks.js';

const DEADLINE_MS = 60_000;
/** What the documents call the files of their servers. */
const NAMES = [
  ...['x.zip', 'a.zip', 'b.zip', 'data/one.zip', 'data/two.zip'],
  ...['models/a.bin', 'models/b.bin', 'models/config.json'],
];
const HOSTS = ['127.0.2.7', '127.0.2.8'];
const SERVES = /^(?:\w+=\S+ +)*fdl serve /;
/** Runs until it is told to end; what it says when it is there. */
const STAYS = [
  {command: SERVES, says: /listening on/, signal: 'SIGTERM'},
  {command: /^fdl inspect (?!.*--(?:report|json))/, says: /look at it: http/, signal: 'SIGINT'},
] as const;

let failures = 0;
for (const document of documents()) await check(document);
if (failures > 0) process.exitCode = 1;

async function check(document: string): Promise<void> {
  const {fdl, other} = plainCommands(readFileSync(join(checkout(), document), 'utf8'));
  for (const {line, code} of other) console.log(`${document}:${line}: not run: ${code}`);
  if (fdl.length === 0) return;
  const ending: (() => void | Promise<void>)[] = [];
  const cleanup = lastFirst({after: (action) => void ending.push(action)});
  try {
    const scene = sceneOf(cleanup);
    // Before the servers that the others talk to: they would find the port taken.
    for (const command of fdl.filter(({code}) => SERVES.test(code)))
      await run(cleanup, scene, document, command);
    for (const host of HOSTS) await serveOn(cleanup, scene, host);
    for (const command of fdl.filter(({code}) => !SERVES.test(code)))
      await run(cleanup, scene, document, command);
  } finally {
    for (const end of ending) await end();
  }
}

interface Scene {
  /** Where the commands run. */
  readonly folder: string;
  /** What stands for the words of the documents. */
  readonly words: readonly (readonly [string | RegExp, string])[];
}

function sceneOf(cleanup: Cleanup): Scene {
  const folder = tempFolder(cleanup, 'commands');
  for (const [seed, path] of [...NAMES.map((name) => `files/${name}`), 'data/other.bin'].entries()) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeRandomFile(join(folder, path), 1_500_000, seed);
  }
  mkdirSync(join(folder, 'bin'));
  const program = `#!/bin/sh\nexec ${process.execPath} ${join(checkout(), 'bin', 'run.js')} "$@"\n`;
  writeFileSync(join(folder, 'bin', 'fdl'), program, {mode: 0o755});
  writeFileSync(join(folder, 'servers.txt'), HOSTS.map((host) => `${host}:9000\n`).join(''));
  const sums = NAMES.map((name) => `${sha256Of(join(folder, 'files', name))}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  writeFileSync(join(folder, 'list.txt'), 'a.zip\nmodels/\n');
  mkdirSync(join(folder, '.config', 'fish', 'completions'), {recursive: true});
  const original = join(folder, 'files', 'x.zip');
  const root = execFileSync(join(folder, 'bin', 'fdl'), ['root', original, '--json'], {encoding: 'utf8'});
  const words = [
    ['192.0.2.', '127.0.2.'],
    [/--root HEX/g, `--root ${/"root": ?"([0-9a-f]{64})"/.exec(root)?.[1]}`],
    [/--sha256 HEX/g, `--sha256 ${sha256Of(original)}`],
    [/(?<=[ =])\/data\b/g, join(folder, 'data')],
  ] as const;
  return {folder, words};
}

async function serveOn(cleanup: Cleanup, scene: Scene, host: string): Promise<void> {
  const server = start(cleanup, scene, `fdl serve 9000 --host ${host}`);
  await server.says(/listening on/);
  for (const name of NAMES) await indexed(join(scene.folder, 'files'), name);
}

async function run(cleanup: Cleanup, scene: Scene, document: string, command: PlainCommand): Promise<void> {
  const {line, code} = command;
  const running = start(cleanup, scene, code);
  try {
    const stays = STAYS.find(({command}) => command.test(code));
    if (stays !== undefined) {
      await running.says(stays.says);
      running.signal(stays.signal);
    }
    const exit = await running.exit(DEADLINE_MS);
    if (exit.code !== 0) throw new Error(`exit code ${exit.code}\n${exit.stderr}`);
    console.log(`${document}:${line}: runs: ${code}`);
  } catch (error) {
    failures++;
    console.error(`${document}:${line}: ${code}\n${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await running.stop();
  }
}

function start(cleanup: Cleanup, {folder, words}: Scene, code: string): Running {
  const filled = words.reduce((text, [word, meant]) => text.replaceAll(word, meant), code);
  // exec: a signal to the shell is one to fdl.
  const text = filled
    .replace(/(^|\s)fdl /, '$1exec fdl ')
    .replace(/^((?:FDL_\S+ +)+)exec /, 'export $1; exec ');
  const running = new Running(['-c', text], {
    cwd: folder,
    program: ['sh'],
    env: {PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder},
  });
  cleanup.after(() => running.stop());
  return running;
}
