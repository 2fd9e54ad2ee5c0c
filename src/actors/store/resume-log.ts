/**
 * The resume log as a file: read to its last valid record, and appended to. Whatever stands in its place (random
 * bytes, a gigabyte, a FIFO) is `unusable` and costs a new start, never an exception or unbounded memory.
 */

import {LOG_COMPACT_BYTES, LOG_READ_BYTES, LOG_RECORD_BYTES_MAX} from '../../limits.js';
import {type Disk, type DiskFile, errnoOf, type FileFacts} from './disk.js';
import type {LogHeader} from './log-json.js';
import {decodeRecord, encodeFragmentDigests, encodeRecord, encodeRuns, LOG_MAGIC} from './log-records.js';
import {LogState} from './log-state.js';

/** Only the user may read or write it. */
const LOG_MODE = 0o600;

export type ReadLog =
  | {readonly kind: 'absent'}
  | {readonly kind: 'unusable'}
  | {
      readonly kind: 'usable';
      readonly state: LogState;
      /** Where the last valid record ends; what follows is a torn write. */
      readonly validBytes: number;
      readonly facts: FileFacts;
    };

/** Rejects only when the disk fails while reading. */
export async function readLog(disk: Disk, path: string): Promise<ReadLog> {
  let file: DiskFile;
  try {
    file = await disk.open(path, {access: 'read', create: 'never', mode: 0});
  } catch (error) {
    return {kind: errnoOf(error) === 'ENOENT' ? 'absent' : 'unusable'};
  }
  try {
    const facts = await file.facts();
    if (facts.kind !== 'file') return {kind: 'unusable'};
    const read = await readRecords(file);
    return read === null ? {kind: 'unusable'} : {kind: 'usable', ...read, facts};
  } finally {
    await file.close();
  }
}

async function readRecords(
  file: DiskFile,
): Promise<{readonly state: LogState; readonly validBytes: number} | null> {
  const buffer = Buffer.alloc(LOG_READ_BYTES + LOG_RECORD_BYTES_MAX * 2);
  let filled = await file.read(buffer.subarray(0, LOG_READ_BYTES), 0);
  if (!buffer.subarray(0, LOG_MAGIC.length).equals(LOG_MAGIC)) return null;
  let at = LOG_MAGIC.length;
  let base = 0; // place of buffer[0] in the file
  let state: LogState | null = null;
  for (;;) {
    const next = decodeRecord(buffer.subarray(0, filled), at);
    if (next === 'incomplete') {
      buffer.copyWithin(0, at, filled);
      base += at;
      filled -= at;
      at = 0;
      const more = await file.read(buffer.subarray(filled, filled + LOG_READ_BYTES), base + filled);
      if (more === 0) break;
      filled += more;
    } else if (next === null) break;
    else if (state === null) {
      if (next.record.kind !== 'header') return null;
      state = new LogState(next.record.header);
      at = next.end;
    } else {
      if (!state.apply(next.record)) break;
      at = next.end;
    }
  }
  return state === null ? null : {state, validBytes: base + at};
}

/** A log that is being written. One append at a time: callers wait for the one before. */
export class ResumeLog {
  readonly path: string;
  readonly #file: DiskFile;
  #end: number;

  private constructor(path: string, file: DiskFile, end: number) {
    this.path = path;
    this.#file = file;
    this.#end = end;
  }

  /** A new log; whatever was in its place is removed first. */
  static async create(disk: Disk, path: string, header: LogHeader): Promise<ResumeLog> {
    if ((await disk.facts(path)) !== null) await disk.unlink(path);
    const file = await disk.open(path, {access: 'write', create: 'only', mode: LOG_MODE});
    return openedBy(file, async () => {
      const log = new ResumeLog(path, file, 0);
      await log.append(Buffer.concat([LOG_MAGIC, encodeRecord({kind: 'header', header})]));
      return log;
    });
  }

  /** Goes on behind the last valid record; a torn one is cut off, for what follows it would never be read. */
  static async resume(disk: Disk, path: string, {state, validBytes, facts}: UsableLog): Promise<ResumeLog> {
    if (validBytes > LOG_COMPACT_BYTES && facts.size > 2 * compactBytes(state)) {
      return compact(disk, path, state);
    }
    const file = await disk.open(path, {access: 'write', create: 'never', mode: LOG_MODE});
    return openedBy(file, async () => {
      if (facts.size !== validBytes) await file.truncate(validBytes);
      return new ResumeLog(path, file, validBytes);
    });
  }

  /** The same open file under its new name. */
  renamed(path: string): ResumeLog {
    return new ResumeLog(path, this.#file, this.#end);
  }

  /** Bytes in the log. */
  get end(): number {
    return this.#end;
  }

  /** Not synced. When it rejects, the same append may be tried again: it writes at the same place. */
  async append(records: Buffer): Promise<void> {
    await this.#file.write(records, this.#end);
    this.#end += records.length;
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

type UsableLog = ReadLog & {readonly kind: 'usable'};

/** Where a log is rewritten: `x.HEX.new.fdl-log` beside `x.HEX.fdl-log`. */
function compactedPath(path: string): string {
  return path.replace(/\.fdl-log$/, '.new.fdl-log');
}

/** About the length of the log without its history. */
function compactBytes(state: LogState): number {
  return (
    32 * (state.header.manifest.size / state.header.manifest.geometry.blockBytes) + LOG_COMPACT_BYTES / 4
  );
}

/** A log that cannot be begun leaves no file open. */
async function openedBy(file: DiskFile, begin: () => Promise<ResumeLog>): Promise<ResumeLog> {
  try {
    return await begin();
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Rewrites the log beside itself and renames it into place, so that a crash leaves one whole log. */
async function compact(disk: Disk, path: string, state: LogState): Promise<ResumeLog> {
  const aside = compactedPath(path);
  const log = await ResumeLog.create(disk, aside, state.header);
  try {
    const fragmentDigests = state.proveDigests();
    if (fragmentDigests !== null) await log.append(encodeFragmentDigests(fragmentDigests));
    for (const fragment of state.blockDigests.fragments) {
      const digests = state.blockDigests.get(fragment);
      if (digests !== null) await log.append(encodeRecord({kind: 'block-digests', fragment, digests}));
    }
    await log.append(encodeRuns('stored', state.unchecked.runs()));
    await log.append(encodeRecord({kind: 'doubted'}));
    await log.append(encodeRuns('stored', state.trusted.runs()));
    await log.sync();
    await disk.rename(aside, path);
  } catch (error) {
    await log.close();
    throw error;
  }
  return log.renamed(path);
}
