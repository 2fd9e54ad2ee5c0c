/** Hurts a server when a share of a file has arrived, and mends it afterwards. */

import type {Link} from './links.js';
import type {Strike, Victim} from './troubles.js';

/** How often the links are looked at: at 86 MB/s, a thousandth of a GiB. */
const LOOK_MS = 10;

/** When it happened, and what was missing of the file then. */
export interface Struck {
  /** Reading of performance.now(). */
  readonly atMs: number;
  readonly restBytes: number;
  /** Payload that the victim's link had brought by then: what comes later shows whether the strike took. */
  readonly victimBytes: number;
}

export interface LaterStrike {
  /** Undefined while it has not happened. */
  struck(): Struck | undefined;
  /** Ends the watch, and undoes what has happened. */
  mend(): Promise<void>;
}

/** From now on watches what all links bring, and strikes once. */
export function strikeLater(
  links: readonly Link[],
  fileBytes: number,
  strike: Strike,
  victim: Victim,
): LaterStrike {
  const arrivedBytes = (): number => links.reduce((total, link) => total + link.payloadBytes(), 0);
  const before = arrivedBytes();
  let struck: Struck | undefined;
  const watch = setInterval(() => {
    const bytes = arrivedBytes() - before;
    if (bytes < strike.at * fileBytes) return;
    clearInterval(watch);
    strike.strike(victim);
    struck = {
      atMs: performance.now(),
      restBytes: fileBytes - bytes,
      victimBytes: victim.link.payloadBytes(),
    };
  }, LOOK_MS);
  return {
    struck: () => struck,
    mend: async () => {
      clearInterval(watch);
      if (struck !== undefined) await strike.mend(victim);
    },
  };
}
