/**
 * The view that is redrawn in place. The cursor is never hidden, so no way to end the process can leave a terminal
 * without one. Apart from live-view.ts, since log-update takes longer to load than a whole start may take.
 */

import {createLogUpdate} from 'log-update';
import {REDRAW_MS, VIEW_LINES_MAX} from '../limits.js';
import type {Progress} from '../report.js';
import {noticeLine} from './notices.js';
import {renderProgress} from './progress-view.js';
import type {LiveView, LiveViewOptions} from './view-mode.js';

/** Starts the view; shows nothing before the first report. */
export function redrawnView({stream, clock, color}: LiveViewOptions): LiveView {
  // log-update asks for a whole stream, but uses write, columns, rows and isTTY alone.
  const update = createLogUpdate(stream as NodeJS.WriteStream, {showCursor: true});
  let latest: Progress | null = null;
  /** Bytes that were done when the disk turned out to be full; there is room again when they grow. */
  let fullAtBytes: number | null = null;
  let isDrawn = true;
  let timer: unknown = null;

  function draw(): void {
    if (latest === null || isDrawn) return;
    show(latest);
    timer = clock.setTimeout(() => {
      timer = null;
      draw();
    }, REDRAW_MS);
  }

  function show(progress: Progress): void {
    isDrawn = true;
    // One row stays free for the cursor: a view as high as the terminal would scroll with every redraw.
    const lines = Math.max(1, Math.min(VIEW_LINES_MAX, (stream.rows ?? VIEW_LINES_MAX + 1) - 1));
    const words = progress.doneBytes === fullAtBytes ? 'waiting for room on the disk' : undefined;
    update(renderProgress(progress, stream.columns ?? 80, color, lines, words));
  }

  /** Above the view, which is there again at once: it would be gone for a moment otherwise. */
  function above(line: string): void {
    update.clear();
    stream.write(`${line}\n`);
    if (latest !== null) show(latest);
  }

  return {
    progress(progress) {
      latest = progress;
      isDrawn = false;
      if (timer === null) draw();
    },
    notice(notice) {
      // The view itself says so, with a time that stays right.
      if (notice.kind === 'all-busy') return;
      if (notice.kind === 'disk-full') fullAtBytes = latest?.doneBytes ?? null;
      above(noticeLine(notice, color));
    },
    line: above,
    stop() {
      if (timer !== null) clock.clearTimeout(timer);
      latest = null;
      update.clear();
      update.done();
    },
  };
}
