import assert from 'node:assert/strict';
import {test} from 'node:test';

import type {ChaosProxy} from '../support/chaos-proxy.js';
import {assertOnlyFile, MIB, Scene} from '../support/scenario.js';

const CLIENTS = 5;
const SIZE = 24 * MIB;
/** Slow enough that the clients are in one another's way. */
const RATE = {toClient: {bytesPerSecond: 25_000_000}};
/** Timers of Node may fire this much early. */
const EARLY_MS = 2;
/** On a busy machine, until the proxy has seen what was sent before the refusal came. */
const CROSSING_MS = 500;

test('five clients share two servers of one slot each, and none asks before the time it was given', async (t) => {
  const scene = new Scene(t, 'busy');
  const original = scene.offer('shared.bin', SIZE);
  const servers = await scene.servers(2, ['shared.bin'], ['--max-transfers', '1']);

  // A pair of proxies for each client, so that every request at a proxy comes from one client.
  const sources = await Promise.all(
    Array.from({length: CLIENTS}, () => Promise.all(servers.map((server) => scene.proxy(server, RATE)))),
  );
  const finished = await Promise.all(sources.map((proxies) => scene.download('shared.bin', proxies)));

  for (const {folder} of finished) assertOnlyFile(folder, 'shared.bin', original);
  const seen = sources.flat().reduce((sum, proxy) => sum + proxy.tap.busyReplies().length, 0);
  const told = finished
    .flatMap(({result}) => result.servers)
    .reduce((sum, {busyReplies}) => sum + busyReplies, 0);
  assert.ok(seen > 0, 'no server was ever busy');
  assert.ok(told > 0 && told <= seen, `clients counted ${told} busy replies, ${seen} were sent`);
  const waits = sources.flat().flatMap((proxy) => proxy.tap.busyReplies());
  assert.ok(
    waits.some(({retryAfterMs}) => retryAfterMs > 2 * CROSSING_MS),
    'no wait was long enough to tell',
  );
  for (const proxy of sources.flat()) assertPatient(proxy);
});

/** After a refusal no fetch comes before the named time, but for those that were sent before it had come. */
function assertPatient(proxy: ChaosProxy): void {
  const fetches = proxy.tap.of('fetch');
  for (const {frame, retryAfterMs} of proxy.tap.busyReplies()) {
    const [fromMs, toMs] = [frame.atMs + CROSSING_MS, frame.atMs + retryAfterMs - EARLY_MS];
    const early = fetches.filter(({atMs}) => atMs > fromMs && atMs < toMs);
    const tooSoonMs = early.map(({atMs}) => Math.round(atMs - frame.atMs));
    assert.deepEqual(tooSoonMs, [], `asked again too early; it was to wait ${retryAfterMs} ms`);
  }
}
