/** fdl as a library: in a folder of somebody else, where it is a package like any other. */

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {type Cleanup, sameBytes, sha256Of} from '../support/files.js';
import {checkout, Running} from '../support/processes.js';
import {Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

const DEADLINE_MS = 60_000;

/** A program's folder with fdl among its packages. */
function consumerOf(scene: Scene): string {
  const folder = scene.newFolder('consumer');
  mkdirSync(join(folder, 'node_modules', '@types'), {recursive: true});
  symlinkSync(checkout(), join(folder, 'node_modules', 'fdl'));
  symlinkSync(
    join(checkout(), 'node_modules', '@types', 'node'),
    join(folder, 'node_modules', '@types', 'node'),
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({type: 'module', private: true}));
  return folder;
}

/** Starts a script of the consumer, without anything that the tests' own environment says to fdl. */
function start(t: Cleanup, folder: string, script: string): Running {
  const running = new Running([script], {cwd: folder, program: [process.execPath]});
  t.after(() => running.stop());
  return running;
}

/** Checks types of everything in the folder as a strict program does, and writes the JavaScript beside it. */
function compile(folder: string): void {
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    types: ['node'],
    skipLibCheck: false,
    rootDir: '.',
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({compilerOptions, include: ['*.ts']}));
  const compiler = join(checkout(), 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', folder], {encoding: 'utf8', stdio: 'pipe'});
  } catch (error) {
    assert.fail((error as {stdout: string}).stdout);
  }
}

/** The examples of the README, by the function that they call. */
function example(name: string): string {
  const blocks = readFileSync(join(checkout(), 'README.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  const found = [...blocks].map(([, code = '']) => code).filter((code) => code.includes(`await ${name}(`));
  assert.equal(found.length, 1, `examples of ${name}`);
  return found[0] ?? '';
}

function replaced(code: string, changes: Readonly<Record<string, string>>): string {
  let text = code;
  for (const [old, now] of Object.entries(changes)) {
    assert.ok(text.includes(old), `the example has ${old}`);
    text = text.replaceAll(old, now);
  }
  return text;
}

test('the examples of the README compile against the types of the package, and do what they say', async (t) => {
  const scene = new Scene(t, 'examples');
  const original = scene.offer('x.zip', 3_000_000);
  const folder = consumerOf(scene);
  for (const name of ['download', 'serve']) {
    assert.ok(example(name).split('\n').length <= 26, `${name}: an example is short`);
    writeFileSync(join(folder, `${name}.ts`), example(name));
  }
  // Every kind of notice and activity can be told apart by a consumer.
  writeFileSync(
    join(folder, 'types.ts'),
    `import type {DownloadResult, Notice, Progress, RunningServer, ServeNotice} from 'fdl';
export const isOver = (progress: Progress): boolean => progress.phase === 'finishing' && progress.doneBytes === progress.size;
export function wasBanned(result: DownloadResult): string[] {
  return result.servers.filter((server) => server.banned !== null).map((server) => server.address);
}
export const bytes = (notice: Notice): number => (notice.kind === 'resuming' ? notice.bytes : 0);
export const name = (notice: ServeNotice): string => (notice.kind === 'file-ready' ? notice.name : '');
export const ended = (server: RunningServer): Promise<void> => server.ended;
// @ts-expect-error a wrong option is found
export const wrong: Parameters<typeof import('fdl').download>[0] = {file: 'x', servers: [], outptu: 'y'};
`,
  );
  compile(folder);

  const serving = replaced(readFileSync(join(folder, 'serve.js'), 'utf8'), {
    "'/data'": JSON.stringify(scene.served),
    "'0.0.0.0'": "'127.0.0.1'",
    'port: 9000': 'port: 0',
  });
  writeFileSync(join(folder, 'serve.js'), serving);
  const server = start(scene.cleanup, folder, 'serve.js');
  const port = await said(server, /^listening on 127\.0\.0\.1 (\d+)$/m);
  const root = await said(server, /^ready: x\.zip ([0-9a-f]{64})$/m);
  assert.equal(root.length, 64);

  const output = join(folder, 'x.zip');
  const downloading = replaced(readFileSync(join(folder, 'download.js'), 'utf8'), {
    "'192.0.2.7', port: 9000": `'127.0.0.1', port: ${port}`,
    "'192.0.2.8', port: 9000": `'localhost', port: ${port}`,
    "'/data/x.zip'": JSON.stringify(output),
  });
  writeFileSync(join(folder, 'download.js'), downloading);
  const exit = await start(scene.cleanup, folder, 'download.js').exit(DEADLINE_MS);
  assert.deepEqual([exit.code, exit.stderr], [0, '']);
  assert.match(exit.stdout, /^finishing 3000000 of 3000000$/m);
  assert.ok(exit.stdout.includes(sha256Of(original)));
  assert.ok(sameBytes(output, original));
});

/** The first group of a pattern, as soon as standard output matches. */
async function said(running: Running, pattern: RegExp): Promise<string> {
  const match = await until(`${pattern}`, DEADLINE_MS, () => {
    assert.ok(!running.ended, running.stderr);
    return pattern.exec(running.stdout) ?? undefined;
  });
  return match[1] ?? '';
}

test('as a library fdl leaves the process alone: nothing printed, installed, changed, or kept running', async (t) => {
  const scene = new Scene(t, 'library');
  scene.offer('a.bin', 3_000_000);
  scene.offer('b.bin', 2_000_000, 2);
  const folder = consumerOf(scene);
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'quiet.js'), QUIET);
  const exit = await start(scene.cleanup, folder, 'quiet.js').exit(DEADLINE_MS);
  assert.deepEqual([exit.code, exit.stderr], [0, '']);
  const told = JSON.parse(exit.stdout) as Record<string, unknown>;
  assert.deepEqual(told, {
    together: Array.from({length: 12}, () => 'complete'),
    stopped: 'interrupted',
    missing: 'file-not-found',
    unsafe: 'name-invalid',
    noServers: 'usage',
    noFolder: 'folder-missing',
    callback: 'the own error of the caller',
    host: '127.0.0.1',
    changes: [],
  });
  assert.ok(sameBytes(join(folder, 'out', '0'), join(scene.served, 'a.bin')));
  assert.ok(sameBytes(join(folder, 'out', '1'), join(scene.served, 'b.bin')));
});

/** Looks at what is shared in a process before, during and after everything the library does. */
const QUIET = `
import {download, FdlError, serve} from 'fdl';

const state = () => JSON.stringify([
  process.eventNames().filter((name) => name !== 'newListener').map((name) => [String(name), process.listenerCount(name)]),
  process.env, process.exitCode ?? null, process.title, process.cwd(), process.stdin.listenerCount('data'),
]);
const before = state();
const changes = [];
const look = (when) => { if (state() !== before) changes.push(when + state() + before); };
const code = (error) => (error instanceof FdlError ? error.code : String(error));

const server = await serve({port: 0, folder: '../served', host: undefined});
const servers = server.addresses;
const one = new AbortController();
const get = (file, more) => download({file, servers, ...more});
const together = await Promise.all(Array.from({length: 12}, (_, index) =>
  get(index % 2 ? 'b.bin' : 'a.bin', {output: 'out/' + index, signal: one.signal, onProgress: () => look('during')})
    .then(() => 'complete', String)));
const told = {
  together,
  stopped: await get('a.bin', {output: 'out/x', signal: AbortSignal.abort()}).catch(code),
  missing: await get('none.bin', {}).catch(code),
  unsafe: await get('../served/a.bin', {}).catch(code),
  noServers: await download({file: 'a.bin', servers: []}).catch(code),
  noFolder: await serve({port: 0, folder: 'none'}).catch(code),
  callback: await get('a.bin', {output: 'out/y', onProgress() { throw new Error('the own error of the caller'); }})
    .catch((error) => error.message),
  host: servers[0].host,
};
await server.close();
look('after');
console.log(JSON.stringify({...told, changes}));
// Nothing more: the process ends by itself, or the test does not.
`;
