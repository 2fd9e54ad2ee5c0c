import assert from 'node:assert/strict';
import {closeSync, cpSync, openSync, readdirSync, readSync, watch, writeSync} from 'node:fs';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';

import {amount} from '../support/campaign.js';
import type {ChaosProxy} from '../support/chaos-proxy.js';
import {contentsOf, sameBytes} from '../support/files.js';
import {
  assertNoFinalFile,
  assertOnlyFile,
  type Download,
  loggedBytes,
  MIB,
  Scene,
} from '../support/scenario.js';
import {until} from '../support/wait.js';

const MOMENTS = amount(30, 6);
const SIZE = 40 * MIB;
const DEADLINE_MS = 60_000;
const RATE = {toClient: {bytesPerSecond: 40_000_000}};

test('killed at moments from start to clean-up, the next run ends with the right bytes', async (t) => {
  const {scene, original, proxies} = await twoServers(t, 16 * MIB);
  const startMs = performance.now();
  const whole = await scene.download('x.zip', proxies);
  let lifeMs = performance.now() - startMs;
  assertOnlyFile(whole.folder, 'x.zip', original);

  let unfinished = 0;
  for (let moment = 1; moment <= MOMENTS; moment++) {
    const beganMs = performance.now();
    const download = scene.start('x.zip', proxies);
    if (moment % 6 === 0) killAtFinalName(download);
    else killAfter(download, (1.2 * lifeMs * moment) / MOMENTS);
    const {signal} = await download.exit();
    // On a machine whose load changes the first run may have taken longer than the others do.
    if (signal === null) lifeMs = Math.min(lifeMs, performance.now() - beganMs);
    if (contentsOf(download.folder).includes('x.zip')) {
      assert.ok(sameBytes(join(download.folder, 'x.zip'), original), `a wrong file after moment ${moment}`);
    } else {
      unfinished++;
    }
    await scene.download('x.zip', proxies, [], download.folder);
    assertOnlyFile(download.folder, 'x.zip', original);
  }
  t.diagnostic(`${unfinished} of ${MOMENTS} runs were killed before the file had its name`);
  assert.ok(unfinished >= MOMENTS / 3);
});

test('part and log moved to another folder are used there', async (t) => {
  const {scene, original, proxies} = await twoServers(t);
  const folder = await interrupted(scene, proxies, 'SIGKILL');
  const elsewhere = scene.newFolder('elsewhere');
  for (const name of readdirSync(folder)) {
    if (/\.fdl-(part|log)$/.test(name)) cpSync(join(folder, name), join(elsewhere, name));
  }
  const {result} = await scene.download('x.zip', proxies, [], elsewhere);
  assertOnlyFile(elsewhere, 'x.zip', original);
  assert.ok(result.resumedBytes > 0, 'nothing of the moved part was used');
});

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`a byte of the part changed after ${signal} is found, its block fetched again, the rest used`, async (t) => {
    const {scene, original, proxies} = await twoServers(t);
    const folder = await interrupted(scene, proxies, signal);
    flipByteOfPart(folder);
    const {result} = await scene.download('x.zip', proxies, [], folder);
    assertOnlyFile(folder, 'x.zip', original);
    assert.ok(result.resumedBytes > 0, 'nothing of the part was used');
  });
}

function killAfter(download: Download, delayMs: number): void {
  const timer = setTimeout(() => download.running.signal('SIGKILL'), delayMs);
  void download.running.exited.finally(() => clearTimeout(timer));
}

/** Kills it when the final name appears: between the link and the end of the clean-up. */
function killAtFinalName(download: Download): void {
  const watcher = watch(download.folder, (_change, name) => {
    if (name === 'x.zip') download.running.signal('SIGKILL');
  });
  void download.running.exited.finally(() => watcher.close());
}

async function twoServers(
  t: TestContext,
  size = SIZE,
): Promise<{scene: Scene; original: string; proxies: readonly ChaosProxy[]}> {
  const scene = new Scene(t, 'crash');
  const original = scene.offer('x.zip', size);
  const servers = await scene.servers(2, ['x.zip']);
  const proxies = await Promise.all(servers.map((server) => scene.proxy(server, RATE)));
  return {scene, original, proxies};
}

/** A folder with what a download left that was stopped in the middle. */
async function interrupted(
  scene: Scene,
  proxies: readonly ChaosProxy[],
  signal: NodeJS.Signals,
): Promise<string> {
  const download = scene.start('x.zip', proxies);
  // Nothing more comes then: on a busy machine the rest could be here before the signal is.
  for (const proxy of proxies)
    proxy.whenDelivered(SIZE / 8, () => {
      // The other mark may come only when the next run is on its way.
      if (!download.running.ended) for (const each of proxies) each.freeze();
    });
  await until('a block in the log', DEADLINE_MS, async () => (await loggedBytes(download.folder)) > 0);
  download.running.signal(signal);
  await download.exit();
  for (const proxy of proxies) proxy.thaw();
  assertNoFinalFile(download.folder);
  return download.folder;
}

function fileOf(folder: string, suffix: string): string {
  const name = readdirSync(folder).find((entry) => entry.endsWith(suffix));
  assert.ok(name !== undefined, `no ${suffix} in ${folder}`);
  return join(folder, name);
}

/** Changes one byte in the first block that is not a hole. */
function flipByteOfPart(folder: string): void {
  const file = openSync(fileOf(folder, '.fdl-part'), 'r+');
  const block = Buffer.alloc(MIB);
  for (let at = 0; ; at += MIB) {
    const count = readSync(file, block, 0, MIB, at);
    assert.ok(count > 0, 'the part is empty');
    if (block.subarray(0, count).every((byte) => byte === 0)) continue;
    block[12_345] = (block[12_345] ?? 0) ^ 0x10;
    writeSync(file, block, 0, count, at);
    break;
  }
  closeSync(file);
}
