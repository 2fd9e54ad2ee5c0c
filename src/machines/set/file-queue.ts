/** The small files of a set, and what has become of each: who still has to be asked for what. Pure. */

import {BUNDLE_FILES_MAX} from '../../limits.js';
import type {HexDigest} from '../../model.js';

/** A file of at most one block, in the one version that its servers list. */
export interface SmallFile {
  /** Its number in the set. */
  readonly index: number;
  readonly name: string;
  readonly root: HexDigest;
  /** Bytes, as its servers say. */
  readonly size: number;
  /** Servers that list it. */
  readonly servers: readonly number[];
}

type FileState =
  /** To be asked for. */
  | 'free'
  /** Asked for, once or twice. */
  | 'asked'
  /** Its bytes are here, and being verified and stored. */
  | 'received'
  /** Nothing more is to be done about it here. */
  | 'settled';

interface FileRow {
  readonly file: SmallFile;
  state: FileState;
  /** Bundles out that hold it. */
  copies: number;
  /** Servers that did not send it, or must not be asked. */
  readonly refusedBy: Set<number>;
}

export class FileQueue {
  readonly #rows: readonly FileRow[];
  readonly #byNumber: ReadonlyMap<number, FileRow>;
  /** For each server the rows that it lists, and how far they have been given out. */
  readonly #lists: {readonly rows: FileRow[]; next: number}[];
  /** Those that were given out and came back. */
  readonly #returned = new Set<FileRow>();
  readonly #backups: ReadonlySet<number>;
  /** Servers but backups that can bring files, now or soon. */
  #able: ReadonlySet<number> = new Set();
  #left: number;

  /** `backups`: servers that are asked only for what no other server can bring; see `able`. */
  constructor(
    files: readonly SmallFile[],
    serverCount: number,
    backups: ReadonlySet<number> = new Set<number>(),
  ) {
    this.#backups = backups;
    this.#rows = files.map((file) => ({file, state: 'free', copies: 0, refusedBy: new Set()}));
    this.#byNumber = new Map(this.#rows.map((row) => [row.file.index, row]));
    this.#lists = Array.from({length: serverCount}, () => ({rows: [], next: 0}));
    for (const row of this.#rows) for (const server of row.file.servers) this.#lists[server]?.rows.push(row);
    this.#left = files.length;
  }

  /** Files of which something is still to be done. */
  get left(): number {
    return this.#left;
  }

  /** Learns which servers but backups can bring files, now or soon. Until it was called none of them can. */
  able(servers: ReadonlySet<number>): void {
    this.#able = servers;
    for (const backup of this.#backups) {
      const list = this.#lists[backup];
      if (list !== undefined) list.next = 0;
    }
  }

  /** The next bundle for a server, of at most `bytes` together; empty when it has nothing that is free. */
  take(server: number, bytes: number): SmallFile[] {
    const taken: FileRow[] = [];
    let total = 0;
    const offer = (row: FileRow): boolean => {
      if (taken.length >= BUNDLE_FILES_MAX || total + row.file.size > bytes) return false;
      taken.push(row);
      total += row.file.size;
      return true;
    };
    for (const row of this.#returned) {
      if (!this.#isFor(row, server)) continue;
      if (!offer(row)) break;
      this.#returned.delete(row);
    }
    const list = this.#lists[server];
    for (let row = list?.rows[list.next]; list && row !== undefined; row = list.rows[list.next]) {
      const isWanted = row.state === 'free' && !this.#returned.has(row) && this.#isFor(row, server);
      if (isWanted && !taken.includes(row) && !offer(row)) break;
      list.next++;
    }
    return taken.map((row) => {
      row.state = 'asked';
      row.copies++;
      return row.file;
    });
  }

  /** Whether a server has free files; quick, and right as long as `take` was asked last. */
  hasFor(server: number): boolean {
    const list = this.#lists[server];
    if (list === undefined) return false;
    for (; list.next < list.rows.length; list.next++) {
      const row = list.rows[list.next];
      if (row?.state === 'free' && !this.#returned.has(row) && this.#isFor(row, server)) return true;
    }
    for (const row of this.#returned) if (this.#isFor(row, server)) return true;
    return false;
  }

  /** Those of the files that a second server may be asked for as well, because the first one takes long. */
  rescue(files: readonly SmallFile[], server: number): SmallFile[] {
    const wanted = this.#rescuable(files, server);
    for (const row of wanted) row.copies++;
    return wanted.map((row) => row.file);
  }

  /** Whether `rescue` would return any. */
  canRescue(files: readonly SmallFile[], server: number): boolean {
    return this.#rescuable(files, server).length > 0;
  }

  /** Whether any of them is still waited for. */
  isWanted(files: readonly SmallFile[]): boolean {
    return files.some(({index}) => this.#byNumber.get(index)?.state === 'asked');
  }

  /** A bundle brought it. False: another one did before. */
  received(index: number): boolean {
    const row = this.#byNumber.get(index);
    if (row === undefined) return false;
    row.copies = Math.max(0, row.copies - 1);
    if (row.state !== 'asked') return false;
    row.state = 'received';
    return true;
  }

  /** A bundle ended without it, or what came was not it. `refusedBy`: not to be asked for it again. */
  lost(index: number, refusedBy: number | null): void {
    const row = this.#byNumber.get(index);
    if (row === undefined) return;
    if (refusedBy !== null) row.refusedBy.add(refusedBy);
    if (row.state === 'received') row.state = 'asked';
    else row.copies = Math.max(0, row.copies - 1);
    if (row.state === 'asked' && row.copies === 0) this.#free(row);
  }

  settled(index: number): void {
    const row = this.#byNumber.get(index);
    if (row === undefined || row.state === 'settled') return;
    row.state = 'settled';
    this.#returned.delete(row);
    this.#left--;
  }

  /** Files that are free and that none of the servers for which `isHope` holds can bring: now settled. */
  giveUp(isHope: (server: number) => boolean): SmallFile[] {
    const hopeless = this.#rows.filter(
      (row) =>
        row.state === 'free' && !row.file.servers.some((server) => isHope(server) && canBring(row, server)),
    );
    for (const {file} of hopeless) this.settled(file.index);
    return hopeless.map(({file}) => file);
  }

  #free(row: FileRow): void {
    row.state = 'free';
    this.#returned.add(row);
  }

  #rescuable(files: readonly SmallFile[], server: number): FileRow[] {
    const rows = files.flatMap(({index}) => this.#byNumber.get(index) ?? []);
    return rows.filter((row) => row.state === 'asked' && row.copies === 1 && this.#mayBring(row, server));
  }

  #isFor(row: FileRow, server: number): boolean {
    return row.state === 'free' && this.#mayBring(row, server);
  }

  /** A backup may bring only what no other server can. */
  #mayBring(row: FileRow, server: number): boolean {
    if (!canBring(row, server)) return false;
    return (
      !this.#backups.has(server) || !row.file.servers.some((it) => this.#able.has(it) && canBring(row, it))
    );
  }
}

function canBring({file, refusedBy}: FileRow, server: number): boolean {
  return file.servers.includes(server) && !refusedBy.has(server);
}
