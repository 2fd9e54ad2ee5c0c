/**
 * `npm run simulate:test`: plants one bug after the other into a copy of the build and runs seeds until one fails. A bug
 * that no seed finds is a hole in the simulation.
 */

import {spawnSync} from 'node:child_process';
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {checkout} from '../support/processes.js';
import {PLANTED_BUGS, type PlantedBug} from './planted-bugs.js';

/** Seeds that each bug has to be found within. */
const SEEDS_MAX = 20_000;
/** Longest search for one bug: so many seeds take a quarter of an hour. */
const DEADLINE_MS = 30 * 60_000;

const root = checkout();
const copy = mkdtempSync(join(tmpdir(), 'fdl-planted-'));
try {
  for (const part of ['src', 'test'])
    cpSync(join(root, 'dist', part), join(copy, 'dist', part), {recursive: true});
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const missed = PLANTED_BUGS.filter((bug) => !isFound(bug));
  console.log(`${PLANTED_BUGS.length - missed.length} of ${PLANTED_BUGS.length} planted bugs were found`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, {recursive: true});
}

function isFound({what, file, find, replace}: PlantedBug): boolean {
  const path = join(copy, 'dist/src', file);
  const code = readFileSync(path, 'utf8');
  if (code.split(find).length !== 2) throw new Error(`${file} does not have this once: ${find}`);
  writeFileSync(
    path,
    code.replace(find, () => replace),
  );
  const script = join(copy, 'dist/test/simulation/simulate.js');
  const {stdout} = spawnSync(process.execPath, [script, '--seeds', `1..${SEEDS_MAX}`, '--first'], {
    encoding: 'utf8',
    timeout: DEADLINE_MS,
  });
  writeFileSync(path, code);
  // Code that does not even load has been found by nobody.
  const problem = /^seed \d+: .*/m.exec(stdout)?.[0];
  console.log(problem === undefined ? `MISSED  ${what}` : `found   ${what}: ${problem}`);
  return problem !== undefined;
}
