/** A small file system of its own, to be filled. */

import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {TestContext} from 'node:test';

/** Mounts `bytes` of tmpfs; null, with the test skipped, where that is not allowed. */
export function mountTmpfs(t: TestContext, bytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'fdl-tmpfs-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], {stdio: 'pipe'});
  } catch {
    rmdirSync(folder);
    t.skip('not run here: mounting a tmpfs is not allowed');
    return null;
  }
  t.after(() => {
    execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  return folder;
}
