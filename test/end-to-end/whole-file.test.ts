import assert from 'node:assert/strict';
import {statSync} from 'node:fs';
import {freemem} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';

import {amount} from '../support/campaign.js';
import {sha256Of, tempBytesFree} from '../support/files.js';
import {assertOnlyFile, MIB, Scene} from '../support/scenario.js';

/** What a client may hold, whatever the size of the file. */
const CLIENT_BYTES_MAX = 200_000_000;
/** 2.5 GiB where memory allows (original, fragments and copy exist at once), else 300 MiB. */
const BIG_BYTES = 2_560 * MIB;
const WANTED_BYTES = amount(BIG_BYTES, 512 * MIB);
const SIZE = Math.min(tempBytesFree(), freemem()) > 4 * WANTED_BYTES ? WANTED_BYTES : 300 * MIB;

test('four servers bring one big file, every byte right, in bounded memory', async (t) => {
  const scene = new Scene(t, 'whole');
  const original = scene.offer('big.bin', SIZE);
  const servers = await scene.servers(4, ['big.bin']);

  const download = scene.start('big.bin', servers);
  const {result, folder} = await download.finished();

  assertOnlyFile(folder, 'big.bin', original);
  assert.equal(result.bytes, SIZE);
  assert.equal(result.resumedBytes, 0);
  assert.equal(result.sha256, sha256Of(original));
  for (const server of result.servers) {
    assert.ok(server.bytes > 0, `${server.address} brought nothing`);
    assert.equal(server.errors, 0);
    assert.equal(server.banned, null);
  }
  const {peakBytes} = download.running;
  assert.ok(peakBytes <= CLIENT_BYTES_MAX, `the client held ${peakBytes} bytes`);
  t.diagnostic(
    `${SIZE} bytes at ${Math.round(result.bytesPerSecond / 1e6)} MB/s, peak ${Math.round(peakBytes / 1e6)} MB`,
  );
});

test('servers keep serving after the download, and a second one finds the file complete', async (t) => {
  const scene = new Scene(t, 'again');
  const original = scene.offer('x.zip', 5 * MIB);
  const servers = await scene.servers(2, ['x.zip']);

  const first = await scene.download('x.zip', servers);
  const second = await scene.download('x.zip', servers, [], first.folder);

  assertOnlyFile(first.folder, 'x.zip', original);
  assert.equal(statSync(join(first.folder, 'x.zip')).mtimeMs, statSync(original).mtimeMs, 'the time is kept');
  assert.equal(second.result.storedBytes, 0);
  assert.match(second.exit.stderr, /already complete/i);
});
