/** The documents of this checkout, and all files that a fresh clone would have. */

import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';

import {checkout} from '../test/support/processes.js';

/** Paths of the files of this checkout, with what is not committed yet. */
export function checkoutFiles(): string[] {
  const options = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', options, {cwd: checkout(), encoding: 'utf8'}).split('\0');
  return listed.filter((path) => path !== '' && existsSync(join(checkout(), path)));
}

/** Paths of the Markdown files for people: those at the top, and those in docs. */
export function documents(): string[] {
  return checkoutFiles().filter((path) => /^(docs\/)?[^/]+\.md$/.test(path));
}
