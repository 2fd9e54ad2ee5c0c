/**
 * `npm run check:package`: packs fdl as it would be published, installs the tarball in an empty folder without install
 * scripts and optional packages, and uses it there: command line, a real download, and types. Ends with exit code 1 when
 * something is wrong. Installing needs the registry; where it cannot be reached that part is skipped, and said so.
 */

import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {lastFirst, sameBytes, tempFolder, writeRandomFile} from '../test/support/files.js';
import {checkout, Running} from '../test/support/processes.js';

const INSTALL_DEADLINE_MS = 300_000;
const RUN_DEADLINE_MS = 60_000;
/** Well above what is in it; a picture or a build that slipped in is more. */
const PACKED_BYTES_MAX = 2_000_000;
/** Network trouble as npm tells it; anything else is a mistake of ours. */
const UNREACHABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E50\d)\b/;
/** What may be in the tarball, by the beginning of its path. */
const EXPECTED = /^(bin\/|dist\/(cli|src|page)\/|docs\/|package\.json$|(README|CHANGELOG)\.md$|LICENSE$)/;
const REQUIRED = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'bin/run.js',
  'dist/src/index.js',
  'dist/src/index.d.ts',
  'dist/src/workers/thread-entry.cjs',
  'dist/page/index.html',
  'dist/cli/oclif.manifest.json',
  'dist/cli/LICENSES.txt',
];

interface Packed {
  readonly filename: string;
  readonly version: string;
  readonly size: number;
  readonly files: readonly {readonly path: string}[];
}

const ending: (() => void | Promise<void>)[] = [];
const cleanup = lastFirst({after: (action) => void ending.push(action)});
try {
  const folder = tempFolder(cleanup, 'package');
  const packed = pack(folder);
  checkContents(packed);
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  if (install(empty, join(folder, packed.filename))) {
    checkInstalled(empty, packed.version);
    await checkDownload(empty);
    checkTypes(empty);
  }
} finally {
  for (const end of ending) await end();
}

function pack(folder: string): Packed {
  const args = ['pack', '--json', '--loglevel=error', '--pack-destination', folder];
  const text = execFileSync('npm', args, {
    cwd: checkout(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // What the scripts around it print comes first.
  const [packed] = JSON.parse(text.slice(text.search(/^\[$/m))) as Packed[];
  assert.ok(packed !== undefined);
  return packed;
}

function checkContents({files, size, filename}: Packed): void {
  const paths = files.map(({path}) => path);
  for (const path of REQUIRED) assert.ok(paths.includes(path), `${path} is missing`);
  const unexpected = paths.filter(
    (path) => !EXPECTED.test(path) || /\.map$|\.test\.|(?<!\.d)\.ts$/.test(path),
  );
  assert.deepEqual(unexpected, []);
  assert.ok(size < PACKED_BYTES_MAX, `${size} bytes`);
  say(`${filename}: ${paths.length} files, ${size} bytes`);
}

/** False when the registry cannot be reached. */
function install(folder: string, tarball: string): boolean {
  const startedMs = performance.now();
  const args = [
    'install',
    '--ignore-scripts',
    '--omit=optional',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  ];
  const {status, stderr} = spawnSync('npm', [...args, '--loglevel=error', tarball], {
    cwd: folder,
    encoding: 'utf8',
    timeout: INSTALL_DEADLINE_MS,
  });
  if (status !== 0 && UNREACHABLE.test(stderr)) {
    say(`NOT INSTALLED, NOT RUN: the registry cannot be reached\n${stderr}`);
    return false;
  }
  assert.equal(status, 0, stderr);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  say(`installed in an empty folder with ${packagesIn(folder)} packages, ${seconds} s`);
  return true;
}

function packagesIn(folder: string): number {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {packages: object};
  return (
    Object.keys(lock.packages).filter((path) => existsSync(join(folder, path, 'package.json'))).length - 1
  );
}

function checkInstalled(folder: string, version: string): void {
  assert.match(npx(folder, '--version'), new RegExp(`^fdl/${version.replaceAll('.', '\\.')} `));
  const help = fdl(folder, '--help');
  const manifest = JSON.parse(
    readFileSync(join(folder, 'node_modules', 'fdl', 'dist', 'cli', 'oclif.manifest.json'), 'utf8'),
  ) as {commands: Record<string, object>};
  const files = readdirSync(join(checkout(), 'src', 'commands')).filter((name) => name.endsWith('.ts'));
  const ids = files.map((name) => name.slice(0, -3)).filter((id) => id !== 'base' && id !== 'parse');
  assert.deepEqual(Object.keys(manifest.commands).sort(), ids.sort());
  for (const id of ids) {
    assert.match(help, new RegExp(`^  ${id} `, 'm'));
    // What the manifest left out would be missing here.
    assert.match(fdl(folder, id, '--help'), /^EXIT CODES$/m);
  }
  say(`npx fdl --version, and the help of ${ids.length} commands`);
}

/** A file comes from the package's own server. */
async function checkDownload(folder: string): Promise<void> {
  const served = join(folder, 'served');
  mkdirSync(served);
  writeRandomFile(join(served, 'x.bin'), 3_000_000);
  const program = [process.execPath, join(folder, 'node_modules', 'fdl', 'bin', 'run.js')];
  const server = new Running(['serve', '0', '--dir', served], {cwd: folder, program});
  cleanup.after(() => server.stop());
  const [, port = ''] = await server.says(/listening on 127\.0\.0\.1:(\d+)/);
  await server.says(/x\.bin/);
  const result = JSON.parse(
    npx(folder, 'download', 'x.bin', '--server', `127.0.0.1:${port}`, '--json', '--quiet'),
  ) as {bytes: number};
  assert.equal(result.bytes, 3_000_000);
  assert.ok(sameBytes(join(folder, 'x.bin'), join(served, 'x.bin')));
  server.signal('SIGTERM');
  assert.equal((await server.exit(RUN_DEADLINE_MS)).code, 0, 'the server ends when told to');
  say('npx fdl download from its own server');
}

/** The types of the package, as a strict program sees them. */
function checkTypes(folder: string): void {
  writeFileSync(
    join(folder, 'use.mts'),
    `import {download, FdlError, serve, type DownloadResult, type RunningServer} from 'fdl';
export const server: Promise<RunningServer> = serve({port: 0, folder: '.'});
export const result: Promise<DownloadResult> = download({file: 'x', servers: (await server).addresses});
export const code = (error: unknown) => (error instanceof FdlError ? error.code : null);
`,
  );
  mkdirSync(join(folder, 'node_modules', '@types'), {recursive: true});
  const types = join('node_modules', '@types', 'node');
  if (!existsSync(join(folder, types))) symlinkSync(join(checkout(), types), join(folder, types));
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node'];
  const compiler = join(checkout(), 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, ...options, 'use.mts'];
  const {status, stdout} = spawnSync(process.execPath, args, {cwd: folder, encoding: 'utf8'});
  assert.equal(status, 0, stdout);
  say('types, without skipLibCheck');
}

/** Standard output of `npx fdl ARGS...`, which must end with exit code 0. */
function npx(folder: string, ...args: readonly string[]): string {
  return run(folder, 'npx', '--no-install', 'fdl', ...args);
}

/** The same without npx, which takes longer to start than fdl. */
function fdl(folder: string, ...args: readonly string[]): string {
  return run(folder, join(folder, 'node_modules', '.bin', 'fdl'), ...args);
}

function run(cwd: string, program: string, ...args: readonly string[]): string {
  const {status, stdout, stderr} = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: RUN_DEADLINE_MS,
  });
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function say(line: string): void {
  console.log(line);
}
