/** A mounted disk that a test can freeze: from then on every system call on it waits. */

import {spawnSync} from 'node:child_process';
import {accessSync, constants, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {type Cleanup, tempFolder} from './files.js';
import {Running} from './processes.js';

export interface FreezableDisk {
  readonly folder: string;
  freeze(): void;
}

/** Mounts one; undefined where that is not allowed here. It is gone when the test has ended. */
export async function freezableDisk(cleanup: Cleanup): Promise<FreezableDisk | undefined> {
  if (process.getuid?.() !== 0 || !isUsable('/dev/fuse')) return undefined;
  const folder = tempFolder(cleanup, 'disk');
  const flag = join(tempFolder(cleanup, 'freeze'), 'freeze');
  const program = [
    process.execPath,
    join(fileURLToPath(new URL('.', import.meta.url)), 'frozen-disk-server.js'),
  ];
  const server = new Running([folder, flag], {cwd: '/', program});
  cleanup.after(async () => {
    // Lazily: the kernel waits for nobody, and frozen calls fail when the server is gone.
    spawnSync('umount', ['-l', folder]);
    await server.stop();
  });
  try {
    await server.says(/^mounted/);
  } catch {
    return undefined;
  }
  return {folder, freeze: () => writeFileSync(flag, '')};
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
