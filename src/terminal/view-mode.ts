/** What a stream can show, and to whom. Pure; apart from the views, so that an error need not load them. */

import type {Clock} from '../actors/clock.js';
import type {Notice, Progress} from '../report.js';

export type ViewMode = 'live' | 'plain' | 'silent';

/** What a view needs of a stream: `process.stderr`, or one of a test. */
export interface ViewStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  getColorDepth?(env?: NodeJS.ProcessEnv): number;
}

/** A running download, shown. */
export interface LiveView {
  progress(progress: Progress): void;
  /** A notice on a line of its own, above what is redrawn. */
  notice(notice: Notice): void;
  /** Words that were asked for, likewise; shown in every mode, and at any time. */
  line(text: string): void;
  /** Takes away what is redrawn; no progress and no notice is shown after that. */
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

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
