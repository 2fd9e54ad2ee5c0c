/**
 * What `npm pack` needs around it. `make`: the sources alone and the page, built anew without what earlier builds left,
 * and the manifest of the commands, so that a start loads only the command it runs. `clean`: takes the manifest away,
 * since in a checkout it would go stale and hide new flags.
 */

import {spawnSync} from 'node:child_process';
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifestPath = join(root, 'oclif.manifest.json');

async function make() {
  rmSync(join(root, 'dist', 'src'), {recursive: true, force: true});
  run(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.package.json'));
  run(join(root, 'scripts', 'page.js'), '--always');
  const {settings} = await import('@oclif/core/settings');
  settings.enableAutoTranspile = false;
  const {Config} = await import('@oclif/core/config');
  const {plugins, name} = await Config.load({root});
  writeFileSync(manifestPath, `${JSON.stringify(plugins.get(name)?.manifest)}\n`);
}

/** A script of node, which must end well. */
function run(...args) {
  const {status} = spawnSync(process.execPath, args, {stdio: 'inherit'});
  if (status !== 0) process.exit(status ?? 1);
}

function clean() {
  rmSync(manifestPath, {force: true});
}

clean();
if (process.argv[2] === 'make') await make();
else if (process.argv[2] !== 'clean') throw new Error('usage: package.js make | clean');
