/** The real disk until its `dieAt`-th change; from then on nothing reaches it: the process is gone. */

import {type Disk, type DiskFile, nodeDisk} from '../../../src/actors/store/disk.js';

/** Counts the calls that change something; `Infinity` never dies. */
export class DyingDisk {
  changes = 0;
  /** The change at which it died, in words. */
  died: string | null = null;
  readonly disk: Disk;
  readonly #dieAt: number;

  constructor(dieAt: number) {
    this.#dieAt = dieAt;
    const change = <T>(what: string, act: () => Promise<T>): Promise<T> => {
      this.changes++;
      if (this.changes === this.#dieAt) this.died = what;
      return this.died === null ? act() : Promise.reject(new Error(`dead since ${this.died}`));
    };
    this.disk = {
      ...nodeDisk,
      open: async (path, options) => {
        const opened = (): Promise<DiskFile> => nodeDisk.open(path, options);
        const file = options.create === 'never' ? await opened() : await change(`open ${path}`, opened);
        return changing(file, path, change);
      },
      link: (from, to) => change(`link ${to}`, () => nodeDisk.link(from, to)),
      rename: (from, to) => change(`rename ${to}`, () => nodeDisk.rename(from, to)),
      unlink: (path) => change(`unlink ${path}`, () => nodeDisk.unlink(path)),
      syncFolder: (folder) => change(`sync ${folder}`, () => nodeDisk.syncFolder(folder)),
    };
  }
}

type Change = <T>(what: string, act: () => Promise<T>) => Promise<T>;

function changing(file: DiskFile, path: string, change: Change): DiskFile {
  return {
    get fd() {
      return file.fd;
    },
    read: (target, position) => file.read(target, position),
    facts: () => file.facts(),
    close: () => file.close(),
    write: (bytes, position) => change(`write ${path}`, () => file.write(bytes, position)),
    truncate: (size) => change(`truncate ${path}`, () => file.truncate(size)),
    datasync: () => change(`datasync ${path}`, () => file.datasync()),
    sync: () => change(`sync ${path}`, () => file.sync()),
    setModified: (modifiedMs) => change(`utimes ${path}`, () => file.setModified(modifiedMs)),
  };
}
