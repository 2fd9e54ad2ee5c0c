/**
 * What a start loads. Times depend on the machine, so this holds what they come from: how many files are loaded before
 * the first request, and that modules which a command does not need are not loaded for it. For the latter, node's own
 * record of coverage tells which were; with that on, bin/run.js runs what was compiled, not the bundle that is made of it.
 */

import assert from 'node:assert/strict';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {createServer} from 'node:net';
import {basename, join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {type Cleanup, tempFolder} from '../support/files.js';
import {runFdl, startFdl} from '../support/processes.js';
import {until} from '../support/wait.js';

/** Packages that take longer to load than all the rest of a start. */
const HEAVY = ['xstate', 'piscina', 'msgpackr', 'log-update', 'pino'];

/** Before the first request; compiled code alone would be three hundred. */
const FILES_MAX = 12;
const BYTES_MAX = 1_200_000;

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

/** A server that takes whatever it is sent; `isAsked` once that is something. */
async function listen(t: Cleanup): Promise<{address: string; isAsked: () => boolean}> {
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
  t.after(() => void server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {address: `127.0.0.1:${address.port}`, isAsked: () => isAsked};
}

/** NODE_OPTIONS for a process that runs this module first. */
function preloaded(code: string): string {
  return `--import="data:text/javascript,${encodeURIComponent(code)}"`;
}

/** Writes down which files were loaded in the main thread until something is sent, or else until the end. */
const RECORDER = `
  import {writeFileSync} from 'node:fs';
  import {Session} from 'node:inspector';
  import {Socket} from 'node:net';
  import {isMainThread} from 'node:worker_threads';
  if (isMainThread) {
    const urls = [];
    const session = new Session();
    session.connect();
    session.on('Debugger.scriptParsed', ({params}) => urls.push(params.url));
    session.post('Debugger.enable');
    let isWritten = false;
    const write = () => {
      if (!isWritten) writeFileSync(process.env.LOADED, JSON.stringify(urls));
      isWritten = true;
    };
    process.on('exit', write);
    const {write: send} = Socket.prototype;
    Socket.prototype.write = function (...args) {
      if (this.remotePort !== undefined) write();
      return send.apply(this, args);
    };
  }`;

/** What the recorder is to write, and how to read it: the paths of files, without those of node itself. */
function recording(t: Cleanup) {
  const path = join(tempFolder(t, 'loaded'), 'loaded.json');
  return {
    env: {NODE_OPTIONS: preloaded(RECORDER), LOADED: path, NODE_V8_COVERAGE: ''},
    files: () => {
      const urls = JSON.parse(readFileSync(path, 'utf8')) as string[];
      const files = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
      return [...new Set([...files, ...urls.filter((url) => url.startsWith('/'))])];
    },
  };
}

test('a download loads a dozen files before its first request, and nothing of its threads', async (t) => {
  const {address} = await listen(t);
  const {env, files} = recording(t);
  const args = ['download', 'x', '--server', address, '--give-up-after', '10ms'];
  await runFdl(t, args, {cwd: tempFolder(t, 'start'), env});
  const loaded = files();
  assert.ok(loaded.length <= FILES_MAX, loaded.join('\n'));
  const bytes = loaded.reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes <= BYTES_MAX, `${bytes} bytes`);
  assert.ok(loaded.some((file) => basename(file).startsWith('chunk-download-')));
  assert.deepEqual(
    loaded.filter((file) => file.includes('piscina')),
    [],
  );
});

test('help and wrong usage load neither what works nor other commands', async (t) => {
  const starts: [number, string[], ...string[]][] = [
    [0, [], '--help'],
    [0, [], 'download', '--help'],
    [2, ['download.js'], 'download', 'x', '--connections', '99'],
  ];
  for (const [code, commands, ...args] of starts) {
    const {env, files} = recording(t);
    const exit = await runFdl(t, args, {cwd: tempFolder(t, 'start'), env});
    assert.equal(exit.code, code, exit.stderr);
    const others = files()
      .map((file) => basename(file))
      .filter((name) => !/^(run|oclif-.*|chunk-(oclif|start|rolldown-runtime|wsl-utils)-.*)\.js$/.test(name));
    assert.deepEqual(others, commands, args.join(' '));
  }
});

test('the first request is out before the worker threads have started', async (t) => {
  const {address, isAsked} = await listen(t);
  // Threads that never answer hold up everything that waits for the pool.
  const hold = preloaded(`
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
  startFdl(t, ['download', 'x', '--server', address], {
    cwd: tempFolder(t, 'start'),
    env: {NODE_OPTIONS: hold},
  });
  await until('a request', 30_000, isAsked);
});
