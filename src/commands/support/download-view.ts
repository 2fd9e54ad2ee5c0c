/** What is shown of a running download, and the signals that stop it. */

import {systemClock} from '../../actors/clock.js';
import type {Notice, Progress} from '../../report.js';
import {startLiveView} from '../../terminal/live-view.js';
import type {SummaryStyle} from '../../terminal/summary.js';
import {viewColor, viewMode} from '../../terminal/view-mode.js';
import {listenForStop, type StopSignals} from './stop-signals.js';

export interface DownloadView {
  readonly style: SummaryStyle;
  readonly signals: StopSignals;
  /** What the download is given to tell. */
  readonly told: {
    readonly signal: AbortSignal;
    readonly onProgress: (progress: Progress) => void;
    readonly onNotice: (notice: Notice) => void;
  };
  /** Words that were asked for, above the view; shown at any time, and when quiet as well. */
  readonly line: (text: string) => void;
  /** Nothing is shown any more; signals still stop. */
  stop(): void;
  /** Signals have their default effect again. */
  close(): void;
}

/** Opens the view on standard error. `say` takes lines, `onProgress` sees each progress as well. */
export function openDownloadView(
  isQuiet: boolean,
  say: (line: string) => void,
  onProgress: (progress: Progress) => void,
): DownloadView {
  const stream = process.stderr;
  const color = viewColor(stream, process.env);
  const mode = viewMode(stream, process.env, isQuiet);
  const view = startLiveView({stream, clock: systemClock, mode, color});
  const signals = listenForStop((name) => {
    view.stop();
    if (!isQuiet) say(`${name}: stopping; a second one ends at once`);
  });
  return {
    style: {color, folder: process.cwd()},
    signals,
    line: (text) => view.line(text),
    stop: () => view.stop(),
    close: () => {
      view.stop();
      signals.release();
    },
    told: {
      signal: signals.signal,
      onProgress: (progress) => {
        onProgress(progress);
        view.progress(progress);
      },
      onNotice: (notice) => view.notice(notice),
    },
  };
}
