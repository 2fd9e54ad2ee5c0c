/** The house rules, held by reading the source: who may import whom, what is pure, how long a file gets. */

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {type Import, importsOf, readSources, type SourceFile, withoutComments} from './support/imports.js';
import {checkout} from './support/processes.js';

const ROOT = checkout();
const SOURCES = readSources(join(ROOT, 'src'));
/** Lines of code in one file: comments and blank lines do not count, so that nobody saves on them. */
const CODE_LINES_MAX = 250;

/** The plain files directly below src. */
const CORE = [
  'model.ts',
  'limits.ts',
  'errors.ts',
  'geometry.ts',
  'report.ts',
  'closest.ts',
  'fleet-report.ts',
  'units.ts',
];
/** The compositions that the public API and the commands start from. */
const ENTRIES = [
  'index.ts',
  'download.ts',
  'download-files.ts',
  'fleet.ts',
  'serve.ts',
  'root.ts',
  'verify.ts',
  'fragments.ts',
  'unfinished.ts',
  'local-context.ts',
];

type Layer =
  | 'core'
  | 'entry'
  | 'trace'
  | 'protocol'
  | 'machines'
  | 'workers'
  | 'actors'
  | 'inspector'
  | 'terminal'
  | 'commands';

/** Which layers a layer may import. */
const MAY_IMPORT: Readonly<Record<Layer, readonly Layer[]>> = {
  core: ['core'],
  trace: ['trace', 'core'],
  protocol: ['protocol', 'core'],
  machines: ['machines', 'core'],
  workers: ['workers', 'protocol', 'core'],
  actors: ['actors', 'machines', 'protocol', 'workers', 'trace', 'core'],
  entry: ['entry', 'actors', 'protocol', 'workers', 'trace', 'core'],
  // Of actors only time (`Clock`).
  inspector: ['inspector', 'actors', 'machines', 'trace', 'core'],
  // Of actors only types: what is shown (`ServeNotice`), and time (`Clock`).
  terminal: ['terminal', 'actors', 'trace', 'core'],
  commands: ['commands', 'terminal', 'inspector', 'entry', 'actors', 'protocol', 'trace', 'core'],
};

/** Every package, and who alone may import it: a file, or a folder with its slash. */
const PACKAGE_USERS: Readonly<Record<string, readonly string[]>> = {
  '@oclif/core': ['commands/'],
  '@preact/signals': ['inspector/page/'],
  elkjs: ['inspector/charts/', 'inspector/page/'],
  'log-update': ['terminal/'],
  msgpackr: ['protocol/codec.ts'],
  pino: ['terminal/server-log.ts'],
  piscina: ['workers/pool.ts'],
  preact: ['inspector/page/'],
  xstate: ['machines/', 'actors/', 'inspector/charts/'],
};
/** Built into the page, and so needed by nobody who installs fdl. */
const BUNDLED = ['@preact/signals', 'elkjs', 'preact'];

test('imports go down the layers, never up', () => {
  const wrong = edges(
    ({path}, {isOwn, target}) => isOwn && !MAY_IMPORT[layerOf(path)].includes(layerOf(target)),
  );
  assert.deepEqual(wrong, []);
});

test('every import leads to a file that is there', () => {
  const paths = new Set(SOURCES.map(({path}) => path));
  assert.deepEqual(
    edges((_, {isOwn, target}) => isOwn && !paths.has(target)),
    [],
  );
});

test('terminal and inspector know nothing of actors but their types', () => {
  const wrong = edges(
    ({path}, {isTypeOnly, target}) =>
      /^(terminal|inspector)\//.test(path) && target.startsWith('actors/') && !isTypeOnly,
  );
  assert.deepEqual(wrong, []);
});

test('what runs in a browser, and all that it imports, knows nothing of node', () => {
  const byPath = new Map(SOURCES.map((source) => [source.path, source]));
  const seen = new Set<string>();
  const wrong: string[] = [];
  const walk = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const {isOwn, isTypeOnly, target} of byPath.get(path)?.imports ?? []) {
      if (isOwn && !isTypeOnly) walk(target);
      if (!isOwn && !BUNDLED.includes(target)) wrong.push(`${path} imports ${target}`);
    }
  };
  for (const {path} of SOURCES) if (isOfPage(path)) walk(path);
  assert.deepEqual(wrong, []);
});

test('a package is imported by those alone who are meant to know it', () => {
  const wrong = edges(({path}, {isOwn, target}) => {
    if (isOwn || target.startsWith('node:')) return false;
    return (
      PACKAGE_USERS[target]?.some(
        (user) => path === user || (user.endsWith('/') && path.startsWith(user)),
      ) !== true
    );
  });
  assert.deepEqual(wrong, []);
});

test('the packages of package.json are those of the table', () => {
  const {dependencies} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: object;
  };
  assert.deepEqual([...Object.keys(dependencies), ...BUNDLED].sort(), Object.keys(PACKAGE_USERS).sort());
});

test('machines and core know nothing of node, and do no I/O, clock or randomness', () => {
  const pure = SOURCES.filter(({path}) => ['machines', 'core'].includes(layerOf(path)));
  for (const {path, code, imports} of pure) {
    const outside = imports.filter(({isOwn, target}) => !isOwn && target !== 'xstate');
    assert.deepEqual(outside, [], path);
    assert.doesNotMatch(
      code,
      /\b(Date|performance|process|console|Buffer)\.|Math\.random|\bset(Timeout|Interval|Immediate)\(/,
      path,
    );
  }
});

test('there is no timer but that of the clock handed in', () => {
  // clock.ts is that clock, pool.ts has the same for threads, and a signal needs one turn of the loop. A page has the
  // timers of its browser.
  const allowed = ['actors/clock.ts', 'workers/pool.ts', 'commands/support/stop-signals.ts'];
  const users = SOURCES.filter(
    ({path, code}) =>
      !isOfPage(path) && /(?<![.\w])set(Timeout|Interval|Immediate)\((?!callback: )/.test(code),
  );
  assert.deepEqual(
    users.map(({path}) => path).filter((path) => !allowed.includes(path)),
    [],
  );
});

test('only commands touch the process and its streams', () => {
  const users = SOURCES.filter(({code}) =>
    /\bconsole\.\w+\(|\bprocess\.(exit|exitCode|stdout|stderr|argv|on|once)\b/.test(code),
  );
  assert.deepEqual(
    users.map(({path}) => path).filter((path) => layerOf(path) !== 'commands'),
    [],
  );
});

test('no imports run in a circle, those of types included', () => {
  const byPath = new Map(SOURCES.map((source) => [source.path, source]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
      return;
    }
    if (done.has(path)) return;
    for (const {isOwn, target} of byPath.get(path)?.imports ?? []) if (isOwn) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const {path} of SOURCES) walk(path, []);
  assert.deepEqual(circles, []);
});

test('no file only passes on what others export, but the public one', () => {
  const barrels = SOURCES.filter(({code}) => {
    const rest = code.replace(/^export\s+(type\s+)?[*{][^;]*?from\s+'[^']+';/gm, '').trim();
    return rest === '' && code.includes('export');
  });
  assert.deepEqual(
    barrels.map(({path}) => path),
    ['index.ts'],
  );
});

test('files stay short', () => {
  const tooLong = SOURCES.map(({path, code}) => ({
    path,
    lines: code.split('\n').filter((line) => line.trim() !== '').length,
  }))
    .filter(({lines}) => lines > CODE_LINES_MAX)
    .map(({path, lines}) => `${path}: ${lines} lines of code`);
  assert.deepEqual(tooLong, []);
});

test('the lock file names the packages of every platform, or `npm ci` refuses it', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, {version: string; optionalDependencies?: object}>;
  };
  for (const [path, {optionalDependencies = {}}] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const entry = lock.packages[`node_modules/${name}`] ?? lock.packages[`${path}/node_modules/${name}`];
      assert.ok(entry !== undefined, `${name}, wanted by ${path}`);
    }
  }
});

test('nothing in the sources is left for later', () => {
  const marks = new RegExp(['TO' + 'DO', 'FIX' + 'ME'].join('|'));
  assert.deepEqual(
    SOURCES.filter(({text}) => marks.test(text)).map(({path}) => path),
    [],
  );
});

test('the repository knows no path and no host of the machines it was written on', (t) => {
  const files = trackedFiles();
  if (files === null) return t.skip('not a git checkout');
  const machine = new RegExp(
    ['/' + 'work/', '/' + 'home/\\w', '/' + 'Users/\\w', '"resolved": "' + 'http'].join('|'),
  );
  const found = files.filter((path) => machine.test(readFileSync(join(ROOT, path), 'utf8')));
  assert.deepEqual(found, []);
});

test('the reader of imports is not fooled by comments, strings and line breaks', () => {
  const code = withoutComments(`
// import {a} from './comment.js';
/* import {b} from './block.js';
import {c} from './block2.js'; */
import type {
  D, // import {e} from './inner.js';
} from '../model.js';
import {f, type G} from './f.js'; const text = "// '"; const quote = /['"]/;
import './effect.js';
export {h} from '@scope/name/deep';
const url = 'http://x'; const later = await import('./later.js'); // import('./never.js')
`);
  const found = importsOf('machines/plan.ts', code).map(({target, isTypeOnly}) => [target, isTypeOnly]);
  assert.deepEqual(found, [
    ['model.ts', true],
    ['machines/f.ts', false],
    ['machines/effect.ts', false],
    ['@scope/name', false],
    ['machines/later.ts', false],
  ]);
});

function layerOf(path: string): Layer {
  if (CORE.includes(path)) return 'core';
  if (ENTRIES.includes(path)) return 'entry';
  const folder = path.split('/')[0] ?? '';
  assert.ok(folder in MAY_IMPORT && path.includes('/'), `${path} belongs to no layer`);
  return folder as Layer;
}

/** Files that run in a browser. */
function isOfPage(path: string): boolean {
  return path.startsWith('inspector/page/');
}

/** The imports that a rule finds wrong, as text. */
function edges(isWrong: (source: SourceFile, imported: Import) => boolean): string[] {
  return SOURCES.flatMap((source) =>
    source.imports
      .filter((imported) => isWrong(source, imported))
      .map(({target}) => `${source.path} imports ${target}`),
  );
}

/** Paths of all text files that git knows; null outside of a checkout. */
function trackedFiles(): string[] | null {
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], {cwd: ROOT, encoding: 'utf8', stdio: 'pipe'});
    return listed.split('\0').filter((path) => /\.(ts|js|json|md|txt|yml)$|^\.ci\//.test(path));
  } catch {
    return null;
  }
}
