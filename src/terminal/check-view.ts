/** How far a check is, in one line that is redrawn in place; gone when the report comes, and nothing without a terminal. */

import {createLogUpdate} from 'log-update';
import type {Clock} from '../actors/clock.js';
import type {CheckProgress} from '../fleet-report.js';
import {PLAIN_LINE_MS_MIN, REDRAW_MS} from '../limits.js';
import {fit} from './columns.js';
import {formatCount} from './format.js';
import type {ViewMode, ViewStream} from './view-mode.js';

export interface CheckView {
  progress(progress: CheckProgress): void;
  stop(): void;
}

export interface CheckViewOptions {
  readonly stream: ViewStream;
  readonly mode: ViewMode;
  readonly clock: Clock;
}

/** Starts the view. A check that is over within a second shows nothing. */
export function startCheckView({stream, mode, clock}: CheckViewOptions): CheckView {
  if (mode !== 'live') return {progress: () => {}, stop: () => {}};
  // log-update asks for a whole stream, but uses write, columns, rows and isTTY alone.
  const update = createLogUpdate(stream as NodeJS.WriteStream, {showCursor: true});
  let nextMs = clock.now() + PLAIN_LINE_MS_MIN;
  return {
    progress(progress) {
      const now = clock.now();
      if (now < nextMs) return;
      nextMs = now + REDRAW_MS;
      update(fit(checkProgressLine(progress), (stream.columns ?? 80) - 1));
    },
    stop() {
      update.clear();
      update.done();
    },
  };
}

/** `looking at 7 servers, 3 done, 42 blocks verified`. */
function checkProgressLine({servers, done, blocks}: CheckProgress): string {
  const verified = blocks === 0 ? '' : `, ${formatCount(blocks, 'block')} verified`;
  return `looking at ${formatCount(servers, 'server')}, ${done} done${verified}`;
}
