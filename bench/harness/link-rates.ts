/** What links really bring: the ideal time of a download rests on it, so it is measured and not believed. */

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as sleep} from 'node:timers/promises';

import {BURST_SECONDS, type Link} from './links.js';
import {environment} from './measure.js';
import {median} from './statistics.js';

/** Until a connection has filled the link and the bucket's head start is spent. */
const SETTLE_MS = 200;
/** The median of so many looks counts: a bucket more or less may fall into one. */
const LOOKS = 3;
/** How far a link may be from what its packets promise, beside a bucket more or less; beyond it figures mean nothing. */
const TOLERANCE = 0.02;
/** More than fit into the time, so that curl never runs out. */
const FETCHES_MAX = 100_000;

/**
 * Payload that each link brings when one client reads one file over it alone, in bytes a second. Throws when a link is
 * not as fast as it was made: then the machine limits, not the link.
 */
export async function measuredRates(
  links: readonly Link[],
  urls: readonly string[],
  measureMs: number,
): Promise<number[]> {
  const rates: number[] = [];
  for (const [index, link] of links.entries()) {
    const rate = await rateAlone(link, urls[index] ?? '', measureMs);
    const share = rate / link.payloadBytesPerSecond;
    if (Math.abs(share - 1) > TOLERANCE + (BURST_SECONDS * 1_000) / measureMs)
      throw new Error(`a link of ${link.megabits} Mbit/s brings ${share.toFixed(3)} of its payload rate`);
    rates.push(rate);
  }
  return rates;
}

async function rateAlone(link: Link, url: string, measureMs: number): Promise<number> {
  // Again and again over one connection, since a small file is over before the time is.
  const args = ['--silent', '--fail', '-o', '/dev/null', `${url}?[1-${FETCHES_MAX}]`];
  const client = spawn('curl', args, {env: environment(), stdio: 'ignore'});
  try {
    await sleep(SETTLE_MS);
    const rates: number[] = [];
    for (let look = 0; look < LOOKS; look++) {
      const [bytes, atMs] = [link.payloadBytes(), performance.now()];
      await sleep(measureMs);
      rates.push(((link.payloadBytes() - bytes) / (performance.now() - atMs)) * 1_000);
    }
    return median(rates);
  } finally {
    const ended = once(client, 'close');
    client.kill('SIGKILL');
    await ended;
  }
}
