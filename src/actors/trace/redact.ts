/** Text in a trace: of bounded length, and without the name of whoever ran it. */

import {homedir} from 'node:os';
import {TRACE_TEXT_MAX} from '../../limits.js';

/** The text with the home folder written as `~`, cut to TRACE_TEXT_MAX characters. */
export function traceText(text: string): string {
  const home = homedir();
  const shown = home.length > 1 ? text.replaceAll(home, '~') : text;
  return shown.length > TRACE_TEXT_MAX ? `${shown.slice(0, TRACE_TEXT_MAX - 1)}…` : shown;
}
