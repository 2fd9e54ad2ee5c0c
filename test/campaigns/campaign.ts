/** What a campaign is: one promise, attacked so often in so many ways, with nothing left to chance but a seed. */

import type {Cleanup} from '../support/files.js';

/** What a campaign is given. */
export interface Attack {
  /** How many of the campaign's units to do. */
  readonly times: number;
  /** What is drawn by chance follows from it alone. */
  readonly seed: number;
  /** Run last first when the campaign has ended, however it did. */
  readonly cleanup: Cleanup;
  /** A line for the one who waits. */
  say(line: string): void;
  /** The promise was broken: what happened, and how to see it again. The campaign may go on. */
  violated(what: string): void;
}

/** What was injected, and how often it happened. Rows that matter most come first. */
export interface Injected {
  readonly what: string;
  readonly times: number;
}

/** What came of a campaign. */
export interface Outcome {
  readonly injected: readonly Injected[];
  /** Measured beside: memory, how much came twice, ... */
  readonly notes: readonly string[];
}

export interface Campaign {
  /** As typed: `npm run prove -- crash`. */
  readonly name: string;
  /** The promise, as a sentence. */
  readonly promise: string;
  /** What `times` counts: `frames`, `kills`. */
  readonly unit: string;
  /** How many make the whole campaign, and how many a part of every test run. */
  readonly times: {readonly whole: number; readonly inTests: number};
  /** What is missing here (root, gcc, a loop device); null when it can run. */
  missing(): string | null;
  run(attack: Attack): Promise<Outcome>;
}
