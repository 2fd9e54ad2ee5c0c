/** status and clean while a download runs, after Ctrl-C, and after kill -9. */

import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import type {UnfinishedDownload} from '../../src/actors/store/unfinished.js';
import type {Cleanup} from '../support/files.js';
import {contentsOf} from '../support/files.js';
import {type Exit, runFdl} from '../support/processes.js';
import {type Download, loggedBytes, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const SIZE = 24 * MIB;
/** Slow enough that the download still runs when it has been looked at twice on a slow machine. */
const RATE = {toClient: {bytesPerSecond: 600_000}};

test('status and clean tell a living download from a stopped and from a killed one', async (t) => {
  const scene = new Scene(t, 'unfinished');
  scene.offer('x.zip', SIZE);
  const proxy = await scene.proxy(await scene.server(['x.zip']), RATE);
  const folder = scene.newFolder('target');
  const {cleanup} = scene;

  /** Starts the download and waits until its log tells of a block more. */
  async function begun(): Promise<Download> {
    const before = await loggedBytes(folder);
    const download = scene.start('x.zip', [proxy], [], folder);
    await until('a block in the log', 60_000, async () => (await loggedBytes(folder)) > before);
    return download;
  }

  const stopped = await begun();
  const living = await statusOf(cleanup, folder);
  assert.deepEqual(
    [living?.workedOn, living?.output, living?.size],
    [{kind: 'running', pid: stopped.running.child.pid}, join(folder, 'x.zip'), SIZE],
  );
  assert.match((await fdl(cleanup, folder, 'status')).stdout, /being worked on by process \d+$/m);
  const files = contentsOf(folder);
  const refused = await fdl(cleanup, folder, 'clean', 'x.zip', '--yes');
  assert.equal(refused.code, 8, refused.stderr);
  assert.equal((await fdl(cleanup, folder, 'clean', '--yes')).code, 0);
  assert.deepEqual(contentsOf(folder), files);

  stopped.running.signal('SIGINT');
  assert.equal((await stopped.exit()).code, 130);
  const left = await statusOf(cleanup, folder);
  assert.deepEqual([left?.workedOn.kind, left?.needsCheck, left?.name], ['nobody', false, 'x.zip']);
  assert.ok((left?.storedBytes ?? 0) >= MIB, 'what was stored is told');

  const killed = await begun();
  killed.running.signal('SIGKILL');
  await killed.exit();
  const dead = await statusOf(cleanup, folder);
  assert.deepEqual([dead?.workedOn.kind, dead?.needsCheck], ['nobody', true]);
  const {stdout} = await fdl(cleanup, folder, 'status');
  assert.match(
    stdout,
    /^x\.zip: \d+ % of 25\.2 MB .*, to be checked before it counts\n {2}to go on, with its servers: fdl download x\.zip\n$/,
  );

  writeFileSync(join(folder, 'notes.txt'), 'mine');
  const unconfirmed = await fdl(cleanup, folder, 'clean');
  assert.equal(unconfirmed.code, 2);
  assert.match(unconfirmed.stderr, /hint: Give --yes/);
  const dry = JSON.parse((await fdl(cleanup, folder, 'clean', '--dry-run', '--json')).stdout);
  assert.deepEqual([dry.dryRun, dry.removed.length], [true, 1]);
  assert.ok(contentsOf(folder).length > 1, 'nothing was removed yet');
  const cleaned = await fdl(cleanup, folder, 'clean', '--yes', '--json');
  assert.equal(cleaned.code, 0, cleaned.stderr);
  assert.equal(JSON.parse(cleaned.stdout).removed.length, 1);
  assert.deepEqual(contentsOf(folder), ['notes.txt']);
  assert.equal((await fdl(cleanup, folder, 'status')).stdout, 'no unfinished downloads here\n');
});

function fdl(t: Cleanup, cwd: string, ...args: readonly string[]): Promise<Exit> {
  return runFdl(t, args, {cwd});
}

async function statusOf(t: Cleanup, folder: string): Promise<UnfinishedDownload | undefined> {
  const exit = await fdl(t, folder, 'status', '--json');
  assert.equal(exit.code, 0, exit.stderr);
  const {downloads} = JSON.parse(exit.stdout) as {downloads: readonly UnfinishedDownload[]};
  assert.ok(downloads.length <= 1);
  return downloads[0];
}
