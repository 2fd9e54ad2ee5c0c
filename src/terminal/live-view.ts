/**
 * Shows a running download on a stream: redrawn in place on a terminal, as plain lines elsewhere, not at all when
 * asked to be quiet. The cursor is never hidden, so no way to end the process can leave a terminal without one.
 */

import {createLogUpdate} from 'log-update';
import type {Clock} from '../actors/clock.js';
import {PLAIN_LINE_MS, REDRAW_MS, VIEW_LINES_MAX} from '../limits.js';
import type {Notice, Progress} from '../report.js';
import {noticeLine} from './notices.js';
import {plainLine} from './plain-line.js';
import {renderProgress} from './progress-view.js';

export type ViewMode = 'live' | 'plain' | 'silent';

/** What the view needs of a stream: `process.stderr`, or one of a test. */
export interface ViewStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  getColorDepth?(env?: NodeJS.ProcessEnv): number;
}

export interface LiveView {
  progress(progress: Progress): void;
  /** A notice on a line of its own, above what is redrawn. */
  notice(notice: Notice): void;
  /** Takes away what is redrawn; nothing is shown after that. */
  stop(): void;
}

export interface LiveViewOptions {
  readonly stream: ViewStream;
  readonly mode: ViewMode;
  readonly clock: Clock;
  readonly color: boolean;
}

/** Live on a terminal that can move its cursor and is watched by somebody; NO_COLOR changes only the colours. */
export function viewMode(stream: ViewStream, env: NodeJS.ProcessEnv, isQuiet: boolean): ViewMode {
  if (isQuiet) return 'silent';
  const isWatched = stream.isTTY === true && env['TERM'] !== 'dumb' && !isSet(env['CI']);
  return isWatched ? 'live' : 'plain';
}

/** Whether the stream shows colours: NO_COLOR, FORCE_COLOR and TERM as Node reads them. */
export function viewColor(stream: ViewStream, env: NodeJS.ProcessEnv): boolean {
  if (isSet(env['NO_COLOR'])) return false;
  return stream.isTTY === true && (stream.getColorDepth?.(env) ?? 1) > 1;
}

/** Starts a view; shows nothing before the first report. */
export function startLiveView(options: LiveViewOptions): LiveView {
  if (options.mode === 'silent') return {progress: () => {}, notice: () => {}, stop: () => {}};
  return options.mode === 'live' ? redrawnView(options) : plainView(options);
}

function redrawnView({stream, clock, color}: LiveViewOptions): LiveView {
  // log-update asks for a whole stream, but uses write, columns, rows and isTTY alone.
  const update = createLogUpdate(stream as NodeJS.WriteStream, {showCursor: true});
  let latest: Progress | null = null;
  let isDrawn = true;
  let timer: unknown = null;

  function draw(): void {
    if (latest === null || isDrawn) return;
    isDrawn = true;
    // One row stays free for the cursor: a view as high as the terminal would scroll with every redraw.
    const lines = Math.max(1, Math.min(VIEW_LINES_MAX, (stream.rows ?? VIEW_LINES_MAX + 1) - 1));
    update(renderProgress(latest, stream.columns ?? 80, color, lines));
    timer = clock.setTimeout(() => {
      timer = null;
      draw();
    }, REDRAW_MS);
  }

  return {
    progress(progress) {
      latest = progress;
      isDrawn = false;
      if (timer === null) draw();
    },
    notice(notice) {
      update.clear();
      stream.write(`${noticeLine(notice)}\n`);
      isDrawn = false;
      if (timer === null) draw();
    },
    stop() {
      if (timer !== null) clock.clearTimeout(timer);
      latest = null;
      update.clear();
      update.done();
    },
  };
}

function plainView({stream, clock}: LiveViewOptions): LiveView {
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let lastMark = '';
  let isStopped = false;
  return {
    progress(progress) {
      const mark = markOf(progress);
      const isDue = clock.now() - lastAtMs >= PLAIN_LINE_MS;
      if (isStopped || (mark === lastMark && !isDue)) return;
      lastAtMs = clock.now();
      lastMark = mark;
      stream.write(`${plainLine(progress)}\n`);
    },
    notice(notice) {
      if (!isStopped) stream.write(`${noticeLine(notice)}\n`);
    },
    stop() {
      isStopped = true;
    },
  };
}

/** A plain line is due when this changes: another phase, or another tenth of the file. */
function markOf({phase, doneBytes, size}: Progress): string {
  const tenth = size === null || size === 0 ? 0 : Math.floor((doneBytes / size) * 10);
  // Waiting comes and goes while servers are busy: it is told by notices and by the regular line.
  return `${phase === 'waiting' ? 'downloading' : phase} ${tenth}`;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
