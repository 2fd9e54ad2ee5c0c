/**
 * Runs every built test file, or those whose path contains an argument: `npm test -- resume`. Arguments that start
 * with dashes go to Node: `npm test -- --test-only`. The tests run on the Node that runs this script.
 */

import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const built = fileURLToPath(new URL('../dist/test/', import.meta.url));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const files = readdirSync(built, {recursive: true})
  .map(String)
  .filter((path) => path.endsWith('.test.js'))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .sort()
  .map((path) => join(built, path));

if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}
// Always the reporter for people: without a terminal Node 20 would print TAP.
const reporter = options.some((option) => option.startsWith('--test-reporter'))
  ? []
  : ['--test-reporter=spec'];
const {status} = spawnSync(
  process.execPath,
  // Many tests wait more than they work: one more at a time than there usually are cores.
  ['--test', '--test-concurrency=3', '--test-timeout=300000', ...reporter, ...options, ...files],
  {stdio: 'inherit'},
);
process.exit(status ?? 1);
