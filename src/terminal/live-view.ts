/**
 * Shows a running download on a stream: redrawn in place on a terminal, as plain lines elsewhere, not at all when
 * asked to be quiet.
 */

import {NOTICES_WAITING_MAX} from '../limits.js';
import type {Notice, Progress} from '../report.js';
import {noticeLine} from './notices.js';
import {isLineDue, plainLine} from './plain-line.js';
import type {LiveView, LiveViewOptions} from './view-mode.js';

/** How a view that takes a while to load comes in. */
export type LoadView = () => Promise<(options: LiveViewOptions) => LiveView>;

/** Starts a view; shows nothing before the first report. */
export function startLiveView(options: LiveViewOptions, load: LoadView = loadRedrawnView): LiveView {
  if (options.mode === 'silent')
    return {progress: () => {}, notice: () => {}, line: lineTo(options), stop: () => {}};
  return options.mode === 'live' ? lateView(options, load) : plainView(options);
}

async function loadRedrawnView(): ReturnType<LoadView> {
  return (await import('./redrawn-view.js')).redrawnView;
}

type LateState =
  | {readonly kind: 'loading'; progress: Progress | null; readonly notices: Notice[]}
  | {readonly kind: 'shown'; readonly view: LiveView}
  | {readonly kind: 'stopped'};

/** Nothing is drawn: a line is a line. */
function lineTo({stream}: LiveViewOptions): LiveView['line'] {
  return (text) => void stream.write(`${text}\n`);
}

/** A view that is loaded while the download makes its first steps; what is told before that is shown then. */
function lateView(options: LiveViewOptions, load: LoadView): LiveView {
  let state: LateState = {kind: 'loading', progress: null, notices: []};
  load().then(
    (start) => {
      if (state.kind !== 'loading') return;
      const {progress, notices} = state;
      state = {kind: 'shown', view: start(options)};
      for (const notice of notices) state.view.notice(notice);
      if (progress !== null) state.view.progress(progress);
    },
    // A package that is damaged: the download itself may still work.
    () => {},
  );
  return {
    progress(progress) {
      if (state.kind === 'shown') state.view.progress(progress);
      else if (state.kind === 'loading') state.progress = progress;
    },
    notice(notice) {
      if (state.kind === 'shown') state.view.notice(notice);
      else if (state.kind === 'loading' && state.notices.length < NOTICES_WAITING_MAX)
        state.notices.push(notice);
    },
    line(text) {
      if (state.kind === 'shown') state.view.line(text);
      else lineTo(options)(text);
    },
    stop() {
      if (state.kind === 'shown') state.view.stop();
      if (state.kind === 'loading')
        for (const notice of state.notices) options.stream.write(`${noticeLine(notice, options.color)}\n`);
      state = {kind: 'stopped'};
    },
  };
}

function plainView(options: LiveViewOptions): LiveView {
  const {stream, clock} = options;
  let last: {readonly progress: Progress; readonly atMs: number} | null = null;
  let isStopped = false;
  return {
    progress(progress) {
      const sinceMs = last === null ? 0 : clock.now() - last.atMs;
      if (isStopped || !isLineDue(last?.progress ?? null, progress, sinceMs)) return;
      last = {progress, atMs: clock.now()};
      stream.write(`${plainLine(progress)}\n`);
    },
    notice(notice) {
      if (!isStopped) stream.write(`${noticeLine(notice)}\n`);
    },
    line: lineTo(options),
    stop() {
      isStopped = true;
    },
  };
}
