/** What a suite is: one question, answered by contenders that run in turn. */

import type {Cleanup} from '../../test/support/files.js';
import type {Plot} from './plot.js';

/** What `npm run bench` was asked for; a suite scales its work with it. */
export interface BenchOptions {
  /** How often each contender runs; undefined: what the suite says. */
  readonly rounds: number | undefined;
  /** Small work and few rounds: shows that a suite runs, its figures say nothing. */
  readonly isQuick: boolean;
}

export interface Bench extends BenchOptions {
  /** Ended in reverse order when the suite has ended, however it did. */
  readonly cleanup: Cleanup;
  /** A line for the one who waits. */
  say(line: string): void;
}

/** `shown` is what is printed; the numbers are in the JSON file. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One line of the demands, and what was seen. */
export interface Target {
  readonly what: string;
  readonly asked: string;
  readonly seen: string;
  readonly isMet: boolean;
}

export interface Report {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  readonly plots: readonly Plot[];
  /** The commands that were run, by contender: what a doubter needs to repeat it. */
  readonly commands: Readonly<Record<string, string>>;
  /** What was left out on this machine, and why. */
  readonly skipped: readonly string[];
  /** Whatever else explains the figures. */
  readonly notes: readonly string[];
  /** Every single measurement. */
  readonly raw: unknown;
}

export interface Suite {
  /** As typed: `npm run bench -- loopback`. */
  readonly name: string;
  /** The one question that it answers. */
  readonly question: string;
  run(bench: Bench): Promise<Report>;
}
