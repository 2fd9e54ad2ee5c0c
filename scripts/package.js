/**
 * What `npm pack` needs before it: the sources alone, what the command line runs, and the page, built anew without what
 * earlier builds left.
 */

import {spawnSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(join(root, 'dist', 'src'), {recursive: true, force: true});
run(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.package.json'));
run(join(root, 'scripts', 'bundle.js'));
run(join(root, 'scripts', 'page.js'), '--always');

/** A script of node, which must end well. */
function run(...args) {
  const {status} = spawnSync(process.execPath, args, {stdio: 'inherit'});
  if (status !== 0) process.exit(status ?? 1);
}
