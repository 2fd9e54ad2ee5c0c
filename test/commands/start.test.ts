/**
 * What a start loads. Times depend on the machine, so this holds what they come from: modules that a command does not
 * need are not loaded for it. Node's own record of coverage tells which were.
 */

import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';
import {type Cleanup, tempFolder} from '../support/files.js';
import {runFdl, startFdl} from '../support/processes.js';
import {until} from '../support/wait.js';

/** Packages that take longer to load than all the rest of a start. */
const HEAVY = ['xstate', 'piscina', 'msgpackr', 'log-update', 'pino'];

/** The files that `fdl ARGS...` loaded in all its threads: `package/…` of packages, `src/…` of ours. */
async function loadedBy(t: Cleanup, args: readonly string[], code: number): Promise<string[]> {
  const cwd = tempFolder(t, 'start');
  const exit = await runFdl(t, args, {cwd, env: {NODE_V8_COVERAGE: join(cwd, 'loaded')}});
  assert.equal(exit.code, code, exit.stderr);
  return loadedFiles(join(cwd, 'loaded'));
}

function loadedFiles(records: string): string[] {
  const urls = new Set<string>();
  for (const name of readdirSync(records)) {
    const {result} = JSON.parse(readFileSync(join(records, name), 'utf8')) as {result: {url: string}[]};
    for (const {url} of result) if (url.startsWith('file:')) urls.add(url);
  }
  assert.ok(
    [...urls].some((url) => url.endsWith('/bin/run.js')),
    'the record is not empty',
  );
  return [...urls].map((url) => url.replace(/^.*\/node_modules\//, '').replace(/^.*\/src\//, 'src/'));
}

function among(files: readonly string[], beginnings: readonly string[]): string[] {
  return files.filter((file) => beginnings.some((beginning) => file.startsWith(`${beginning}/`)));
}

test('help, version, completion and wrong usage load no heavy package, and none of what does the work', async (t) => {
  const starts: [number, ...string[]][] = [
    [0, '--help'],
    [0, '--version'],
    [0, 'download', '--help'],
    [0, 'completion', 'bash'],
    [2, 'download', 'x', '--connections', '99'],
  ];
  for (const [code, ...args] of starts) {
    const files = await loadedBy(t, args, code);
    const work = [
      'src/machines',
      'src/actors/client',
      'src/actors/server',
      'src/actors/store',
      'src/workers',
    ];
    assert.deepEqual(among(files, [...HEAVY, ...work]), [], args.join(' '));
  }
});

test('a download loads nothing of a server, no view that it cannot show, and no native part it would not need', async (t) => {
  const args = ['download', 'x', '--server', '127.0.0.1:9', '--give-up-after', '10ms'];
  const files = await loadedBy(t, args, 3);
  assert.deepEqual(
    among(files, ['src/actors/server', 'src/actors/trace', 'pino', 'log-update', 'msgpackr-extract']),
    [],
  );
  assert.ok(among(files, ['xstate']).length > 0);
});

test('the first request is out before the worker threads have started', async (t) => {
  const cwd = tempFolder(t, 'start');
  let isAsked = false;
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', () => {
        isAsked = true;
        socket.destroy();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  // Threads that never answer hold up everything that waits for the pool.
  const hold =
    'data:text/javascript,' +
    encodeURIComponent(`
    import {EventEmitter} from 'node:events';
    import {syncBuiltinESMExports} from 'node:module';
    import threads from 'node:worker_threads';
    threads.Worker = class extends EventEmitter {
      postMessage() {}
      ref() {}
      unref() {}
      async terminate() {}
    };
    syncBuiltinESMExports();`);
  startFdl(t, ['download', 'x', '--server', `127.0.0.1:${address.port}`], {
    cwd,
    env: {NODE_OPTIONS: `--import="${hold}"`},
  });
  await until('a request', 30_000, () => isAsked);
});
