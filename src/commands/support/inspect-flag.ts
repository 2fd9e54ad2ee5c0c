/** `--inspect` and `--inspect-port`: the flags of a command that can be looked at in a browser, and the page behind them. */

import {boolean, custom} from '@oclif/core/flags';
import {systemClock} from '../../actors/clock.js';
import {asFdlError} from '../../errors.js';
import type {LiveInspector} from '../../inspector/server/inspector.js';
import {PORT_MAX} from '../../limits.js';
import {escapeRemote} from '../../terminal/escape.js';
import {parseWhole} from '../parse.js';

const port = custom<number>({parse: async (text) => parseWhole(text, 0, PORT_MAX), helpValue: 'PORT'});

export const inspectFlags = {
  inspect: boolean({
    env: 'FDL_INSPECT',
    summary: 'show what happens on a page for a browser of this machine, and print its address',
  }),
  'inspect-port': port({
    env: 'FDL_INSPECT_PORT',
    summary: 'the same on this port of 127.0.0.1; else any free one',
  }),
};

/** As parsed. */
export interface InspectFlags {
  readonly inspect?: boolean;
  readonly 'inspect-port'?: number | undefined;
}

export interface InspectOptions {
  readonly command: 'download' | 'serve';
  /** Of the file that is downloaded, or the folder that is served. */
  readonly name: string;
  /** Takes a line for people. */
  readonly say: (line: string) => void;
}

/**
 * Starts the page where the flags ask for it, and says where; null when they do not. The work is not worth less without
 * it: where nobody can listen, that is told, and it goes on.
 */
export async function startInspect(
  {inspect, 'inspect-port': wanted}: InspectFlags,
  {command, name, say}: InspectOptions,
): Promise<LiveInspector | null> {
  if (inspect !== true && wanted === undefined) return null;
  const {startLiveInspector} = await import('../../inspector/server/inspector.js');
  try {
    const inspector = await startLiveInspector({
      command,
      name,
      port: wanted ?? 0,
      clock: systemClock,
      charts,
      onUsedLink: (url) => say(anotherText(url)),
    });
    say(inspectText(inspector.url));
    return inspector;
  } catch (error) {
    const {message, hint} = asFdlError(error);
    say(`no page to look at: ${escapeRemote(message)}${hint === undefined ? '' : ` (${hint})`}`);
    return null;
  }
}

/** The machines of this version, drawn when a page asks for them and not before. */
export async function charts() {
  const {allCharts} = await import('../../inspector/charts/catalogue.js');
  return allCharts();
}

/** Where to look. */
export function inspectText(url: string): string {
  return `look at it: ${url}`;
}

/** The address before was used up, and somebody wants in. */
export function anotherText(url: string): string {
  return `its address was used already, here is another one: ${url}`;
}
