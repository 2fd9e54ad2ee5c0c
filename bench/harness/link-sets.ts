/** Servers behind links, ready for contenders: what the suites about links have in common. */

import {type Cleanup, tempFolder} from '../../test/support/files.js';
import type {DownloadScene} from './downloads.js';
import {measuredRates} from './link-rates.js';
import {type LinkServers, linkScene} from './link-servers.js';
import {type Link, makeLinks} from './links.js';
import type {Bench} from './suite.js';

const GIB = 1_073_741_824;
const MIB = 1_048_576;
/** One look at a link alone: long enough that a millisecond of delay at its ends is nothing. */
const MEASURE_MS = 2_000;
const QUICK_MEASURE_MS = 100;

export interface LinkSet {
  /** As it stands in tables. */
  readonly name: string;
  readonly megabits: readonly number[];
  readonly bytes: number;
  readonly quickBytes: number;
}

/** Four servers that differ twentyfold: the usual case of mirrors. */
export const UNEQUAL: LinkSet = {
  name: '400/200/100/20',
  megabits: [400, 200, 100, 20],
  bytes: GIB,
  quickBytes: 48 * MIB,
};

/** One that does nearly all, and three that must neither help too late nor hold up the end. */
export const ONE_FAST: LinkSet = {
  name: '1000/10/10/10',
  megabits: [1_000, 10, 10, 10],
  bytes: 4 * GIB,
  quickBytes: 64 * MIB,
};

/** Many of one kind. */
export const EIGHT_EQUAL: LinkSet = {
  name: '8 x 50',
  megabits: Array.from({length: 8}, () => 50),
  bytes: GIB,
  quickBytes: 24 * MIB,
};

export interface LinkStage {
  readonly links: readonly Link[];
  /** Payload that each link brings alone, in bytes a second, measured. */
  readonly rates: readonly number[];
  readonly scene: DownloadScene;
  readonly servers: LinkServers;
}

/** Makes the links of a set, starts servers behind them and measures what each link brings. */
export async function linkStage(bench: Bench, cleanup: Cleanup, set: LinkSet): Promise<LinkStage> {
  const bytes = bench.isQuick ? set.quickBytes : set.bytes;
  const links = makeLinks(cleanup, set.megabits);
  const scratch = tempFolder(cleanup, 'bench');
  bench.say(`${set.name} Mbit/s: writing ${(bytes / 1e9).toFixed(2)} GB, starting servers, measuring links`);
  const {scene, servers} = await linkScene(cleanup, scratch, bytes, links);
  const urls = servers.http.map(({address}) => `http://${address}/${scene.name}`);
  const rates = await measuredRates(links, urls, bench.isQuick ? QUICK_MEASURE_MS : MEASURE_MS);
  return {links, rates, scene, servers};
}

/** How the links are made and measured, for the pages of results. */
export const LINKS_NOTE: readonly string[] = [
  'Each server is behind a veth pair of its own, shaped by tbf at the server; the client is where the pairs end.',
  'Rates are payload of TCP, measured: each link alone, one nginx, one curl. What HTTP and fdl add to the file counts against them.',
  'fdl serve runs with --in-place, so that both kinds of server send from one file in memory.',
];

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
