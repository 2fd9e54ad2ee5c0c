/**
 * `npm run build:cli`: makes of the compiled commands, oclif and what a download imports a few files in dist/cli. Node
 * needs about a millisecond for each file that it loads, and a download loads three hundred of them before its first
 * request. bin/run.js runs dist/cli unless dist/src is newer; tests and the library use dist/src alone.
 */

import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, dirname, join, relative, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {rolldown} from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist', 'cli');
const source = join(root, 'dist', 'src');
const {resolve} = createRequire(import.meta.url);

/** Packages that become part of the bundle, with what they need; all others are loaded from node_modules. */
const INSIDE = ['@oclif/core', 'xstate', 'msgpackr'];
/** What those would like to have and can do without. */
const OPTIONAL = ['typescript', 'msgpackr-extract'];
/** Files beside the commands that are none. */
const NO_COMMANDS = ['base.js', 'parse.js'];

const commandFolder = join(source, 'commands');
const commands = readdirSync(commandFolder)
  .filter((name) => name.endsWith('.js') && !NO_COMMANDS.includes(name))
  .map((name) => join(commandFolder, name));
/** What else bin/run.js and oclif load by its path, by the name that it has in the bundle. */
const loaded = {
  'oclif-execute': resolve('@oclif/core/execute'),
  'oclif-settings': resolve('@oclif/core/settings'),
  'oclif-help': join(commandFolder, 'support', 'help.js'),
  'oclif-command-not-found': join(commandFolder, 'hooks', 'command-not-found.js'),
};

/** What commands import at once, and what a download imports then, are a file each, whatever else shares parts of them. */
const start = reachedFrom([...commands, ...Object.values(loaded)]);
const download = reachedFrom([
  join(source, 'download.js'),
  join(commandFolder, 'support', 'download-view.js'),
]);
const chunks = [
  chunk('oclif', 3, (id, context) => isPackage(id) && start(id, context)),
  chunk('start', 2, start),
  chunk('download', 1, download),
];

rmSync(out, {recursive: true, force: true});
const packages = await bundle();
writeFileSync(join(out, 'package.json'), `${JSON.stringify(packageJson(), null, 2)}\n`);
writeFileSync(join(out, 'LICENSES.txt'), packages.map(licenseOf).join('\n\n'));
await writeManifest();

/** Writes the files; resolves with the folders of the packages that are in them. */
async function bundle() {
  const named = Object.fromEntries(commands.map((path) => [basename(path, '.js'), path]));
  const build = await rolldown({
    input: {...named, ...loaded},
    platform: 'node',
    external: isOutside,
    plugins: [{name: 'in-place', transform: inPlace}],
  });
  const {output} = await build.write({
    dir: out,
    format: 'esm',
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[name]-[hash].js',
    codeSplitting: {groups: chunks},
  });
  await build.close();
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  return [...new Set(modules.filter(isPackage).map(packageFolder))].sort();
}

/** Our imports of other packages stay as they are. */
function isOutside(id, importer) {
  if (OPTIONAL.includes(id)) return true;
  if (/^([./]|node:)/.test(id) || importer === undefined || isPackage(importer)) return false;
  return !INSIDE.some((name) => id === name || id.startsWith(`${name}/`));
}

/** Code that looks for files near itself (threads, the page, package.json) finds them near where it was compiled to. */
function inPlace(code, id) {
  if (isPackage(id) || !code.includes('import.meta.url')) return null;
  const place = JSON.stringify(relative(out, id).split(sep).join('/'));
  return {code: code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`), map: null};
}

/** Modules that fit go into one file, except the commands; what fits in two goes where the priority is higher. */
function chunk(name, priority, fits) {
  return {
    debugName: name,
    priority,
    name: (id, context) => (!commands.includes(id) && fits(id, context) ? name : null),
  };
}

/** Tells of a module whether it is loaded at once with these. */
function reachedFrom(roots) {
  let reached = null;
  return (id, context) => {
    reached ??= staticallyImported(roots, context);
    return reached.has(id);
  };
}

function staticallyImported(roots, context) {
  const found = new Set(roots);
  // Grows while it is walked.
  for (const id of found) for (const next of context.getModuleInfo(id)?.importedIds ?? []) found.add(next);
  return found;
}

/** As that of fdl, but its commands are here. Nothing is resolved by it: fdl looks for its own package.json above. */
function packageJson() {
  const {name, version, license, type, oclif} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    name,
    version,
    license,
    type,
    oclif: {
      ...oclif,
      commands: {
        strategy: 'pattern',
        target: '.',
        globPatterns: commands.map((path) => basename(path)),
      },
      hooks: {command_not_found: './oclif-command-not-found.js'},
      helpClass: './oclif-help.js',
    },
  };
}

/** With it a start need not look at the other commands. In this folder it is never older than they are. */
async function writeManifest() {
  const {settings} = await import('@oclif/core/settings');
  settings.enableAutoTranspile = false;
  const {Config} = await import('@oclif/core/config');
  const {plugins, name} = await Config.load({root: out});
  writeFileSync(join(out, 'oclif.manifest.json'), `${JSON.stringify(plugins.get(name)?.manifest)}\n`);
}

function isPackage(id) {
  return id.includes(`${sep}node_modules${sep}`);
}

/** The folder of the package that a module belongs to. */
function packageFolder(id) {
  let folder = dirname(id);
  while (!/[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+$/.test(folder)) folder = dirname(folder);
  return folder;
}

function licenseOf(folder) {
  const {name, version, license} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`;
  return `${name} ${version}: ${license}${text}\n`;
}
