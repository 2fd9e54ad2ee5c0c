/** How fast a set is, and how long it may still take: a picture is made of what rows and servers say now. */

import {REMAINING_HALF_LIFE_MS, TICK_LATE_MS} from '../../../limits.js';
import type {FileRows} from '../../../machines/set/file-rows.js';
import type {FilesProgress, ServerProgress} from '../../../report.js';

export interface SetMoment {
  readonly phase: 'downloading' | 'finishing';
  readonly rows: FileRows;
  readonly servers: readonly ServerProgress[];
  readonly nowMs: number;
}

export class SetPace {
  readonly #startedAtMs: number;
  #atMs: number;
  #doneBytes = 0;
  /** Bytes and the time they took, both fading. */
  #bytes = 0;
  #ms = 0;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
    this.#atMs = startedAtMs;
  }

  /** To be called about as often as a picture is shown. */
  picture({phase, rows, servers, nowMs}: SetMoment): FilesProgress {
    const {files, doneFiles, failedFiles, size, doneBytes, resumedBytes} = rows.tally();
    const isPlanning = files === 0;
    this.#learn(doneBytes - resumedBytes, nowMs);
    const rate = this.#ms === 0 ? 0 : (this.#bytes / this.#ms) * 1000;
    const isWaiting = servers.some(({activity}) => activity.kind === 'busy') && !servers.some(isMoving);
    return {
      phase: isPlanning ? 'planning' : isWaiting && phase !== 'finishing' ? 'waiting' : phase,
      file: isPlanning ? 'files' : nameOf(doneFiles + failedFiles, files, rows.current()),
      size: isPlanning ? null : size,
      doneBytes,
      resumedBytes,
      uncheckedBytes: 0,
      hashedBytes: 0,
      wastedBytes: 0,
      bytesPerSecond: servers.reduce((sum, {bytesPerSecond}) => sum + bytesPerSecond, 0),
      elapsedMs: nowMs - this.#startedAtMs,
      remainingMs: rate < 1 ? null : ((size - doneBytes) / rate) * 1000,
      atMs: nowMs,
      servers,
      files,
      doneFiles,
      failedFiles,
      currentFiles: rows.current(),
    };
  }

  #learn(doneBytes: number, nowMs: number): void {
    const ms = nowMs - this.#atMs;
    const more = Math.max(0, doneBytes - this.#doneBytes);
    this.#atMs = nowMs;
    this.#doneBytes = doneBytes;
    // Silence before the first byte is latency, not rate; and after a sleep of this process time says nothing.
    if (ms <= 0 || ms > TICK_LATE_MS * 4 || (more === 0 && this.#bytes === 0)) return;
    const keep = 0.5 ** (ms / REMAINING_HALF_LIFE_MS);
    this.#bytes = this.#bytes * keep + more;
    this.#ms = this.#ms * keep + ms;
  }
}

function isMoving({activity}: ServerProgress): boolean {
  return activity.kind === 'transferring' || activity.kind === 'suspect' || activity.kind === 'connecting';
}

/** What stands where the name of a single file would. */
function nameOf(over: number, files: number, current: readonly string[]): string {
  const [first] = current;
  return `${over}/${files} files${first === undefined ? '' : ` ${first}`}`;
}
