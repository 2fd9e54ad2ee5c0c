#!/usr/bin/env node
// CommonJS, unlike the rest: Node 20 reads an ES module that is started through its thread pool, and from then on
// the number of threads is fixed. Slow disks need more than the four of the default (servers read many files at once).
process.env.UV_THREADPOOL_SIZE ??= '16';
require('node:module').enableCompileCache?.();

const {statSync} = require('node:fs');
const {dirname, join} = require('node:path');

const root = dirname(__dirname);
/** The same commands and oclif in a few files: Node needs about a millisecond for each that it loads. */
const bundle = join(root, 'dist', 'cli');

// Until a command listens for itself there is nothing to save: end at once, with the exit code of that signal.
for (const [signal, exitCode] of Object.entries({SIGINT: 130, SIGTERM: 143, SIGHUP: 129})) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(exitCode);
  });
}

/** A checkout whose code was compiled after the bundle runs what was compiled. Coverage is asked of that as well. */
function isBundleCurrent() {
  const made = timeOf(join(bundle, 'oclif.manifest.json'));
  if (made === null || process.env.NODE_V8_COVERAGE) return false;
  const built = timeOf(join(root, 'dist', '.tsbuildinfo'));
  return built === null || made >= Math.max(built, timeOf(join(root, 'dist', 'src', 'index.js')) ?? 0);
}

function timeOf(path) {
  return statSync(path, {throwIfNoEntry: false})?.mtimeMs ?? null;
}

async function loadBundle() {
  const {settings} = (await import('../dist/cli/oclif-settings.js')).default;
  const {execute} = (await import('../dist/cli/oclif-execute.js')).default;
  return {settings, execute, folder: bundle};
}

function loadCompiled() {
  // Required, not imported: node need not look for the exports of each CommonJS file first.
  const {settings} = require('@oclif/core/settings');
  const {execute} = require('@oclif/core/execute');
  return {settings, execute, folder: root};
}

async function main() {
  const {settings, execute, folder} = isBundleCurrent() ? await loadBundle() : loadCompiled();
  settings.enableAutoTranspile = false; // what runs is the built output, whatever NODE_ENV says
  await execute({loadOptions: {root: folder}});
  // A pipe takes a long list piece by piece: what has not left by the exit would be lost.
  await new Promise((resolve) => {
    process.stdout.once('error', resolve);
    process.stdout.write('', resolve);
  });
  // A command that has ended has said so: nothing left open may keep its process alive.
  process.exit();
}

main();
