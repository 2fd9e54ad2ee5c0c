/**
 * Writes a trace to a file, a row a line. Nobody waits for it: rows queue up to a bound, beyond it they are dropped and
 * counted, and a file that fails ends the trace and nothing else. Written are ASCII letters only, so that a trace can be
 * shown on a terminal whatever a server has said.
 */

import {constants, type FileHandle, open} from 'node:fs/promises';
import {FdlError} from '../../errors.js';
import {
  TRACE_BATCH_BYTES,
  TRACE_CLOSE_TIMEOUT_MS,
  TRACE_FLUSH_MS,
  TRACE_WAITING_BYTES_MAX,
} from '../../limits.js';
import {lineOf} from '../../trace/line.js';
import type {RowKind, TraceRow} from '../../trace/rows.js';
import type {Clock} from '../clock.js';
import type {OnTrace} from './recorder.js';

export interface TraceFile {
  /** Takes a row. Never throws, never waits. */
  readonly write: OnTrace;
  /** Writes what still waits, within TRACE_CLOSE_TIMEOUT_MS. Never rejects. */
  close(): Promise<void>;
}

export interface TraceFileOptions {
  readonly clock: Clock;
  /** Told once when the file fails; nothing is written after it. */
  readonly onFailed: (reason: string) => void;
}

/** How every trace begins: a file that begins otherwise is not ours to overwrite. */
const BEGINNING = '{"t":0,"k":"trace",';

/** Few, and without them the rest says little: these are never dropped. */
const NEEDED: ReadonlySet<RowKind> = new Set(['sum', 'total', 'done']);

/**
 * Opens a file for a trace; an earlier trace in it is overwritten. Throws FdlError `usage` when it cannot be written, or
 * holds something else.
 */
export async function openTraceFile(path: string, options: TraceFileOptions): Promise<TraceFile> {
  try {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT);
    const refusal = await refusalOf(file).catch(async (error) => {
      await file.close();
      throw error;
    });
    if (refusal === null) return new QueuedFile(file, options);
    await file.close();
    throw new FdlError('usage', `${path} ${refusal}`, {hint: 'Name another file with --trace.'});
  } catch (error) {
    if (error instanceof FdlError) throw error;
    throw new FdlError('usage', `the trace cannot be written: ${(error as Error).message}`, {
      hint: 'Name a file with --trace that can be written.',
      cause: error,
    });
  }
}

/** Empties a file that may be written; else says why it may not. */
async function refusalOf(file: FileHandle): Promise<string | null> {
  const stat = await file.stat();
  if (stat.isCharacterDevice()) return null;
  if (!stat.isFile()) return 'is no file that a trace could be written to';
  const head = Buffer.alloc(BEGINNING.length);
  const {bytesRead} = await file.read(head, 0, head.length, 0);
  if (bytesRead > 0 && head.toString('latin1') !== BEGINNING) return 'exists, and is not a trace';
  await file.truncate(0);
  return null;
}

class QueuedFile implements TraceFile {
  readonly #file: FileHandle;
  readonly #options: TraceFileOptions;
  /** Lines that wait. */
  #text = '';
  /** Rows dropped since the last one that was taken. */
  #dropped = 0;
  #timer: unknown = null;
  /** The writing under way, until everything that waits is written. */
  #writing: Promise<void> | null = null;
  #state: 'open' | 'closing' | 'failed' = 'open';

  constructor(file: FileHandle, options: TraceFileOptions) {
    this.#file = file;
    this.#options = options;
  }

  readonly write = (row: TraceRow): void => {
    if (this.#state !== 'open') return;
    if (this.#text.length > TRACE_WAITING_BYTES_MAX && !NEEDED.has(row.k)) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) this.#text += lineOf({t: row.t, k: 'dropped', rows: this.#dropped});
    this.#dropped = 0;
    this.#text += lineOf(row);
    if (this.#text.length >= TRACE_BATCH_BYTES) this.#flush();
    else this.#timer ??= this.#options.clock.setTimeout(() => this.#flush(), TRACE_FLUSH_MS);
  };

  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#flush();
    const {clock} = this.#options;
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, TRACE_CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.#end(), late]);
    clock.clearTimeout(timer);
  }

  async #end(): Promise<void> {
    await this.#writing;
    await this.#file.close().catch((error) => this.#fail(error));
  }

  #flush(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing ??= this.#writeAll()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#writing = null;
      });
  }

  async #writeAll(): Promise<void> {
    while (this.#text !== '') {
      const bytes = Buffer.from(this.#text, 'latin1');
      this.#text = '';
      for (let at = 0; at < bytes.length; ) {
        const {bytesWritten} = await this.#file.write(bytes, at);
        at += bytesWritten;
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#text = '';
    this.#options.clock.clearTimeout(this.#timer);
    this.#file.close().catch(() => {});
    this.#options.onFailed((error as Error).message);
  }
}
