/** Rates as people write them: in flags, and in lists of servers. Pure. */

import {FdlError} from '../errors.js';
import {RATE_BYTES_PER_SECOND_MIN} from '../limits.js';
import {quoted} from './quoted.js';

const RATE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)(b?)(\/s)?$/i;
const POWERS: Readonly<Record<string, number>> = {'': 0, k: 1, m: 2, g: 3, t: 4};

/**
 * Bytes per second from `500k`, `5MB`, `5MB/s`, `10MiB` or a plain number of bytes. `k`, `M`, `G`, `T` count in
 * thousands, with `i` in 1024s.
 */
export function parseRate(text: string): number {
  const match = RATE.exec(text.trim());
  const [, digits = '', prefix = '', binary = '', bytes = ''] = match ?? [];
  if (match === null || (binary !== '' && prefix === ''))
    throw rateInvalid(text, 'write it like 500kB, 5MB or 10MiB');
  // 5Mb is five megabits to some and five megabytes to others.
  if (bytes === 'b') throw rateInvalid(text, 'bits or bytes? Write bytes with a capital B, like 5MB');
  const rate = Math.round(
    Number(digits) * (binary === '' ? 1000 : 1024) ** (POWERS[prefix.toLowerCase()] ?? 0),
  );
  if (rate < RATE_BYTES_PER_SECOND_MIN) throw rateInvalid(text, 'the lowest limit is 1kB (a second)');
  if (rate > Number.MAX_SAFE_INTEGER) throw rateInvalid(text, 'that is beyond any link; leave the flag out');
  return rate;
}

function rateInvalid(text: string, problem: string): FdlError {
  return new FdlError('usage', `${quoted(text)} is not a rate: ${problem}`);
}
