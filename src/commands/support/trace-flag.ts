/** `--trace FILE`: the flag, and the file behind it. */

import {string} from '@oclif/core/flags';
import {systemClock} from '../../actors/clock.js';
import type {TraceFile} from '../../actors/trace/trace-file.js';

/** The flag of a command that can be traced. */
export const traceFlag = string({
  env: 'FDL_TRACE',
  helpValue: 'FILE',
  summary: 'write what happens into this file, a row a line (docs/trace.md)',
});

/**
 * Opens the file of the flag, before anything else begins; null when the flag is not given. Throws FdlError `usage`.
 * `onFailed` is told once when the file fails later.
 */
export async function openTrace(
  path: string | undefined,
  onFailed: (reason: string) => void,
): Promise<TraceFile | null> {
  if (path === undefined) return null;
  const {openTraceFile} = await import('../../actors/trace/trace-file.js');
  return openTraceFile(path, {clock: systemClock, onFailed});
}
