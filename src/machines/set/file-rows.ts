/** Every file of a set and how far it is: what progress and result are made of. Pure. */

import {type FdlError, worstOf} from '../../errors.js';
import type {HexDigest} from '../../model.js';
import type {FileReport} from '../../report.js';

type RowState =
  | {readonly kind: 'waiting'}
  /** `doneBytes` verified and on disk, `resumedBytes` of them from earlier runs. */
  | {readonly kind: 'active'; readonly doneBytes: number; readonly resumedBytes: number}
  | {
      readonly kind: 'done';
      readonly outcome: 'stored' | 'already-complete';
      readonly root: HexDigest;
      readonly sha256: HexDigest;
      readonly storedBytes: number;
    }
  | {readonly kind: 'failed'; readonly error: FdlError; readonly storedBytes: number};

/** Who is told of every file that has ended, at once. */
export interface FileWatch {
  /** `resumedBytes`: here before. `server`: the one that brought it in a bundle, else null. */
  ended(index: number, file: FileReport, resumedBytes: number, server: number | null): void;
}

interface Row {
  readonly name: string;
  readonly output: string | null;
  size: number | null;
  state: RowState;
}

/** How a file came to be there. */
export type FileDone = Omit<Extract<RowState, {readonly kind: 'done'}>, 'kind'> & {
  readonly size: number;
  /** That brought it in a bundle. */
  readonly server?: number;
};

export interface FilesTally {
  readonly files: number;
  readonly doneFiles: number;
  readonly failedFiles: number;
  /** Of all files of which it is known. */
  readonly size: number;
  readonly doneBytes: number;
  readonly resumedBytes: number;
}

/** Names of files on their way that a picture shows. */
const CURRENT_MAX = 3;

export class FileRows {
  readonly #rows: Row[] = [];
  /** Rows that are on their way now. */
  readonly #active = new Set<Row>();
  #doneFiles = 0;
  #failedFiles = 0;
  #size = 0;
  /** Of rows that have ended. */
  #doneBytes = 0;
  #resumedBytes = 0;
  #watch: FileWatch | null = null;

  /** Who looks on from here on. */
  set watch(watch: FileWatch) {
    this.#watch = watch;
  }

  /** Adds a file and returns its number. `size` as listed, null when no listing has it; `output` null: it has no place. */
  add(name: string, size: number | null, output: string | null): number {
    this.#rows.push({name, output, size, state: {kind: 'waiting'}});
    this.#size += size ?? 0;
    return this.#rows.length - 1;
  }

  /** A file is on its way. */
  active(index: number, doneBytes = 0, resumedBytes = 0): void {
    const row = this.#row(index);
    if (isOver(row)) return;
    row.state = {kind: 'active', doneBytes, resumedBytes};
    this.#active.add(row);
  }

  /** The size that a version which was agreed on has. */
  sized(index: number, size: number): void {
    const row = this.#row(index);
    this.#size += size - (row.size ?? 0);
    row.size = size;
  }

  done(index: number, {size, server, ...how}: FileDone): void {
    const row = this.#row(index);
    if (isOver(row)) return;
    this.sized(index, size);
    row.state = {kind: 'done', ...how};
    this.#active.delete(row);
    this.#doneFiles++;
    this.#doneBytes += size;
    const resumedBytes = size - how.storedBytes;
    this.#resumedBytes += resumedBytes;
    this.#watch?.ended(index, reportOf(row), resumedBytes, server ?? null);
  }

  /** A file has failed; what it had got so far stays on the disk. */
  failed(index: number, error: FdlError): void {
    const row = this.#row(index);
    if (isOver(row)) return;
    const {doneBytes, resumedBytes} =
      row.state.kind === 'active' ? row.state : {doneBytes: 0, resumedBytes: 0};
    row.state = {kind: 'failed', error, storedBytes: doneBytes - resumedBytes};
    this.#active.delete(row);
    this.#failedFiles++;
    this.#doneBytes += doneBytes;
    this.#resumedBytes += resumedBytes;
    this.#watch?.ended(index, reportOf(row), resumedBytes, null);
  }

  /** Every file that has not ended fails with the same. */
  failRest(error: FdlError): void {
    for (const index of this.#rows.keys()) this.failed(index, error);
  }

  isOver(index: number): boolean {
    return isOver(this.#row(index));
  }

  /** Bytes of files that have not ended, as far as known, that are not on the disk yet. */
  get leftBytes(): number {
    let left = 0;
    for (const row of this.#rows) {
      if (isOver(row)) continue;
      left += (row.size ?? 0) - (row.state.kind === 'active' ? row.state.doneBytes : 0);
    }
    return left;
  }

  tally(): FilesTally {
    let doneBytes = this.#doneBytes;
    let resumedBytes = this.#resumedBytes;
    for (const {state} of this.#active) {
      if (state.kind !== 'active') continue;
      doneBytes += state.doneBytes;
      resumedBytes += state.resumedBytes;
    }
    const counts = {files: this.#rows.length, doneFiles: this.#doneFiles, failedFiles: this.#failedFiles};
    return {...counts, size: this.#size, doneBytes, resumedBytes};
  }

  /** A few of the files on their way, the oldest first. */
  current(): string[] {
    const names: string[] = [];
    for (const {name} of this.#active) {
      names.push(name);
      if (names.length === CURRENT_MAX) break;
    }
    return names;
  }

  /** The error that decides how the whole ends; undefined when there is none. */
  worst(): FdlError | undefined {
    return worstOf(this.#rows.flatMap(({state}) => (state.kind === 'failed' ? [state.error] : [])));
  }

  /** What became of every file, in the order in which they were added. */
  reports(): FileReport[] {
    return this.#rows.map(reportOf);
  }

  #row(index: number): Row {
    const row = this.#rows[index];
    if (row === undefined) throw new Error(`there is no file ${index}`);
    return row;
  }
}

function isOver({state}: Row): boolean {
  return state.kind === 'done' || state.kind === 'failed';
}

function reportOf({name: file, output, size: bytes, state}: Row): FileReport {
  if (state.kind === 'done') {
    const {outcome, root, sha256, storedBytes} = state;
    return {file, output, outcome, bytes, root, sha256, storedBytes, error: null};
  }
  if (state.kind !== 'failed') throw new Error(`${file} has not ended`);
  const {code, message, hint = null, exitCode} = state.error;
  const error = {code, message, hint, exitCode};
  return {
    file,
    output,
    outcome: 'failed',
    bytes,
    root: null,
    sha256: null,
    storedBytes: state.storedBytes,
    error,
  };
}
