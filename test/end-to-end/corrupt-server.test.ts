import assert from 'node:assert/strict';
import {test} from 'node:test';

import type {ChaosProxy} from '../support/chaos-proxy.js';
import {assertFails, assertNoFinalFile, assertOnlyFile, MIB, Scene} from '../support/scenario.js';

const EVERY = 50;
/** Equal rates, so that each of three servers brings far more than EVERY blocks. */
const RATE = 60_000_000;
const HONEST = {toClient: {bytesPerSecond: RATE}};
const CORRUPT = {toClient: {bytesPerSecond: RATE, corruptEvery: EVERY}};
/** Requests that may be out on one connection: they were sent before the proof. */
const FETCHES_OUT = 2;
/** A block received wrong, and one under way. */
const SPARE_BLOCKS = 2;

test('a server that corrupts every 50th block is banned on the first proof; the file is right', async (t) => {
  const scene = new Scene(t, 'corrupt');
  const original = scene.offer('x.zip', 300 * MIB);
  const servers = await scene.servers(3, ['x.zip']);
  const proxies = await Promise.all(
    servers.map((server, index) => scene.proxy(server, index === 1 ? CORRUPT : HONEST)),
  );
  const bad = proxies[1];
  assert.ok(bad !== undefined);

  const {exit, result, folder} = await scene.download('x.zip', proxies);

  assertOnlyFile(folder, 'x.zip', original);
  assert.ok(bad.counts.corrupted > 0, 'the bad server was never asked for enough');
  const report = result.servers.find(({address}) => address === bad.address);
  const proof = report?.banned;
  assert.equal(proof?.kind, 'wrong-block');
  assert.ok(proof.fragment >= 1 && proof.fragment <= 3 && proof.block >= 0 && proof.block < 100);
  assert.match(proof.expected, /^[0-9a-f]{64}$/);
  assert.match(proof.received, /^[0-9a-f]{64}$/);
  assert.notEqual(proof.expected, proof.received);
  assert.ok(exit.stderr.includes(bad.address), `the summary names the server:\n${exit.stderr}`);
  assert.deepEqual(
    result.servers.filter(({banned}) => banned !== null).map(({address}) => address),
    [bad.address],
  );

  const {asked, outstandingBytes} = atFirstProof(bad);
  assert.ok(asked <= FETCHES_OUT, `${asked} fetches after the first proof was delivered`);
  const {wastedBytes} = result;
  assert.ok(
    wastedBytes <= outstandingBytes + SPARE_BLOCKS * MIB,
    `wasted ${wastedBytes}, outstanding ${outstandingBytes}`,
  );
});

test('when the only server corrupts blocks, the download fails with exit 6 and says where', async (t) => {
  const scene = new Scene(t, 'only-corrupt');
  scene.offer('x.zip', 12 * MIB);
  const server = await scene.server(['x.zip']);
  const bad = await scene.proxy(server, {toClient: {corruptEvery: 5}});

  const download = scene.start('x.zip', [bad]);

  assertFails(await download.exit(), 6, new RegExp(bad.address), /block/i);
  assertNoFinalFile(download.folder);
});

/** What was out at the bad server when its first damaged block came, and how often it was asked after that. */
function atFirstProof(bad: ChaosProxy): {asked: number; outstandingBytes: number} {
  const data = bad.tap.of('data');
  const first = data[EVERY - 1];
  assert.ok(first !== undefined);
  const fetches = bad.tap.messages('fetch');
  const asked = fetches.filter(({frame}) => frame.atMs > first.atMs);
  const blocks = fetches.reduce((sum, {message}) => sum + message.count, 0);
  return {asked: asked.length, outstandingBytes: (blocks - (EVERY - 1)) * MIB};
}
