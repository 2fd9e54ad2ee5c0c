/** A disk of its own whose power can be cut: an ext4 image, mounted so that nothing is written before it must be. */

import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {TestContext} from 'node:test';

const IMAGE_BYTES = 128 * 1024 * 1024;

/**
 * The default hides the commonest mistakes: it writes the data of a file that replaces another. With `data=writeback`
 * names and sizes may reach the disk before the bytes.
 */
const MOUNTS = ['loop,noauto_da_alloc', 'loop,noauto_da_alloc,data=writeback'];

/** Python, for Node cannot: syncs the named files, then FS_IOC_SHUTDOWN without writing the journal. */
const CUT = `
import fcntl, os, struct, sys
for path in sys.argv[2:]:
    try:
        os.fsync(os.open(path, os.O_RDONLY))
    except FileNotFoundError:
        pass
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
`;

export class CuttableDisk {
  readonly folder: string;
  readonly #home: string;
  #isMounted = false;
  #mounts = 0;

  /** Throws where images cannot be made or mounted, or where their power cannot be cut. */
  constructor(t: TestContext) {
    this.#home = mkdtempSync(join(tmpdir(), 'fdl-power-'));
    this.folder = join(this.#home, 'disk');
    t.after(() => {
      if (this.#isMounted) execFileSync('umount', ['-l', this.folder]);
      rmSync(this.#home, {recursive: true, force: true});
    });
    execFileSync('mkdir', [this.folder]);
    writeFileSync(this.#image, '');
    truncateSync(this.#image, IMAGE_BYTES);
    run('mkfs.ext4', ['-q', '-F', this.#image]);
    this.#mount();
    this.cut();
    this.restart();
  }

  /** From now on nothing reaches the disk; the files of `first` did so a moment before. */
  cut(first: readonly string[] = []): void {
    run('python3', ['-c', CUT, this.folder, ...first]);
  }

  /** What a new start of the machine finds. No process may have a file open there. */
  restart(): void {
    run('umount', [this.folder]);
    this.#isMounted = false;
    this.#mount();
  }

  get #image(): string {
    return join(this.#home, 'image');
  }

  #mount(): void {
    run('mount', ['-o', MOUNTS[this.#mounts++ % MOUNTS.length] ?? '', this.#image, this.folder]);
    this.#isMounted = true;
  }
}

function run(command: string, parameters: readonly string[]): void {
  execFileSync(command, parameters, {stdio: 'pipe'});
}
