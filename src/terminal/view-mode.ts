/** What a stream can show, and to whom. Pure; apart from the views, so that an error need not load them. */

export type ViewMode = 'live' | 'plain' | 'silent';

/** What a view needs of a stream: `process.stderr`, or one of a test. */
export interface ViewStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  getColorDepth?(env?: NodeJS.ProcessEnv): number;
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
