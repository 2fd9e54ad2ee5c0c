/** bin/run.js runs the bundle of the command line, unless what was compiled after it would be passed over. */

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {copyFileSync, mkdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {type Cleanup, tempFolder} from '../support/files.js';
import {checkout} from '../support/processes.js';

const MANIFEST = 'dist/cli/oclif.manifest.json';
const COMPILED = 'dist/src/index.js';
const COMPILER = 'dist/.tsbuildinfo';

/** A copy of bin/run.js among files that only say which of them were run. `run` answers `bundle` or `compiled`. */
function stage(t: Cleanup) {
  const folder = tempFolder(t, 'bundle');
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), text);
  };
  write('package.json', '{"name": "fdl", "type": "commonjs"}');
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(checkout(), 'bin', 'run.js'), join(folder, 'bin', 'run.js'));
  const says = (what: string) => `execute: ({loadOptions}) => console.log('${what}', loadOptions.root)`;
  write('dist/cli/oclif-settings.js', 'module.exports = {settings: {}}');
  write('dist/cli/oclif-execute.js', `module.exports = {${says('bundle')}}`);
  write('node_modules/@oclif/core/settings.js', 'module.exports = {settings: {}}');
  write('node_modules/@oclif/core/execute.js', `module.exports = {${says('compiled')}}`);
  write(COMPILED, '');
  return {
    at: (path: string, seconds: number) => {
      write(path, '');
      utimesSync(join(folder, path), seconds, seconds);
    },
    remove: (path: string) => rmSync(join(folder, path)),
    run: (env: NodeJS.ProcessEnv = {}): string => {
      const text = execFileSync(process.execPath, [join(folder, 'bin', 'run.js')], {
        encoding: 'utf8',
        env: {...process.env, NODE_V8_COVERAGE: '', ...env},
      });
      return text.replace(folder, '').trim();
    },
  };
}

test('a package runs the bundle, whatever times its files have', (t) => {
  const {at, run} = stage(t);
  at(MANIFEST, 100);
  at(COMPILED, 200);
  assert.equal(run(), 'bundle /dist/cli');
});

test('a checkout runs the bundle, until something was compiled without it', (t) => {
  const {at, run, remove} = stage(t);
  at(COMPILER, 100);
  at(COMPILED, 101);
  at(MANIFEST, 102);
  assert.equal(run(), 'bundle /dist/cli');
  at(COMPILER, 103);
  assert.equal(run(), 'compiled');
  at(COMPILER, 100);
  at(COMPILED, 103);
  assert.equal(run(), 'compiled');
  remove(MANIFEST);
  assert.equal(run(), 'compiled');
});

test('where coverage is measured, what was compiled runs: the bundle has no source files', (t) => {
  const {at, run} = stage(t);
  at(MANIFEST, 100);
  assert.equal(run({NODE_V8_COVERAGE: tempFolder(t, 'coverage')}), 'compiled');
});
