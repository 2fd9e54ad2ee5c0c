/**
 * `npm run picture`: draws docs/pictures/download.svg from a real download. Four servers on this machine, of which one is
 * slow, one busy with another client and one behind a proxy that damages data; `fdl download` runs in tmux, and its
 * screen is captured in the middle, colours included. Needs tmux.
 */

import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {stripVTControlCharacters} from 'node:util';

import {startProxy} from '../test/support/chaos-proxy.js';
import {type Cleanup, lastFirst, tempFolder, writeRandomFile} from '../test/support/files.js';
import {checkout, indexed, startFdl, startServer} from '../test/support/processes.js';
import {until} from '../test/support/wait.js';
import {terminalSvg} from './terminal-svg.js';

const FILE = 'dataset.tar';
const SIZE = 400 * 1_048_576;
const COLUMNS = 100;
const ROWS = 24;
const DEADLINE_MS = 60_000;
/** The picture is taken here: far enough for every server to have shown what it is. */
const SHOWN_FROM_PERCENT = 55;

const ending: (() => void | Promise<void>)[] = [];
const cleanup = lastFirst({after: (action) => void ending.push(action)});
try {
  await picture(cleanup);
} finally {
  for (const end of ending) await end();
}

async function picture(cleanup: Cleanup): Promise<void> {
  const folder = tempFolder(cleanup, 'picture');
  const served = join(folder, 'served');
  const home = join(folder, 'home');
  mkdirSync(home);
  writeRandomFile(join(served, FILE), SIZE);
  writeFileSync(join(home, 'servers.txt'), (await startServers(cleanup, served)).join('\n'));
  const screen = await captured(cleanup, folder, home);
  const target = join(checkout(), 'docs', 'pictures');
  mkdirSync(target, {recursive: true});
  writeFileSync(
    join(target, 'download.svg'),
    terminalSvg(screen, COLUMNS, 'fdl download from four servers: one slow, one busy, one banned'),
  );
  console.log(stripVTControlCharacters(screen));
}

/** Addresses of a good server, a slow one, a busy one and one that lies. */
async function startServers(cleanup: Cleanup, served: string): Promise<string[]> {
  const good = await startServer(cleanup, served, ['--limit-rate', '45MB']);
  await indexed(served, FILE);
  const slow = await startServer(cleanup, served, ['--limit-rate', '2MB']);
  const busy = await startServer(cleanup, served, ['--limit-rate', '8MB', '--max-transfers', '1']);
  const liar = await startServer(cleanup, served, ['--limit-rate', '20MB']);
  const proxy = await startProxy(cleanup, liar.port, {seed: 1, toClient: {corruptEvery: 30}});
  // Its only slot is taken by somebody else.
  const other = startFdl(cleanup, ['download', FILE, '--server', busy.address], {
    cwd: tempFolder(cleanup, 'other'),
  });
  await other.says(/ [kM]B\/s/);
  return [good.address, slow.address, busy.address, proxy.address];
}

/** The screen of `fdl download` when every server has shown what it is. */
async function captured(cleanup: Cleanup, folder: string, home: string): Promise<string> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(join(checkout(), 'bin', 'run.js'), join(bin, 'fdl'));
  const socket = join(folder, 'tmux');
  const tmux = (...args: string[]) => execFileSync('tmux', ['-S', socket, ...args], {encoding: 'utf8'});
  const env = [`PATH=${bin}:${process.env['PATH']}`, 'PS1=$ ', 'TERM=tmux-256color'];
  const size = ['-x', String(COLUMNS), '-y', String(ROWS)];
  tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    ...size,
    '-c',
    home,
    'env',
    ...env,
    'bash',
    '--norc',
    '--noprofile',
  );
  cleanup.after(() => void tmux('kill-server'));
  const screen = () => tmux('capture-pane', '-p', '-e');
  await until('a prompt', DEADLINE_MS, () => screen().startsWith('$'));
  tmux('send-keys', `fdl download ${FILE}`, 'Enter');
  return until('a picture', DEADLINE_MS, () => {
    const shown = screen();
    return isTelling(stripVTControlCharacters(shown)) && shown;
  });
}

function isTelling(screen: string): boolean {
  const percent = Number(/(\d+) %/.exec(screen)?.[1] ?? 0);
  if (/verified/.test(screen)) throw new Error(`the download was over too soon:\n${screen}`);
  return percent >= SHOWN_FROM_PERCENT && /busy, asked/.test(screen) && /banned: /.test(screen);
}
