import assert from 'node:assert/strict';
import {once} from 'node:events';
import {truncateSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';

import {readExposition} from '../support/exposition.js';
import {type Running, runFdl, startServer} from '../support/processes.js';
import {assertFails, MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const DEADLINE_MS = 60_000;
const SIZE = 6 * MIB;

test('a server that is scraped during a download tells what it does, in exactly the format', async (t) => {
  const scene = new Scene(t, 'metrics');
  scene.offer('x "y".zip', SIZE);
  const server = await scene.server(['x "y".zip'], ['--metrics-port', '0', '--limit-rate', '4MB']);
  const pages = await pagesOf(server);

  const download = scene.start('x "y".zip', [server]);
  const during = await until('a transfer in the metrics', DEADLINE_MS, async () => {
    const seen = await scrape(pages);
    return seen('fdl_transfers') === 1 && seen('fdl_sent_blocks_total') > 0 ? seen : null;
  });
  assert.ok(during('fdl_sent_bytes_total') < SIZE, 'the download is over already');
  assert.equal(during('fdl_sessions'), 1);
  await download.finished();

  const after = await until('the client gone', DEADLINE_MS, async () => {
    const seen = await scrape(pages);
    return seen('fdl_sessions') === 0 && seen('fdl_transfers') === 0 ? seen : null;
  });
  assert.equal(after('fdl_sent_bytes_total'), SIZE);
  assert.equal(after('fdl_sent_blocks_total'), 6);
  assert.equal(after('fdl_sessions_opened_total'), 1);
  assert.equal(after('fdl_transfers_max'), 32);
  assert.equal(after('fdl_limit_bytes_per_second'), 4_000_000);
  assert.equal(after('fdl_files_offered'), 1);
  assert.equal(after('fdl_offered_bytes'), SIZE);
  assert.equal(after('fdl_files', '{state="ready"}'), 1);
  assert.equal(after('fdl_folder_readable'), 1);
  assert.ok(after('process_cpu_seconds_total') > 0);
  assert.ok(after('process_resident_memory_bytes') > 10 * MIB);
  assert.ok(after('nodejs_eventloop_lag_max_seconds') >= 0);
  const text = await (await fetch(`${pages}/metrics`)).text();
  assert.ok(!/zip|127\.0\.0\.1|:\d{4}/.test(text), 'a name of a file or a client');
  assert.match(text, /^fdl_build_info\{version="\d+\.\d+\.\d+",protocol="fdl\/1",node="v\d+[^"]*"\} 1$/m);
});

test('refusals, busy replies and damaged fragments are counted by what they were', async (t) => {
  const scene = new Scene(t, 'trouble');
  scene.offer('x.bin', 2 * MIB);
  const server = await scene.server(['x.bin'], ['--metrics-port', '0', '--max-transfers', '1']);
  const pages = await pagesOf(server);
  assertFails(await scene.start('other.bin', [server]).exit(), 4);
  truncateSync(join(scene.served, 'fragments', 'x.bin', 'x1.bin'), MIB);
  // The only server has not all of it now; by the next download it has made that anew.
  assertFails(await scene.start('x.bin', [server]).exit(), 4);

  const seen = await until('the fragment made anew', DEADLINE_MS, async () => {
    const all = await scrape(pages);
    return all('fdl_fragments_examined_total', '{outcome="remade"}') > 0 ? all : null;
  });
  assert.equal(seen('fdl_refusals_total', '{code="file-not-found"}'), 1);
  assert.equal(seen('fdl_transfers_max'), 1);
  assert.equal(seen('fdl_fragments_missing'), 0);
  await scene.download('x.bin', [server]);
});

test('health is 200 while a server takes clients, with its indexing, and 503 while it ends', async (t) => {
  const scene = new Scene(t, 'health');
  scene.offer('x.bin', 4 * MIB);
  const server = await scene.server(['x.bin'], ['--metrics-port', '0', '--limit-rate', '500kB']);
  const pages = await pagesOf(server);
  const ready = await until('ready, and nothing to index', DEADLINE_MS, async () => {
    const health = await healthOf(pages);
    return health.status === 200 && health.body['indexing'] === null ? health : null;
  });
  assert.deepEqual(ready.body, {
    status: 'ready',
    sessions: 0,
    transfers: 0,
    transfersMax: 32,
    indexing: null,
  });

  const download = scene.start('x.bin', [server]);
  await until('a transfer', DEADLINE_MS, async () => (await healthOf(pages)).body.transfers === 1);
  server.signal('SIGTERM');
  const draining = await until('draining', DEADLINE_MS, async () => {
    const health = await healthOf(pages);
    return health.body.status === 'draining' ? health : null;
  });
  assert.equal(draining.status, 503);
  download.running.signal('SIGKILL');
  const {code} = await server.exit(DEADLINE_MS);
  assert.equal(code, 0);
  await assert.rejects(healthOf(pages));
});

test('a download that is scraped tells how far it is, and one that cannot be goes on without', async (t) => {
  const scene = new Scene(t, 'download');
  scene.offer('x.zip', SIZE);
  const server = await scene.server(['x.zip'], ['--limit-rate', '2MB']);
  const download = scene.start('x.zip', [server], ['--metrics-port', '0']);
  const pages = await pagesOf(download.running);
  const seen = await until('progress', DEADLINE_MS, async () => {
    const all = await scrapeAll(pages);
    return (all.get('fdl_download_done_bytes')?.samples.get('') ?? 0) > 0 ? all : null;
  });
  assert.equal(seen.get('fdl_download_size_bytes')?.samples.get(''), SIZE);
  assert.equal(seen.get('fdl_download_servers')?.samples.get('{activity="transferring"}'), 1);

  await download.finished();

  const port = await takenPort(t);
  const second = await scene.download('x.zip', [server], ['--metrics-port', String(port)]);
  assert.match(second.exit.stderr, new RegExp(`no metrics: port ${port} on 127.0.0.1 is taken`));
});

test('a metrics port that is taken ends the server with exit 2, and without the flag nothing listens', async (t) => {
  const scene = new Scene(t, 'port');
  writeFileSync(join(scene.served, 'x.bin'), 'x');
  const server = await startServer(scene.cleanup, scene.served, ['--metrics-port', '0']);
  const port = new URL(await pagesOf(server)).port;
  const second = await runFdl(t, ['serve', '0', '--dir', scene.served, '--metrics-port', port], {
    cwd: scene.folder,
  });
  assertFails(second, 2, new RegExp(`port ${port} on 127.0.0.1 is taken`));
  const plain = await startServer(scene.cleanup, scene.served);
  assert.doesNotMatch(plain.stderr, /metrics/);
});

/** A port on which somebody listens until the test has ended. */
async function takenPort(t: TestContext): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const address = other.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

/** Base of a server's pages, from its log. */
async function pagesOf(server: Running): Promise<string> {
  const [, base = ''] = await server.says(/metrics on (http:\/\/127\.0\.0\.1:\d+)\/metrics/);
  return base;
}

async function scrapeAll(pages: string) {
  const response = await fetch(`${pages}/metrics`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return readExposition(await response.text());
}

async function scrape(pages: string): Promise<(name: string, labels?: string) => number> {
  const families = await scrapeAll(pages);
  return (name, labels = '') => {
    const value = families.get(name)?.samples.get(labels);
    assert.ok(value !== undefined, `no ${name}${labels}`);
    return value;
  };
}

async function healthOf(pages: string) {
  const response = await fetch(`${pages}/healthz`);
  return {status: response.status, body: (await response.json()) as Record<string, unknown>};
}
