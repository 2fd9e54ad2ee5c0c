/**
 * Shows work on local files on a stream: one line redrawn in place on a terminal, now and then a plain line elsewhere,
 * nothing at all when asked to be quiet. Work that is done within a second shows nothing.
 */

import {createLogUpdate} from 'log-update';
import type {Clock} from '../actors/clock.js';
import type {LocalProgress} from '../actors/local/local-work.js';
import {PLAIN_LINE_MS, PLAIN_LINE_MS_MAX, PLAIN_LINE_MS_MIN} from '../limits.js';
import {barText} from './bar.js';
import {columnsOf, fit} from './columns.js';
import {escapeRemote} from './escape.js';
import {formatBytes, formatPercent, formatRate, formatWait} from './format.js';
import {painter} from './paint.js';
import type {ViewMode, ViewStream} from './view-mode.js';

const NAME_COLUMNS_MAX = 32;
const BAR_COLUMNS_MAX = 40;

export interface WorkView {
  progress(progress: LocalProgress): void;
  /** Takes away what is redrawn; nothing is shown after that. */
  stop(): void;
}

export interface WorkViewOptions {
  readonly stream: ViewStream;
  readonly mode: ViewMode;
  readonly clock: Clock;
  readonly color: boolean;
  /** What is done with the file: `hashing`, `joining`. */
  readonly doing: string;
}

/** Starts a view; each file's time begins with its first report. */
export function startWorkView(options: WorkViewOptions): WorkView {
  const {stream, mode, clock, color, doing} = options;
  if (mode === 'silent') return {progress: () => {}, stop: () => {}};
  // log-update asks for a whole stream, but uses write, columns, rows and isTTY alone.
  const update = mode === 'live' ? createLogUpdate(stream as NodeJS.WriteStream, {showCursor: true}) : null;
  let current: {readonly path: string; readonly startedMs: number; toldMs: number} | null = null;
  return {
    progress(progress) {
      const now = clock.now();
      if (current?.path !== progress.path) current = {path: progress.path, startedMs: now, toldMs: now};
      const takenMs = now - current.startedMs;
      if (takenMs < PLAIN_LINE_MS_MIN || progress.doneBytes >= progress.totalBytes) return;
      if (update !== null) return update(workLine(progress, takenMs, stream.columns ?? 80, color));
      if (now - current.toldMs < Math.min(PLAIN_LINE_MS_MAX, Math.max(PLAIN_LINE_MS, takenMs / 10))) return;
      current.toldMs = now;
      stream.write(`${doing} ${plainWorkLine(progress, takenMs)}\n`);
    },
    stop() {
      update?.clear();
      update?.done();
    },
  };
}

/** `x.zip  ██████░░░░░░  41 %  1.10 GB/2.68 GB  312 MB/s, 5s left`, within `columns`. */
export function workLine(progress: LocalProgress, takenMs: number, columns: number, color: boolean): string {
  const {path, doneBytes, totalBytes} = progress;
  const name = fit(escapeRemote(path), Math.min(NAME_COLUMNS_MAX, Math.floor(columns / 3)));
  const sizes = `${formatBytes(doneBytes)}/${formatBytes(totalBytes)}`;
  const numbers = `${formatPercent(doneBytes, totalBytes).padStart(5)}  ${sizes}  ${paceWords(progress, takenMs)}`;
  const room = columns - columnsOf(name) - columnsOf(numbers) - 4;
  const bar = barText(doneBytes / totalBytes, Math.min(BAR_COLUMNS_MAX, room));
  if (bar === null) return fit(`${name}  ${numbers.trim()}`, columns);
  const paint = painter(color);
  return `${paint('bold', name)}  ${paint('green', bar.full)}${paint('dim', bar.empty)}  ${numbers}`;
}

function plainWorkLine(progress: LocalProgress, takenMs: number): string {
  const {path, doneBytes, totalBytes} = progress;
  const share = `${formatPercent(doneBytes, totalBytes)} of ${formatBytes(totalBytes)}`;
  return `${escapeRemote(path)}: ${share}, ${paceWords(progress, takenMs)}`;
}

function paceWords({doneBytes, totalBytes}: LocalProgress, takenMs: number): string {
  const bytesPerMs = doneBytes / takenMs;
  if (bytesPerMs <= 0) return '';
  return `${formatRate(bytesPerMs * 1_000)}, ${formatWait((totalBytes - doneBytes) / bytesPerMs)} left`;
}
